"""The rights that the manifests give, given to a real broker: enough for each, and no more.

Strimzi makes of each KafkaUser a certificate and these rules; here the test does.
"""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError
from aiokafka.protocol.admin import CreateAclsRequest

from deploy.local.kafka import KafkaBroker, Node
from deploy.local.process import free_port
from libs.contracts.catalog.v1.events_pb2 import LiveEnded
from libs.messaging.consumer import Consumer
from libs.messaging.dispatch import Dispatch
from libs.messaging.parking import MemoryParking, Message
from libs.messaging.relay import Relay
from libs.messaging.topics import SERVICES, ensure_topics
from libs.runtime.certificates import Certificates
from tests.deploy.kubernetes.cluster import Manifest, rendered
from tests.libs.messaging.wire import recorded
from tests.libs.runtime.authority import Authority

KINDS = {"topic": 2, "group": 3}
OPERATIONS = {"Read": 3, "Write": 4, "Describe": 8}
LITERAL = ALLOW = 3


@dataclass(frozen=True, slots=True)
class Guarded:
    """A broker that lets in who has a certificate, and asks for rights."""

    address: str
    folder: Path

    def tls(self, user: str) -> ssl.SSLContext:
        return Certificates(self.folder / user).client_context()


@pytest.fixture(scope="module")
def guarded() -> Iterator[Guarded]:
    with tempfile.TemporaryDirectory(prefix="entrepot-") as name:
        folder, authority, node, port = Path(name), Authority(), Node(), free_port()
        users = rendered("prod-eu").all("KafkaUser")
        for it in ("broker", *(user["metadata"]["name"] for user in users)):
            authority.fill(folder / it, it)
        Authority("another").fill(folder / "stranger", "order-kafka")
        (folder / "stranger/ca.crt").write_bytes((folder / "broker/ca.crt").read_bytes())
        settings = guarding(folder / "broker", node, port)
        with KafkaBroker(folder / "kafka", node=node, settings=settings) as broker:
            asyncio.run(give_rights(broker.bootstrap, users))
            yield Guarded(f"127.0.0.1:{port}", folder)


def guarding(own: Path, node: Node, port: int) -> dict[str, str]:
    """A listener as the Kafka of the manifests has it, beside the one that the test rules by."""
    pem = own / "broker.pem"
    pem.write_bytes((own / "tls.key").read_bytes() + (own / "tls.crt").read_bytes())
    rulers, controllers = f"PLAINTEXT://{node.address}", f"127.0.0.1:{node.controller_port}"
    return {
        "listeners": f"{rulers},CONTROLLER://{controllers},TLS://127.0.0.1:{port}",
        "advertised.listeners": f"{rulers},TLS://127.0.0.1:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SSL",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(pem),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(own / "ca.crt"),
        "ssl.client.auth": "required",
        "ssl.principal.mapping.rules": "RULE:^CN=(.*)$/$1/",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
    }


async def give_rights(bootstrap: str, users: Sequence[Manifest]) -> None:
    await ensure_topics(bootstrap)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    for user in users:
        for acl in user["spec"]["authorization"]["acls"]:
            for operation in acl["operations"]:
                request = CreateAclsRequest(
                    KINDS[acl["resource"]["type"]],
                    acl["resource"]["name"],
                    LITERAL,
                    f"User:{user['metadata']['name']}",
                    "*",
                    OPERATIONS[operation],
                    ALLOW,
                )
                # The client can speak of rights, but offers no method for it.
                answer = await admin._send_request(request)
                assert [it[0] for it in answer.creation_responses] == [0]
    await admin.close()


def followed(service: str) -> list[str]:
    scaler = rendered("prod-eu").one("ScaledObject", f"{service}-workers")
    return [it["metadata"]["topic"] for it in scaler["spec"]["triggers"]]


def relay(broker: Guarded, user: str, topic: str) -> Relay:
    return Relay(
        bootstrap=broker.address,
        tls=broker.tls(user),
        topic=topic,
        source=f"/entrepot/{user}",
        publish=lambda _: LiveEnded(live_session_id="evening"),
    )


class Heard(Dispatch):
    """Where messages would be handled: notes what they come from."""

    def __init__(self, service: str, topics: Sequence[str]) -> None:
        super().__init__(service=service, follows={}, handlers={}, parking=MemoryParking())
        self._missing = set(topics)
        self._all = asyncio.Event()

    async def handle_all(self, messages: Iterable[Message]) -> None:
        self._missing -= {it.topic for it in messages}
        if not self._missing:
            self._all.set()

    async def all_of_it(self) -> None:
        async with asyncio.timeout(30):
            await self._all.wait()


async def test_every_service_can_tell_and_hear_what_it_must(guarded: Guarded) -> None:
    for service in SERVICES:
        telling = relay(guarded, f"{service}-kafka", f"entrepot.{service}.v1")
        await telling.handle([recorded()])
        await telling.close()

    for service in SERVICES:
        heard = Heard(service, followed(service))
        consumer = Consumer(
            bootstrap=guarded.address,
            tls=guarded.tls(f"{service}-kafka"),
            group=f"entrepot.{service}",
            topics=followed(service),
            dispatch=heard,
        )
        hearing = asyncio.create_task(consumer.run())
        await heard.all_of_it()
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)


@pytest.mark.parametrize("service", SERVICES)
async def test_no_service_can_tell_for_another(guarded: Guarded, service: str) -> None:
    for other in sorted({*SERVICES} - {service}):
        telling = relay(guarded, f"{service}-kafka", f"entrepot.{other}.v1")
        with pytest.raises((TopicAuthorizationFailedError, ExceptionGroup)) as refused:
            await telling.handle([recorded()])
        await telling.close()

        first = refused.value
        while isinstance(first, ExceptionGroup):  # one of those that it sends at once
            first = first.exceptions[0]
        assert isinstance(first, TopicAuthorizationFailedError)


async def hear(broker: Guarded, user: str, topic: str, group: str) -> None:
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=broker.address,
        security_protocol="SSL",
        ssl_context=broker.tls(user),
        group_id=group,
        auto_offset_reset="earliest",
    )
    try:
        async with asyncio.timeout(20):
            await consumer.start()
            await consumer.getone()
    finally:
        await consumer.stop()


@pytest.mark.parametrize("service", SERVICES)
async def test_no_service_can_see_what_it_does_not_follow(guarded: Guarded, service: str) -> None:
    """Who may read may see: so who may not even see cannot read. A consumer would wait for ever."""
    asking = AIOKafkaProducer(
        bootstrap_servers=guarded.address,
        security_protocol="SSL",
        ssl_context=guarded.tls(f"{service}-kafka"),
    )
    await asking.start()
    unseen = {f"entrepot.{it}.v1" for it in SERVICES} - set(followed(service))
    for topic in sorted(unseen - {f"entrepot.{service}.v1"}):
        with pytest.raises(TopicAuthorizationFailedError):
            await asking.partitions_for(topic)
    await asking.stop()


async def test_no_service_can_take_another_ones_place(guarded: Guarded) -> None:
    with pytest.raises(GroupAuthorizationFailedError):
        await hear(guarded, "catalog-kafka", "entrepot.order.v1", "entrepot.ledger")


async def test_who_scales_the_workers_sees_offsets_and_no_message(guarded: Guarded) -> None:
    options: dict[str, Any] = {  # Of a client that ships no types.
        "bootstrap_servers": guarded.address,
        "security_protocol": "SSL",
        "ssl_context": guarded.tls("keda-kafka"),
    }
    admin = AIOKafkaAdminClient(**options)
    await admin.start()
    for service in SERVICES:
        await admin.list_consumer_group_offsets(f"entrepot.{service}")
    await admin.close()

    with pytest.raises((TopicAuthorizationFailedError, GroupAuthorizationFailedError)):
        await hear(guarded, "keda-kafka", "entrepot.order.v1", "entrepot.order")


async def test_a_certificate_of_another_authority_is_worth_nothing(guarded: Guarded) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=guarded.address,
        security_protocol="SSL",
        ssl_context=guarded.tls("stranger"),
        request_timeout_ms=3_000,
    )
    with pytest.raises(Exception, match=r"(?i)unable to bootstrap|connection|ssl"):
        await producer.start()
    await producer.stop()
