"""A broker that asks for certificates talks to those of its authority, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local.kafka import SETTINGS, KafkaBroker, Node
from deploy.local.process import free_port
from libs.runtime.certificates import Certificates
from tests.libs.runtime.authority import Authority

YESTERDAY = datetime.now(UTC) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Guarded:
    address: str
    authority: Authority


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """As in a cluster: a listener with mutual TLS, here beside the one that we watch it by."""
    folder = tmp_path_factory.mktemp("guarded")
    authority = Authority()
    authority.fill(folder / "broker", "kafka")
    shown = folder / "broker" / "shown.pem"
    shown.write_bytes(
        b"".join((folder / "broker" / it).read_bytes() for it in ("tls.key", "tls.crt"))
    )
    node, port = Node(), free_port()
    plain = f"PLAINTEXT://{node.address}"
    guarded = f"SSL://localhost:{port}"
    settings = {
        "listeners": f"{plain},{guarded},CONTROLLER://127.0.0.1:{node.controller_port}",
        "advertised.listeners": f"{plain},{guarded}",
        "listener.security.protocol.map": f"{SETTINGS['listener.security.protocol.map']},SSL:SSL",
        "ssl.client.auth": "required",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(shown),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(folder / "broker" / "ca.crt"),
    }
    with KafkaBroker(folder / "kafka", node=node, settings=settings):
        yield Guarded(f"localhost:{port}", authority)


async def talk(address: str, folder: Path) -> None:
    """As relay and consumer do."""
    client = AIOKafkaAdminClient(
        bootstrap_servers=address,
        security_protocol="SSL",
        ssl_context=Certificates(folder).client_context(),
        request_timeout_ms=5_000,
    )
    try:
        await client.start()
        await client.list_topics()
    finally:
        await client.close()


async def test_a_service_with_a_certificate_of_the_authority_is_let_in(
    guarded: Guarded, tmp_path: Path
) -> None:
    guarded.authority.fill(tmp_path / "order", "order")

    await talk(guarded.address, tmp_path / "order")


@pytest.mark.parametrize("fault", ["foreign", "expired"])
async def test_any_other_is_not(guarded: Guarded, tmp_path: Path, fault: str) -> None:
    issuer = Authority() if fault == "foreign" else guarded.authority
    issuer.fill(tmp_path / "order", "order", until=YESTERDAY if fault == "expired" else None)
    guarded.authority.fill(tmp_path / "trusted", "x")
    (tmp_path / "order" / "ca.crt").write_bytes((tmp_path / "trusted" / "ca.crt").read_bytes())

    with pytest.raises((KafkaError, OSError)):
        await talk(guarded.address, tmp_path / "order")


async def test_a_broker_that_somebody_else_vouches_for_is_not_talked_to(
    guarded: Guarded, tmp_path: Path
) -> None:
    Authority().fill(tmp_path / "order", "order")

    with pytest.raises((KafkaError, OSError)):
        await talk(guarded.address, tmp_path / "order")
