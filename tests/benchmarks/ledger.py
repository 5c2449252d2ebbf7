"""Ledger: posting in batches, from many callers at once, and a balance as of a moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count, islice
from random import Random

import asyncpg

from deploy.local.postgres import PostgresServer
from libs.books import Line
from libs.domain import Aggregate
from libs.eventstore import PostgresRecorder
from libs.eventstore.facts import Answer, Commit, StoredFact
from libs.eventstore.mapper import FactMapper
from libs.eventstore.sql import READER_SETTINGS
from libs.runtime.clock import perf_counter
from libs.runtime.ids import new_id
from services.ledger import chart
from services.ledger.blocks import add_blocks
from services.ledger.domain import KINDS, OrderBook
from services.ledger.domain.amounts import Released
from services.ledger.journal import Journal
from services.ledger.posting import Posting
from services.ledger.reading import Axes, Where
from services.ledger.readmodel import JournalReader
from tests.benchmarks.adjusting import adjustments_a_second
from tests.benchmarks.callers import a_second
from tests.benchmarks.case import Result, Round, Size, percentile
from tests.benchmarks.pgbench import Pgbench
from tests.benchmarks.servers import database, postgres, run, store

ROUNDS = {Size.SMALL: 1, Size.USUAL: 3, Size.FULL: 5}
ENTRIES = {Size.SMALL: 1_000, Size.USUAL: 20_000, Size.FULL: 100_000}
SECONDS = {Size.SMALL: 0.5, Size.USUAL: 3.0, Size.FULL: 10.0}
LINES_KEPT = {Size.SMALL: 4_000, Size.USUAL: 1_000_000, Size.FULL: 10_000_000}
QUESTIONS = {Size.SMALL: 10, Size.USUAL: 200, Size.FULL: 1_000}
ASKING_S = 10.0
"""At most for the questions of a round: where they are slow, fewer are asked."""

BATCH = 500
POSTERS = 64
MERCHANTS = 200
START = datetime(2026, 3, 1, tzinfo=UTC)
SPAN = timedelta(days=90)
LATE = 0.05
LATE_BY_AT_MOST = timedelta(days=10)
HOT = Where(codes=[chart.AVAILABLE.code], legal_entity="EU", currency="GBP", payee="hot")


def measure(size: Size) -> list[Result]:
    with postgres() as server:
        batches = [run(_batch(server, ENTRIES[size])) for _ in range(ROUNDS[size])]
        pgbench = Pgbench.on(server, size)
        posters = [run(_posters(server, pgbench, SECONDS[size])) for _ in range(ROUNDS[size])]
        asked = run(_as_of(server, size))
    lines = f"adding up the lines of it, of {LINES_KEPT[size]:,}, p50 ms"
    return [
        Result.of("ledger/batch", "lines/s", "plain COPY with primary key, lines/s", batches),
        Result.of("ledger/posters", "tx/s", "pgbench TPC-B tps", [it[0] for it in posters]),
        Result.of("ledger/hot", "tx/s", "on 128 accounts, tx/s", [it[1] for it in posters]),
        Result.of("ledger/grpc", "calls/s", "pgbench TPC-B tps", [it[2] for it in posters]),
        Result.of("ledger/as-of", "ms p99", lines, asked),
    ]


async def _batch(server: PostgresServer, entries: int) -> Round:
    """Balances, chain and checks, a transaction a batch; against the lines alone in one COPY."""
    postings = list(four_lines(entries, Random(1)))
    async with database(server, "ledger") as dsn, asyncpg.create_pool(dsn, min_size=1) as pool:
        lines = sum(len(it.lines) for it in postings)
        start = perf_counter()
        await post(pool, postings)
        posted = lines / (perf_counter() - start)
        async with pool.acquire() as connection:
            return Round(posted, lines / await _seconds_to_copy(connection))


async def post(pool: asyncpg.Pool[asyncpg.Record], postings: Iterable[Posting]) -> None:
    journal, left = Journal(), iter(postings)
    async with pool.acquire() as connection:
        while batch := list(islice(left, BATCH)):
            async with connection.transaction():
                await journal.post(connection, batch)


async def _seconds_to_copy(connection: asyncpg.pool.PoolConnectionProxy[asyncpg.Record]) -> float:
    await connection.execute(
        "create table plain (like line); alter table plain add primary key (shard, sequence, n)"
    )
    rows = BytesIO()
    query = "select * from line order by shard, sequence, n"
    await connection.copy_from_query(query, output=rows, format="binary")
    rows.seek(0)
    start = perf_counter()
    await connection.copy_to_table("plain", source=rows, format="binary")
    return perf_counter() - start


def four_lines(entries: int, chance: Random) -> Iterator[Posting]:
    """Half of what is posted is one merchant's, and some is learnt days late, as in life."""
    for number in range(entries):
        late = LATE_BY_AT_MOST * chance.random() if chance.random() < LATE else timedelta()
        payee = "hot" if number % 2 else f"merchant-{chance.randrange(MERCHANTS)}"
        amount, fee = chance.randrange(1_000, 90_000), chance.randrange(1, 900)
        at = ("GB", payee, "MARKETPLACE")
        order_line = str(new_id())
        yield Posting(
            legal_entity="EU",
            rule="lines_settled",
            rule_version=1,
            stream_id=new_id(),
            version=1,
            effective_at=START + SPAN * (number / entries) - late,
            reference=order_line,
            lines=(
                Line(chart.ESCROW_IN_HOLD, amount + fee, "GBP", ("GB", payee, order_line)),
                Line(chart.REFERRAL_COMMISSION, -fee, "GBP", at),
                Line(chart.RESERVE, amount // 10 - amount, "GBP", (payee,)),
                Line(chart.AVAILABLE, -(amount // 10), "GBP", (payee, "MARKETPLACE", "")),
            ),
        )


async def _posters(
    server: PostgresServer, pgbench: Pgbench, seconds: float
) -> tuple[Round, Round, Round]:
    """Callers that each wait for their own entry to be durable."""
    spread_out = await _entries_a_second(server, seconds, lambda n: f"merchant-{n % POSTERS}")
    hot = await _entries_a_second(server, seconds, lambda _: "hot")
    over_grpc = await adjustments_a_second(server, seconds, callers=POSTERS)
    yardstick = pgbench.transactions_a_second(seconds)
    return Round(hot, yardstick), Round(hot, spread_out), Round(over_grpc, yardstick)


async def _entries_a_second(
    server: PostgresServer, seconds: float, payee: Callable[[int], str]
) -> float:
    async with (
        database(server, "ledger") as dsn,
        store(dsn, *KINDS, participant=Journal()) as (_, recorder),
    ):
        poster = Poster(recorder, FactMapper(KINDS), count(), payee)
        return await a_second(poster.post, seconds, callers=POSTERS)


@dataclass(frozen=True, slots=True)
class Poster:
    """Releases reserves: each a fact on a stream of its own, with an entry on two accounts."""

    recorder: PostgresRecorder
    mapper: FactMapper
    numbers: Iterator[int]
    payee: Callable[[int], str]
    fact: Callable[..., Aggregate.Event] = OrderBook.ReserveReleased

    async def post(self) -> int:
        fact = self.fact(
            originator_id=new_id(),
            originator_version=1,
            timestamp=START,
            legal_entity="EU",
            market="GB",
            currency="GBP",
            order_id=str(new_id()),
            effective_at=START,
            items=(Released(str(new_id()), self.payee(next(self.numbers)), "MARKETPLACE", 100),),
        )
        stored = self.mapper.to_stored_event(fact)
        row = StoredFact(fact.originator_id, 1, stored.topic, START, stored.state, b"{}")
        await self.recorder.append(
            Commit(
                request_id=new_id(),
                answer=Answer(bytes(16), fact.originator_id, 1),
                rows=[row],
                facts=[fact],
                expected={fact.originator_id: 0},
                deadlines=[],
            )
        )
        return 1


async def _as_of(server: PostgresServer, size: Size) -> list[Round]:
    """The hottest account's balance at moments at random, every other time as far as was known at
    a sequence at random, while nobody posts."""
    chance = Random(2)
    async with (
        database(server, "ledger") as dsn,
        asyncpg.create_pool(dsn, min_size=1, server_settings=READER_SETTINGS) as pool,
    ):
        await post(pool, four_lines(LINES_KEPT[size] // 4, chance))
        accounts = [row["id"] for row in await pool.fetch("select id from account")]
        while await add_blocks(pool, accounts):
            pass
        await pool.execute("analyze")
        return [
            Round(
                percentile(await _asking(pool, size, chance), 0.99),
                percentile(await _adding_up(pool), 0.5),
            )
            for _ in range(ROUNDS[size])
        ]


async def _asking(pool: asyncpg.Pool[asyncpg.Record], size: Size, chance: Random) -> list[float]:
    reader, answered = JournalReader.of(pool), list[tuple[float, Axes, int]]()
    while len(answered) <= QUESTIONS[size] and sum(it[0] for it in answered) < ASKING_S * 1000:
        known = chance.randrange(LINES_KEPT[size] // 4) if len(answered) % 2 else None
        axes = Axes(as_of=START + SPAN * chance.random(), sequence=known)
        start = perf_counter()
        answer = await reader.sums(where=HOT, axes=axes)
        took = (perf_counter() - start) * 1000
        answered.append((took, axes, sum(it.amount for it in answer.rows)))
    for _, axes, amount in answered[-2:]:
        assert amount == await _plainly(pool, axes), "fast, but wrong"
    return [took for took, _, _ in answered[1:]]


async def _plainly(pool: asyncpg.Pool[asyncpg.Record], axes: Axes) -> int:
    amount: int = await pool.fetchval(
        "select coalesce(sum(amount), 0)::bigint from line join entry using (shard, sequence) "
        "where account = (select id from account where code = $1 and payee = $2) "
        "and effective_at <= $3 and ($4::bigint is null or sequence <= $4)",
        HOT.codes[0],
        HOT.payee,
        axes.as_of,
        axes.sequence,
    )
    return amount


async def _adding_up(pool: asyncpg.Pool[asyncpg.Record], times: int = 3) -> list[float]:
    took = []
    for _ in range(times):
        start = perf_counter()
        await pool.fetchval(
            "select sum(amount) from line where account = (select id from account "
            "where code = $1 and payee = $2)",
            HOT.codes[0],
            HOT.payee,
        )
        took.append((perf_counter() - start) * 1000)
    return took
