"""Restores the ledger's backup into a scratch cluster, and has the books there checked.

python -m deploy.kubernetes.restore_check scratch-cluster.yaml
"""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import sys
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from libs.runtime.waiting import pause

IDENTITY = Path("/run/secrets/kubernetes")
API = "https://kubernetes.default.svc"
CLUSTERS = "apis/postgresql.cnpg.io/v1/namespaces/{namespace}/clusters"
SCRATCH = "ledger-restored"
HEALTHY = "Cluster in healthy state"

LOOK_AGAIN_SECONDS = 5.0
RESTORE_SECONDS = 2 * 3600.0
GONE_SECONDS = 600.0


class Clusters:
    """The database clusters of our namespace, as the cluster's own API has them."""

    def __init__(self, api: str = API, identity: Path = IDENTITY) -> None:
        namespace = (identity / "namespace").read_text()
        self._url = f"{api}/{CLUSTERS.format(namespace=namespace)}"
        self._token = identity / "token"
        self._trusted = identity / "ca.crt"

    def create(self, manifest: bytes) -> None:
        self._ask("POST", self._url, manifest)

    def delete(self, name: str) -> None:
        self._ask("DELETE", f"{self._url}/{name}")

    def status(self, name: str) -> dict[str, Any] | None:
        """What the operator says of it; None when there is no such cluster."""
        found = self._ask("GET", f"{self._url}/{name}")
        return None if found is None else found.get("status", {})

    def _ask(self, method: str, url: str, body: bytes | None = None) -> dict[str, Any] | None:
        # The token is renewed on its file while we wait: read it anew each time.
        headers = {
            "Authorization": f"Bearer {self._token.read_text()}",
            "Content-Type": "application/yaml",
            "Accept": "application/json",
        }
        request = Request(url, data=body, headers=headers, method=method)
        context = (
            ssl.create_default_context(cafile=str(self._trusted))
            if url.startswith("https")
            else None
        )
        try:
            with urlopen(request, context=context, timeout=30) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except HTTPError as error:
            if error.code == HTTPStatus.NOT_FOUND:
                return None
            raise


async def restore_and_check(
    clusters: Clusters, manifest: bytes, *, check: Callable[[], int]
) -> int:
    """The exit status of the check. Whatever happens, the scratch cluster does not stay."""
    await remove(clusters)
    clusters.create(manifest)
    try:
        await until(lambda: is_healthy(clusters), within=RESTORE_SECONDS)
        return check()
    finally:
        await remove(clusters)


async def remove(clusters: Clusters) -> None:
    """Also what an earlier run left behind when it was killed."""
    clusters.delete(SCRATCH)
    await until(lambda: clusters.status(SCRATCH) is None, within=GONE_SECONDS)


def is_healthy(clusters: Clusters) -> bool:
    status = clusters.status(SCRATCH) or {}
    return status.get("phase") == HEALTHY and status.get("readyInstances", 0) > 0


async def until(true: Callable[[], bool], *, within: float) -> None:
    """Raises `TimeoutError`. The API is asked again and again, as every client of it does."""
    async with asyncio.timeout(within):
        while not true():
            await pause(LOOK_AGAIN_SECONDS)


def ledger_check() -> int:
    """`ledger check` of the database that ENTREPOT_LEDGER_DATABASE names."""
    return subprocess.run(
        [Path(sys.executable).with_name("ledger"), "check"], check=False
    ).returncode


def main() -> None:
    manifest = Path(sys.argv[1]).read_bytes()
    sys.exit(asyncio.run(restore_and_check(Clusters(), manifest, check=ledger_check)))


if __name__ == "__main__":
    main()
