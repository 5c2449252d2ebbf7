"""Store: commands a second on aggregates of their own, against pgbench on the same server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

from deploy.local.postgres import PostgresServer
from libs.eventstore import Repository
from libs.runtime.ids import new_id
from tests.benchmarks.callers import a_second
from tests.benchmarks.case import Result, Round, Size
from tests.benchmarks.pgbench import Pgbench
from tests.benchmarks.reserving import reservations_a_second
from tests.benchmarks.servers import database, postgres, run, store
from tests.libs.eventstore.accounts import Fill, Jar

ROUNDS = {Size.SMALL: 1, Size.USUAL: 3, Size.FULL: 5}
SECONDS = {Size.SMALL: 0.5, Size.USUAL: 4.0, Size.FULL: 10.0}
COMMANDS_A_JAR = 5
SKUS = 128


def measure(size: Size) -> list[Result]:
    """Commands a second of one process, each durable; the table is empty at first. Then what all
    want of the same goods, as in a live show."""
    with postgres() as server:
        rounds = run(_rounds(server, size))
        wanted = [run(_reserving(server, SECONDS[size])) for _ in range(ROUNDS[size])]
    return [
        Result.of("store", "commands/s", "pgbench TPC-B tps", rounds),
        Result.of("store/hot", "reservations/s of one SKU", f"of {SKUS} SKUs", wanted),
    ]


async def _reserving(server: PostgresServer, seconds: float) -> Round:
    hot = await reservations_a_second(server, seconds, skus=1)
    return Round(hot, await reservations_a_second(server, seconds, skus=SKUS))


async def _rounds(server: PostgresServer, size: Size) -> list[Round]:
    pgbench = Pgbench.on(server, size)
    return [
        Round(value, pgbench.transactions_a_second(SECONDS[size]))
        async for value in _rates(server, size)
    ]


async def _rates(server: PostgresServer, size: Size) -> AsyncIterator[float]:
    for _ in range(ROUNDS[size]):
        async with database(server) as dsn, store(dsn, Jar) as (of, _):
            rate = await a_second(partial(fill_a_jar, of.repository(Jar)), SECONDS[size])
        yield rate


async def fill_a_jar(jars: Repository[Jar]) -> int:
    """A stream from its beginning, as most are: a few commands, one after the other."""
    id = new_id()
    await jars.add(lambda: Jar(id=id, coins=0), command=Fill(request_id=new_id()))
    for _ in range(COMMANDS_A_JAR - 1):
        await jars.update(id, lambda jar: jar.fill(1), command=Fill(request_id=new_id()))
    return COMMANDS_A_JAR
