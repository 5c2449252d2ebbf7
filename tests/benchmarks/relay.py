"""Relay: from one store to another service's handler over a real broker, against plain aiokafka."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from operator import methodcaller
from statistics import median
from typing import Any
from uuid import UUID

from deploy.local.postgres import PostgresServer
from libs.contracts.catalog.v1.events_pb2 import PriceChanged
from libs.eventstore import PostgresRecorder, Store
from libs.messaging import Envelope, hears
from libs.messaging.consumer import Consumer
from libs.messaging.dispatch import Dispatch
from libs.messaging.follower import Follower, PostgresMarks
from libs.messaging.parking import PostgresParking
from libs.messaging.relay import Relay
from libs.runtime.clock import perf_counter
from libs.runtime.ids import new_id
from libs.runtime.waiting import pause
from tests.benchmarks import plain_kafka
from tests.benchmarks.case import CannotRun, Result, Round, Size
from tests.benchmarks.servers import database, kafka, postgres, run, store
from tests.benchmarks.store import fill_a_jar
from tests.libs.eventstore.accounts import Fill, Jar

ROUNDS = {Size.SMALL: 1, Size.USUAL: 3, Size.FULL: 5}
FACTS = {Size.SMALL: 5_000, Size.USUAL: 40_000, Size.FULL: 400_000}
SINGLES = {Size.SMALL: 10, Size.USUAL: 200, Size.FULL: 1_000}
A_SECOND = 50
"""How many at low load: far fewer than are waited for."""
CALLERS = 128
TOPIC = "entrepot.catalog.v1"
PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the other service does about a fact."""

    request_id: UUID
    stream: str
    coins: int


@dataclass(slots=True)
class Heard:
    """The other service: it counts, so that only the way to it is measured."""

    count: int = 0
    at: dict[tuple[str, int], float] = field(default_factory=dict)

    async def note(self, note: Note) -> None:
        self.count += 1
        self.at[note.stream, note.coins] = perf_counter()


def measure(size: Size) -> list[Result]:
    """Facts a second that lie in the store when it begins; then each alone, from before its
    append to the handler."""
    with postgres() as server:
        rounds = run(_rounds(server, size))
    alone = "plain aiokafka, a record alone, p50 ms"
    return [
        Result.of(
            "relay", "facts/s", "plain aiokafka batches, records/s", [it for it, _ in rounds]
        ),
        Result.of("relay/latency", "ms p50", alone, [it for _, it in rounds]),
    ]


async def _rounds(server: PostgresServer, size: Size) -> list[tuple[Round, Round]]:
    measured = []
    for _ in range(ROUNDS[size]):
        async with kafka() as bootstrap, database(server) as dsn, store(dsn, Jar) as (of, recorder):
            facts = await _fill(of, FACTS[size])
            rate = await _facts_a_second(facts, of, recorder, dsn, bootstrap)
            plain = await plain_kafka.records_a_second(bootstrap, facts)
            alone = await _milliseconds_alone(SINGLES[size], of, recorder, dsn, bootstrap)
            bare = await plain_kafka.milliseconds_alone(bootstrap, SINGLES[size], A_SECOND)
        measured.append((Round(rate, plain), Round(alone, bare)))
    return measured


async def _fill(of: Store, facts: int) -> int:
    jars, there = of.repository(Jar), 0

    async def keep_filling() -> None:
        nonlocal there
        while there < facts:
            filled = await fill_a_jar(jars)
            there += filled

    await asyncio.gather(*(keep_filling() for _ in range(CALLERS)))
    return there


async def _facts_a_second(
    facts: int, of: Store, recorder: PostgresRecorder, dsn: str, bootstrap: str
) -> float:
    """From the first that is handled: until then, the consumer joins its group."""
    heard = Heard()
    async with _under_way(of, recorder, dsn, bootstrap, heard):
        await _until(lambda: heard.count > 0, "no fact is handled")
        first, start = heard.count, perf_counter()
        await _until(lambda: heard.count >= facts, f"{facts} facts are not all handled")
        return (facts - first) / (perf_counter() - start)


async def _milliseconds_alone(
    facts: int, of: Store, recorder: PostgresRecorder, dsn: str, bootstrap: str
) -> float:
    """From before a fact is asked for until it is handled; the first are for warming up."""
    heard, jars, asked = Heard(), of.repository(Jar), {}
    id = new_id()
    async with _under_way(of, recorder, dsn, bootstrap, heard):
        await jars.add(lambda: Jar(id=id, coins=0), command=Fill(request_id=new_id()))
        await _until(lambda: (str(id), 0) in heard.at, "the first fact does not arrive")
        for coins in range(1, facts + 1):
            asked[str(id), coins] = perf_counter()
            await jars.update(id, methodcaller("fill", coins), command=Fill(request_id=new_id()))
            await pause(1 / A_SECOND)
        await _until(lambda: asked.keys() <= heard.at.keys(), "not all facts arrive")
    return median(heard.at[key] - at for key, at in asked.items()) * 1000


@asynccontextmanager
async def _under_way(
    of: Store, recorder: PostgresRecorder, dsn: str, bootstrap: str, heard: Heard
) -> AsyncIterator[None]:
    relay = Relay(bootstrap=bootstrap, topic=TOPIC, source="/entrepot/catalog", publish=publish)
    follower = Follower(of, PostgresMarks(dsn, recorder.pool), name="relay", handle=relay.handle)
    consumer = Consumer(
        bootstrap=bootstrap,
        group="bench",
        topics=[TOPIC],
        dispatch=Dispatch(
            service="bench",
            follows={TOPIC: follow},
            handlers={Note: heard.note},
            parking=PostgresParking(recorder.pool),
        ),
    )
    tasks = [asyncio.create_task(work.run()) for work in (follower, consumer)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(Exception):
            await relay.close()


def publish(told: Any) -> PriceChanged:  # any fact of a jar
    return PriceChanged(offer_id=str(told.originator_id), unit_price=getattr(told, "coins", 0))


@hears(PriceChanged)
def follow(event: Envelope) -> Iterator[Note]:
    told = event.payload
    assert isinstance(told, PriceChanged)
    yield Note(request_id=event.request_id(Note), stream=told.offer_id, coins=int(told.unit_price))


async def _until(is_so: Callable[[], bool], or_else: str) -> None:
    deadline = perf_counter() + PATIENCE_S
    while not is_so():
        if perf_counter() > deadline:
            raise CannotRun(f"{or_else} after {PATIENCE_S:.0f} s")
        await pause(0.001)
