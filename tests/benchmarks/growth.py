"""Growth: how fast store, books and questions about orders still are with ten times as many."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from itertools import count, cycle, pairwise
from random import Random

import asyncpg

from deploy.local.postgres import PostgresServer
from libs.eventstore.mapper import FactMapper
from services.ledger.domain import KINDS
from services.ledger.journal import Journal
from tests.benchmarks.callers import a_second
from tests.benchmarks.case import Result, Round, Size
from tests.benchmarks.ledger import POSTERS, Poster, four_lines, post
from tests.benchmarks.order_service import BUYERS, order_service
from tests.benchmarks.servers import database, postgres, run, store
from tests.benchmarks.store import fill_a_jar
from tests.libs.eventstore.accounts import Jar

STEPS = {
    Size.SMALL: (100, 1_000),
    Size.USUAL: (10_000, 100_000),
    Size.FULL: (10_000, 100_000, 1_000_000),
}
ROUNDS = {Size.SMALL: 1, Size.USUAL: 3, Size.FULL: 3}
SECONDS = {Size.SMALL: 0.3, Size.USUAL: 1.5, Size.FULL: 4.0}
CALLERS = 16
ASKED_FOR = 1_000
"""Orders that are asked for in turn: what is asked for again soon is in the cache, as in life."""

Work = Callable[[], Awaitable[int]]


def measure(size: Size) -> list[Result]:
    """What is done a second, by callers that wait, at each number of orders; each step is beside
    the one before it."""
    with postgres() as server:
        levels = [
            *run(_levels("store", _store(server, size), size)),
            *run(_levels("ledger", _ledger(server, size), size)),
            *run(_orders(server, size)),
        ]
    return [result for name, rates in levels for result in _steps(name, rates)]


Rates = dict[int, list[float]]
"""What was done a second, some times over, by how many orders there were."""


def _steps(name: str, rates: Rates) -> list[Result]:
    return [
        Result.of(
            f"growth/{name}/{larger}",
            f"a second, of {larger:,}",
            f"of {smaller:,}",
            [Round(*both) for both in zip(rates[larger], rates[smaller], strict=True)],
        )
        for smaller, larger in pairwise(rates)
    ]


async def _levels(
    name: str, levels: AsyncIterator[tuple[int, Work]], size: Size
) -> list[tuple[str, Rates]]:
    return [(name, {there: await _rates(work, size) async for there, work in levels})]


async def _rates(work: Work, size: Size, *, callers: int = POSTERS) -> list[float]:
    """The first time is for warming up."""
    rates = [await a_second(work, SECONDS[size], callers=callers) for _ in range(ROUNDS[size] + 1)]
    return rates[1:]


async def _store(server: PostgresServer, size: Size) -> AsyncIterator[tuple[int, Work]]:
    """Facts are copied by the database, and each level is what there is at least."""
    async with database(server) as dsn, store(dsn, Jar) as (of, recorder):
        work = partial(fill_a_jar, of.repository(Jar))
        await work()
        for there in STEPS[size]:
            await recorder.pool.execute(
                "insert into fact (stream_id, version, topic, occurred_at, payload, meta) "
                "select gen_random_uuid(), 1, topic, occurred_at, payload, meta "
                "from generate_series(1, $1) cross join "
                "(select * from fact where version = 1 limit 1) one",
                there,
            )
            yield there, work


async def _ledger(server: PostgresServer, size: Size) -> AsyncIterator[tuple[int, Work]]:
    """Each order is an entry of four lines at first, and those that are measured come on top."""
    async with (
        database(server, "ledger") as dsn,
        store(dsn, *KINDS, participant=Journal()) as (_, recorder),
        asyncpg.create_pool(dsn, min_size=1) as pool,
    ):
        poster = Poster(recorder, FactMapper(KINDS), count(), lambda n: f"merchant-{n % 100}")
        posted, chance = 0, Random(3)
        for there in STEPS[size]:
            await post(pool, four_lines(there - posted, chance))
            posted = there
            yield there, poster.post


async def _orders(server: PostgresServer, size: Size) -> list[tuple[str, Rates]]:
    """Through all interceptors of the service, with its list as its projection keeps it."""
    buyers = cycle([f"buyers/{number}" for number in range(BUYERS)])
    got: Rates = {}
    listed: Rates = {}
    async with order_service(server) as orders:
        first = await orders.open()
        for there in STEPS[size]:
            await orders.multiply(first, until=there)
            names = await orders.names(ASKED_FOR)
            got[there] = await _rates(partial(orders.get, names), size, callers=CALLERS)
            listed[there] = await _rates(partial(orders.list, buyers), size, callers=CALLERS)
    return [("get-order", got), ("list-orders", listed)]
