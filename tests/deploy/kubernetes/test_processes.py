"""Processes started with what the manifests say: command, environment, files, probes, an end.

Only addresses, and what this machine has no certificates for, are put in place.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.request import urlopen

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from deploy.local.home import Home
from deploy.local.postgres import PostgresServer
from deploy.local.process import free_port, until
from deploy.local.tokens import ensure_keys, mint
from libs.contracts.order.v1.order_service_pb2 import GetOrderRequest
from libs.contracts.order.v1.order_service_pb2_grpc import OrderServiceStub
from libs.messaging.topics import ensure_topics
from libs.rpc import RpcRefused, connect
from tests.deploy.kubernetes.cluster import Manifest, Pod, rendered
from tests.deploy.kubernetes.test_code import settings_of
from tests.deploy.kubernetes.test_databases import as_role, laid_out
from tests.libs.runtime.authority import Authority

NOWHERE = "127.0.0.1:1"
UNKNOWN = "orders/00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Machine:
    """Stands for the cluster: what is mounted under /run, the database, the broker."""

    home: Home
    database: str
    kafka: str

    @property
    def secrets(self) -> Path:
        return self.home.folder / "run/secrets"

    def environment(self, pod: Pod, container: Manifest | None = None) -> dict[str, str]:
        """As the manifest has it, at the addresses of this machine."""
        said = settings_of(pod, rendered("dev"))
        if container is not None:
            said = {it["name"]: it["value"] for it in container["env"]}
        here = {
            name: value.replace("/run/secrets", str(self.secrets)) for name, value in said.items()
        }
        role = said["ENTREPOT_DATABASE"].removeprefix("postgresql://").partition("@")[0]
        here["ENTREPOT_DATABASE"] = as_role(self.database, role)
        if pod.component == "workers":
            here["ENTREPOT_KAFKA"] = self.kafka
            del here["ENTREPOT_KAFKA_TLS"]
        elif "ENTREPOT_KAFKA" in here:
            here["ENTREPOT_KAFKA"] = NOWHERE  # what calls are answered by needs no broker
        for name in {"ENTREPOT_LISTEN", "ENTREPOT_HEALTH", "ENTREPOT_METRICS"} & here.keys():
            here[name] = f"127.0.0.1:{free_port()}"
        here.pop("ENTREPOT_TRACES", None)  # no collector is here
        return {**os.environ, **here}

    def start(self, args: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        assert args[0] == "python"
        return subprocess.Popen(
            [sys.executable, *args[1:]],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def migrate(self) -> int:
        job = rendered("dev").pod("order-expand")
        return self.start(job.main["args"], self.environment(job)).wait(60)


@pytest.fixture
def machine(postgres: PostgresServer, kafka: str) -> Iterator[Machine]:
    with (
        tempfile.TemporaryDirectory(prefix="entrepot-") as folder,
        laid_out(postgres, "order") as dsn,
    ):
        home = Home(Path(folder))
        home.prepare()
        ensure_keys(home)
        authority = Authority()
        secrets = home.folder / "run/secrets"
        secrets.mkdir()
        for name in ("grpc", "caller"):
            authority.fill(secrets / name, name)
        for name, key in (("jwks", home.jwks), ("vault", home.vault_key)):
            (secrets / name).mkdir()
            key.rename(secrets / name / key.name)
        asyncio.run(ensure_topics(kafka))
        yield Machine(home, dsn, kafka)


def credentials(folder: Path) -> grpc.ChannelCredentials:
    return grpc.ssl_channel_credentials(
        (folder / "ca.crt").read_bytes(),
        (folder / "tls.key").read_bytes(),
        (folder / "tls.crt").read_bytes(),
    )


async def probed(pod: Pod, probe: str, address: str) -> bool:
    """As the kubelet does it: in the clear, by the name that the probe says."""
    service = pod.main[probe]["grpc"]["service"]
    async with grpc.aio.insecure_channel(address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        try:
            answer = await stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=2)
        except grpc.aio.AioRpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


@asynccontextmanager
async def running(machine: Machine, name: str) -> AsyncIterator[dict[str, str]]:
    """A pod's process, from its start until it has ended in order within its grace."""
    pod = rendered("dev").pod(name)
    environment = machine.environment(pod)
    process = machine.start(pod.main["args"], environment)
    try:
        health = environment["ENTREPOT_HEALTH"]
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            assert await until(partial(probed, pod, probe, health), patience=60), probe
        yield environment
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, pod.spec["terminationGracePeriodSeconds"]) == 0
    finally:
        process.kill()
        process.communicate()


async def test_a_process_waits_for_the_migration_that_another_role_makes(machine: Machine) -> None:
    pod = rendered("dev").pod("order-api")
    [first] = pod.spec["initContainers"]
    waiting = machine.start(first["args"], machine.environment(pod, first))
    with pytest.raises(subprocess.TimeoutExpired):
        await asyncio.to_thread(waiting.wait, 3)

    assert await asyncio.to_thread(machine.migrate) == 0

    assert await asyncio.to_thread(waiting.wait, 30) == 0


async def test_an_api_answers_probes_and_callers_with_a_certificate(machine: Machine) -> None:
    await asyncio.to_thread(machine.migrate)
    token = mint(machine.home, role="ops", scopes=["orders.read"])

    async with running(machine, "order-api") as environment:
        address = environment["ENTREPOT_LISTEN"]
        shown = credentials(machine.secrets / "caller")
        async with connect(address, token, credentials=shown) as channel:
            with pytest.raises(RpcRefused) as refused:
                await OrderServiceStub(channel).GetOrder(GetOrderRequest(name=UNKNOWN))
        async with connect(address, token) as bare:
            with pytest.raises(RpcRefused) as without:
                await OrderServiceStub(bare).GetOrder(GetOrderRequest(name=UNKNOWN))

    assert refused.value.code is grpc.StatusCode.NOT_FOUND
    assert without.value.code is grpc.StatusCode.UNAVAILABLE


async def test_workers_answer_probes_and_are_counted(machine: Machine) -> None:
    await asyncio.to_thread(machine.migrate)

    async with running(machine, "order-workers") as environment:
        page = await asyncio.to_thread(
            lambda: urlopen(f"http://{environment['ENTREPOT_METRICS']}/metrics").read()
        )

    assert b"entrepot_" in page
