"""The evenings themselves: the demo as a reader of the README plays it, and once more."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from deploy.local.home import Home
from deploy.local.process import finish, until
from tests.system.evenings.prometheus import Prometheus, looking_at
from tests.tools import missing

SECONDS_MAX = 120
ENTREPOT = (sys.executable, "-m", "deploy.local")

Outcome = dict[str, Any]  # As JSON has it.


@dataclass(frozen=True, slots=True)
class Evenings:
    home: Home
    outcomes: Sequence[Outcome]
    """Of the first, which starts from nothing, and of the second on the same stack."""
    looking: Prometheus | None

    @property
    def prometheus(self) -> Prometheus:
        """Which has looked at both."""
        if self.looking is None:
            raise missing("prometheus", made_by="make promtool")
        return self.looking


@contextmanager
def two_evenings() -> Iterator[Evenings]:
    with ExitStack() as opened:
        folder = Path(tempfile.mkdtemp(prefix="entrepot-"))
        opened.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)
        home = Home(folder / "stack")
        opened.callback(subprocess.run, [*ENTREPOT, "down"], env=living_in(home), check=False)
        first, looking = _begin(home), None
        if found := shutil.which("prometheus"):
            _wait_for_stack(home, first)
            looking = opened.enter_context(looking_at(home, found, folder / "prometheus"))
        yield Evenings(home, [_outcome(first), _outcome(_begin(home))], looking)


def living_in(home: Home) -> dict[str, str]:
    return {**os.environ, "ENTREPOT_HOME": str(home.folder)}


def _begin(home: Home) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*ENTREPOT, "demo", "--json"],
        env=living_in(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _outcome(evening: subprocess.Popen[str]) -> Outcome:
    told, said = evening.communicate(timeout=2 * SECONDS_MAX)
    assert evening.returncode == 0, said or told
    return cast("Outcome", json.loads(told))


def _wait_for_stack(home: Home, evening: subprocess.Popen[str]) -> None:
    async def is_ready() -> bool:
        assert evening.poll() is None, evening.communicate()
        return home.load().ready

    assert finish(until(is_ready, patience=SECONDS_MAX))
