"""From one store to another over a real broker: every fact once in effect, each key in order."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import partial
from operator import methodcaller
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.consumer.fetcher import Fetcher

from libs.contracts.catalog.v1.events_pb2 import PriceChanged
from libs.eventstore import PostgresRecorder, Store
from libs.messaging import Envelope, hears
from libs.messaging.consumer import Consumer
from libs.messaging.dispatch import Dispatch
from libs.messaging.follower import Follower, PostgresMarks
from libs.messaging.parking import MemoryParking, PostgresParking
from libs.messaging.relay import Relay, partition_of
from libs.messaging.topics import ensure_topics
from libs.runtime.ids import new_id
from tests.libs.eventstore.accounts import Fill, Jar
from tests.libs.eventstore.jars import jars

TOPIC = "entrepot.catalog.v1"


def publish(told: object) -> PriceChanged | None:
    if isinstance(told, Jar.Filled):
        return PriceChanged(offer_id=str(told.originator_id), unit_price=told.coins)
    return None


@hears(PriceChanged)
def follow(event: Envelope) -> Iterator[Fill]:
    assert isinstance(event.payload, PriceChanged)
    yield Fill(request_id=event.request_id(Fill), coins=event.payload.unit_price)


@pytest.fixture
async def store(database: str) -> AsyncIterator[Store]:
    async with jars(database) as store:
        yield store


async def test_facts_cross_the_broker_in_order_and_count_once(
    store: Store, database: str, kafka: str
) -> None:
    await ensure_topics(kafka)
    await ensure_topics(kafka)
    recorder = store.recorder
    assert isinstance(recorder, PostgresRecorder)
    marks = PostgresMarks(database, recorder.pool)
    relay = Relay(bootstrap=kafka, topic=TOPIC, source="/entrepot/catalog", publish=publish)
    jars = [new_id() for _ in range(5)]
    run = str(new_id())
    heard: dict[str, list[int]] = {str(jar): [] for jar in jars}
    whole = asyncio.Event()

    async def count(command: Fill) -> None:
        effects.add(command.request_id)
        if sum(map(len, heard.values())) >= 100:
            whole.set()

    effects: set[UUID] = set()

    @hears(PriceChanged)
    def listen(event: Envelope) -> Iterator[Fill]:
        for command in follow(event):
            if event.key in heard:
                heard[event.key].append(command.coins)
                yield command

    dispatch = Dispatch(
        service="test",
        follows={TOPIC: listen},
        handlers={Fill: count},
        parking=PostgresParking(recorder.pool),
    )
    tasks = [
        asyncio.create_task(Follower(store, marks, name="relay", handle=relay.handle).run()),
        asyncio.create_task(
            Consumer(bootstrap=kafka, group=f"test.{run}", topics=[TOPIC], dispatch=dispatch).run()
        ),
    ]
    for jar in jars:
        await store.repository(Jar).add(
            partial(Jar, id=jar, coins=0), command=Fill(request_id=new_id())
        )
    for number in range(1, 21):
        await asyncio.gather(
            *(
                store.repository(Jar).update(
                    jar, methodcaller("fill", number), command=Fill(request_id=new_id())
                )
                for jar in jars
            )
        )

    async with asyncio.timeout(30):
        await whole.wait()
    # The mark is lost: everything is published again, and nothing changes by it.
    await recorder.pool.execute("update mark set tx = 0, position = 0 where name = 'relay'")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await relay.close()

    assert len(effects) == 100
    for coins in heard.values():
        assert [n for i, n in enumerate(coins) if n not in coins[:i]] == list(range(1, 21))


async def test_a_consumer_outlives_what_its_client_cancels_when_it_stops(
    kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """aiokafka awaits tasks that it has cancelled, and one that had not begun says so to us."""
    await ensure_topics(kafka)
    failures = [OSError("the broker is away")]
    handled = asyncio.Event()
    close = Fetcher.close

    async def close_badly(fetcher: Fetcher) -> None:
        await close(fetcher)
        raise asyncio.CancelledError

    class Hears(Dispatch):
        async def handle_all(self, messages: object) -> None:
            if failures:
                raise failures.pop()
            monkeypatch.undo()
            handled.set()

    monkeypatch.setattr(Fetcher, "close", close_badly)
    dispatch = Hears(service="test", follows={}, handlers={}, parking=MemoryParking())
    consumer = Consumer(
        bootstrap=kafka, group=f"test.{new_id()}", topics=[TOPIC], dispatch=dispatch
    )
    consuming = asyncio.create_task(consumer.run())
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer, asyncio.timeout(30):
        await producer.send_and_wait(TOPIC, b"said")
        await handled.wait()
    consuming.cancel()
    await asyncio.gather(consuming, return_exceptions=True)

    assert consuming.cancelled()


async def test_topics_are_made_as_declared(kafka: str) -> None:
    await ensure_topics(kafka)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    (described,) = await admin.describe_topics([TOPIC])
    await admin.close()

    assert len(described["partitions"]) == 12


def test_a_key_is_placed_as_kafkas_own_clients_place_it() -> None:
    assert [partition_of(key, 12) for key in (b"21", b"foobar", b"a-little-bit-long-string")] == [
        (-973932308 & 0x7FFFFFFF) % 12,
        (-790332482 & 0x7FFFFFFF) % 12,
        (-985981536 & 0x7FFFFFFF) % 12,
    ]
