"""Prometheus as Debian has it, looking at a local stack every second, with our rules."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

from deploy.local.home import Home
from deploy.local.process import finish, free_port, until
from deploy.monitoring.objectives import RULES
from libs.runtime.clock import SystemClock

LOOKS_EVERY_S = 1
RATE_INTERVAL = f"{10 * LOOKS_EVERY_S}s"
"""What Grafana puts in place of `$__rate_interval`: four looks at least, here with some to miss."""
PATIENCE_S = 60.0


def now() -> float:
    return SystemClock().now().timestamp()


@dataclass(frozen=True, slots=True)
class Prometheus:
    address: str
    began: float = field(default_factory=now)

    def shows(self, query: str, since: float | None = None) -> bool:
        """Whether a panel that asks this has anything to draw: a number at some moment."""
        series = self._ask(
            "query_range",
            query=query.replace("$__rate_interval", RATE_INTERVAL),
            start=since or self.began,
            end=now(),
            step=LOOKS_EVERY_S,
        )
        return any(math.isfinite(float(value)) for it in series for _, value in it["values"])

    def value(self, query: str) -> float | None:
        """What it is now, if it is anything."""
        found = self._ask("query", query=query)
        return float(found[0]["value"][1]) if found else None

    def rules(self) -> dict[str, str]:
        """Every rule and how it fares: ok, unknown, err."""
        groups = self._fetch("rules")["groups"]
        return {rule["name"]: rule["health"] for group in groups for rule in group["rules"]}

    def is_ready(self) -> bool:
        try:
            with urlopen(f"http://{self.address}/-/ready", timeout=PATIENCE_S):
                return True
        except (URLError, ConnectionError):
            return False

    def _ask(self, what: str, **asked: object) -> Any:  # Series, as JSON has them.
        return self._fetch(f"{what}?{urlencode(asked)}")["result"]

    def _fetch(self, path: str) -> Any:
        with urlopen(f"http://{self.address}/api/v1/{path}", timeout=PATIENCE_S) as answer:
            return json.load(answer)["data"]


@contextmanager
def looking_at(home: Home, program: str, folder: Path) -> Iterator[Prometheus]:
    folder.mkdir()
    config = folder / "prometheus.json"
    config.write_text(json.dumps(_config(home)))
    address = f"127.0.0.1:{free_port()}"
    command = [
        program,
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
        "--log.level=warn",
    ]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as process,
    ):
        try:
            prometheus = Prometheus(address)

            async def ready() -> bool:
                assert process.poll() is None, (folder / "log").read_text()
                return prometheus.is_ready()

            assert finish(until(ready, patience=PATIENCE_S))
            yield prometheus
        finally:
            process.terminate()


def _config(home: Home) -> dict[str, Any]:
    return {
        "global": {
            "scrape_interval": f"{LOOKS_EVERY_S}s",
            "evaluation_interval": f"{LOOKS_EVERY_S}s",
        },
        "rule_files": [str(RULES.parent / "*.yml")],
        "scrape_configs": [
            {
                "job_name": "entrepot",
                "static_configs": [
                    {"targets": [at.metrics], "labels": {"service": name}}
                    for name, at in home.load().services.items()
                ],
            }
        ],
    }
