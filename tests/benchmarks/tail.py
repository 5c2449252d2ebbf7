"""Tail: a reader behind two processes that append to the same streams sees every fact, in order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from uuid import UUID

import asyncpg

from deploy.local.postgres import PostgresServer
from libs.domain import derived_id
from libs.eventstore import START, Conflict, Mark, Store
from libs.runtime.clock import perf_counter
from libs.runtime.ids import new_id
from libs.runtime.waiting import pause
from tests.benchmarks.case import Result, Round, Size
from tests.benchmarks.servers import database, postgres, run, store
from tests.libs.eventstore.accounts import Fill, Jar

APPENDS = {Size.SMALL: 2_000, Size.USUAL: 60_000, Size.FULL: 1_000_000}
ROUNDS = {Size.SMALL: 1, Size.USUAL: 3, Size.FULL: 1}
WRITERS = 2
CALLERS = 64
JARS = 512
BATCH = 2_000
LOOK_EVERY_S = 0.002
QUIET_S = 2.0
"""For which a reader waits at the end, since what it misses does not come at all."""

# What a reader does that knows nothing of transactions which commit out of order.
CARELESS = """
select stream_id, version, tx::text::bigint as tx, position from fact
 where (tx, position) > ($1::bigint::text::xid8, $2)
 order by fact.tx, fact.position limit $3
"""


@dataclass(slots=True)
class Seen:
    """What a reader saw, and everything that was wrong with it."""

    latest: dict[UUID, int] = field(default_factory=dict)
    skipped: set[tuple[UUID, int]] = field(default_factory=set)
    facts: int = 0
    inverted: int = 0
    doubled: int = 0

    def take(self, stream: UUID, version: int) -> None:
        latest = self.latest.get(stream, 0)
        if version > latest:
            self.skipped.update((stream, between) for between in range(latest + 1, version))
            self.latest[stream] = version
            self.facts += 1
        elif (stream, version) in self.skipped:
            self.skipped.remove((stream, version))
            self.inverted += 1
            self.facts += 1
        else:
            self.doubled += 1

    def wrong(self, of: int) -> int:
        """Missed, seen after a later one of their stream, or seen twice."""
        return of - self.facts + self.inverted + self.doubled


def measure(size: Size) -> list[Result]:
    """Appends a second while one reads along, against one process that nobody disturbs; and how
    many facts the reader did not get in order, against one that does not wait."""
    with postgres() as server:
        measured = [run(_measure(server, APPENDS[size])) for _ in range(ROUNDS[size])]
    alone = f"wrong with a careless reader, of {APPENDS[size]:,}"
    return [
        Result.of("tail", "appends/s", "of one process alone", [it for it, _ in measured]),
        Result.of("tail/wrong", "facts", alone, [it for _, it in measured]),
    ]


async def _measure(server: PostgresServer, appends: int) -> tuple[Round, Round]:
    async with database(server) as dsn:
        alone = await _append_by(1, dsn, appends // WRITERS)
    async with database(server) as dsn, store(dsn, Jar) as (of, recorder):
        writing = asyncio.create_task(_append_by(WRITERS, dsn, appends))
        careful = asyncio.create_task(_read(of, writing))
        careless = await _read_carelessly(dsn, writing)
        together, seen = await writing, await careful
        rows: int = await recorder.pool.fetchval("select count(*) from fact")
    assert rows >= appends, f"{appends} appends were acknowledged, {rows} are there"
    wrong = seen.wrong(rows)
    assert wrong == 0, f"of {rows} facts {rows - seen.facts} were missed, {seen.inverted} inverted"
    return Round(together, alone), Round(wrong, careless.wrong(rows))


async def _read(of: Store, writing: asyncio.Task[float]) -> Seen:
    """As followers read: in commit order, up to the oldest transaction that still runs."""
    seen, mark, quiet_since = Seen(), START, perf_counter()
    while not writing.done() or perf_counter() - quiet_since < QUIET_S:
        facts = await of.read(mark, BATCH)
        for it in facts:
            seen.take(it.fact.originator_id, it.fact.originator_version)
        if facts:
            mark, quiet_since = facts[-1].mark, perf_counter()
        else:
            await pause(LOOK_EVERY_S)
    return seen


async def _read_carelessly(dsn: str, writing: asyncio.Task[float]) -> Seen:
    seen, mark = Seen(), START
    connection = await asyncpg.connect(dsn, server_settings={"enable_seqscan": "off"})
    try:
        while True:
            ended = writing.done()
            rows = await connection.fetch(CARELESS, mark.tx, mark.position, BATCH)
            for stream, version, *_ in rows:
                seen.take(stream, version)
            if rows:
                mark = Mark(rows[-1]["tx"], rows[-1]["position"])
            elif ended:
                return seen
            else:
                await pause(LOOK_EVERY_S)
    finally:
        await connection.close()


async def _append_by(writers: int, dsn: str, appends: int) -> float:
    """Appends a second of so many processes, all of them on the same streams."""
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(writers, mp_context=get_context("spawn")) as processes:
        ends: Sequence[float] = await asyncio.gather(
            *(
                loop.run_in_executor(processes, append, dsn, appends // writers)
                for _ in range(writers)
            )
        )
    return appends / max(ends)


def append(dsn: str, appends: int) -> float:
    """What each process does; returns how many seconds it took."""
    return run(_append(dsn, appends))


async def _append(dsn: str, appends: int) -> float:
    async with store(dsn, Jar) as (of, _):
        jars, left, start = of.repository(Jar), iter(range(appends)), perf_counter()

        async def keep_appending() -> None:
            for number in left:
                id = derived_id("bench", number % JARS)
                command = Fill(request_id=new_id())
                while True:
                    try:
                        await jars.update(
                            id,
                            lambda jar: jar.fill(1),
                            command=command,
                            start=partial(Jar, id=id, coins=0),
                        )
                    except Conflict:
                        continue
                    break

        await asyncio.gather(*(keep_appending() for _ in range(CALLERS)))
        return perf_counter() - start
