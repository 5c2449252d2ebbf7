"""Facts through memory: the same bytes, each key in order, nothing lost to who comes late."""

import asyncio
from collections.abc import Iterator
from functools import partial
from operator import methodcaller

from deploy.local.process import until
from libs.contracts.catalog.v1.events_pb2 import PriceChanged
from libs.eventstore import MemoryRecorder, Store
from libs.messaging import Envelope, Policy
from libs.messaging.dispatch import Dispatch
from libs.messaging.follower import Follower, MemoryMarks
from libs.messaging.memory import MemoryBroker, MemoryConsumer, MemoryRelay
from libs.messaging.parking import MemoryParking
from libs.runtime.clock import SystemClock
from libs.runtime.ids import new_id
from libs.runtime.waiting import woken
from tests.libs.eventstore.accounts import Fill, Jar

TOPIC = "entrepot.catalog.v1"
SOURCE = "/entrepot/catalog"


def publish(told: object) -> PriceChanged | None:
    if isinstance(told, Jar.Filled):
        return PriceChanged(offer_id=str(told.originator_id), unit_price=told.coins)
    return None


class Listener:
    """Follows the topic; every third message keeps it waiting, as a database would."""

    def __init__(self, broker: MemoryBroker) -> None:
        self.heard: dict[str, list[int]] = {}
        self.parking = MemoryParking()
        dispatch = Dispatch(
            service="test",
            follows={TOPIC: Policy(self._follow, [PriceChanged])},
            handlers={Fill: self._count},
            parking=self.parking,
        )
        self.consumer = MemoryConsumer(broker, topics=[TOPIC], dispatch=dispatch)

    def _follow(self, event: Envelope) -> Iterator[Fill]:
        assert isinstance(event.payload, PriceChanged)
        self.heard.setdefault(event.key, []).append(event.payload.unit_price)
        yield Fill(request_id=event.request_id(Fill), coins=event.payload.unit_price)

    async def _count(self, command: Fill) -> None:
        if command.coins % 3 == 0:
            await asyncio.sleep(0.001)


async def filled(broker: MemoryBroker, *, jars: int, times: int) -> None:
    """Everything that was recorded has been published."""
    store = Store(MemoryRecorder(), kinds=[Jar], clock=SystemClock())
    relay = MemoryRelay(broker, topic=TOPIC, source=SOURCE, publish=publish)
    follower = Follower(store, MemoryMarks(), name="relay", handle=relay.handle)
    running = asyncio.create_task(follower.run())
    ids = [new_id() for _ in range(jars)]
    for id in ids:
        await store.repository(Jar).add(
            partial(Jar, id=id, coins=0), command=Fill(request_id=new_id())
        )
    for number in range(1, times + 1):
        for id in ids:
            await store.repository(Jar).update(
                id, methodcaller("fill", number), command=Fill(request_id=new_id())
            )
    arrived = broker.arrived()
    while len(broker.read(TOPIC, 0)) < jars * times:
        await woken(arrived, within=5)
    running.cancel()


async def at_rest(listener: Listener) -> None:
    async def rests() -> bool:
        return listener.consumer.at_rest

    running = asyncio.create_task(listener.consumer.run())
    assert await until(rests, patience=5, every=0.001)
    running.cancel()


async def test_each_key_is_heard_in_order_by_whoever_comes_and_however_late() -> None:
    broker = MemoryBroker()
    await filled(broker, jars=3, times=20)
    late = Listener(broker)

    await at_rest(late)

    assert list(late.heard.values()) == [list(range(1, 21))] * 3
    assert await late.parking.all() == []


async def test_what_cannot_be_read_parks_its_key_and_holds_nobody_else_up() -> None:
    broker = MemoryBroker()
    broker.append(TOPIC, b"broken", b"\xff", [("ce_type", b"nobody.knows.It")])
    await filled(broker, jars=1, times=2)
    listener = Listener(broker)

    await at_rest(listener)

    assert [it.message.key for it in await listener.parking.all()] == [b"broken"]
    assert list(listener.heard.values()) == [[1, 2]]


async def test_who_has_not_listened_yet_is_not_at_rest() -> None:
    broker = MemoryBroker()
    listener = Listener(broker)
    assert listener.consumer.at_rest

    await filled(broker, jars=1, times=1)

    assert not listener.consumer.at_rest
