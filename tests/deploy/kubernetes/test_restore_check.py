"""A backup is restored, the books in it are checked, and nothing is left behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml

from deploy.kubernetes import restore_check
from deploy.kubernetes.restore_check import SCRATCH, Clusters, ledger_check, restore_and_check
from libs.runtime.migrations import migrate
from tests.deploy.kubernetes.cluster import FOLDER, rendered
from tests.deploy.kubernetes.test_schemas import faults

MANIFEST = (FOLDER / "components/postgres-cnpg/scratch-cluster.yaml").read_bytes()


class Api(BaseHTTPRequestHandler):
    """As much of Kubernetes as the check speaks to; healthy at the second look."""

    clusters: dict[str, int]
    asked: list[str]

    def do_POST(self) -> None:
        body = yaml.safe_load(self.rfile.read(int(self.headers["Content-Length"])))
        self.clusters[body["metadata"]["name"]] = 0
        self._answer(201, body)

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        if name not in self.clusters:
            return self._answer(404, {})
        self.clusters[name] += 1
        ready = self.clusters[name] > 1
        phase = restore_check.HEALTHY if ready else "Setting up primary"
        return self._answer(200, {"status": {"phase": phase, "readyInstances": int(ready)}})

    def do_DELETE(self) -> None:
        name = self.path.rpartition("/")[2]
        self._answer(404 if self.clusters.pop(name, None) is None else 200, {})

    def _answer(self, status: int, body: object) -> None:
        self.asked.append(f"{self.command} {self.path} {self.headers['Authorization']}")
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    monkeypatch.setattr(restore_check, "LOOK_AGAIN_SECONDS", 0.01)
    Api.clusters, Api.asked = {}, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def clusters(api: ThreadingHTTPServer, tmp_path: Path) -> Clusters:
    (tmp_path / "token").write_text("secret")
    (tmp_path / "namespace").write_text("entrepot")
    (tmp_path / "ca.crt").touch()
    return Clusters(f"http://127.0.0.1:{api.server_port}", tmp_path)


async def test_the_check_looks_at_a_restored_cluster_that_then_goes(clusters: Clusters) -> None:
    seen: list[dict[str, int]] = []

    def check() -> int:
        seen.append(dict(Api.clusters))
        return 0

    assert await restore_and_check(clusters, MANIFEST, check=check) == 0
    assert seen == [{SCRATCH: 2}]
    assert Api.clusters == {}
    assert all("Bearer secret" in it and "/namespaces/entrepot/" in it for it in Api.asked)


async def test_books_that_are_wrong_fail_the_job_and_leave_nothing(clusters: Clusters) -> None:
    assert await restore_and_check(clusters, MANIFEST, check=lambda: 1) == 1
    assert Api.clusters == {}


async def test_what_a_killed_run_left_behind_is_removed_first(clusters: Clusters) -> None:
    Api.clusters[SCRATCH] = 99

    await restore_and_check(clusters, MANIFEST, check=lambda: 0)

    assert Api.asked[0].startswith("DELETE")
    assert Api.clusters == {}


async def test_a_restore_that_does_not_end_fails(
    clusters: Clusters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restore_check, "RESTORE_SECONDS", 0.1)
    monkeypatch.setattr(restore_check, "is_healthy", lambda _: False)

    with pytest.raises(TimeoutError):
        await restore_and_check(clusters, MANIFEST, check=lambda: 0)
    assert Api.clusters == {}


async def test_the_check_is_the_ledgers_own(
    database: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    await migrate(database, "ledger")
    monkeypatch.setenv("ENTREPOT_LEDGER_DATABASE", database)

    assert ledger_check() == 0
    assert capfd.readouterr().out


def test_the_scratch_cluster_is_the_ledgers_backup_and_is_not_backed_up_itself() -> None:
    scratch = yaml.safe_load(MANIFEST)
    ledger = rendered("prod-eu").one("Cluster", "ledger-postgres")["spec"]

    assert faults([scratch]) == {}
    [source] = scratch["spec"]["externalClusters"]
    assert source["plugin"]["parameters"] == ledger["plugins"][0]["parameters"]
    assert "plugins" not in scratch["spec"]
    assert scratch["metadata"]["name"] == SCRATCH
    assert scratch["spec"]["imageCatalogRef"] == ledger["imageCatalogRef"]
