"""The ledger's database as finance's tools read it: facts, lines and balances of one snapshot."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
from eventsourcing.persistence import StoredEvent

from libs.eventstore.mapper import FactMapper
from services.ledger.blocks import Block, EffectiveLine
from services.ledger.chain import Leaf
from services.ledger.chart import REFERENCES
from services.ledger.domain import KINDS, Payee
from services.ledger.reading import PostedEntry
from services.ledger.readmodel import Connection, JournalReader
from services.ledger.rules import RULES, Fact

_FACTS: Final = """
    select stream_id, version, topic, payload from fact where topic = any($1)
    order by tx, position
"""
_FACTS_OF: Final = """
    select stream_id, version, topic, payload from fact
    join unnest($1::uuid[], $2::int[]) as wanted (stream_id, version) using (stream_id, version)
"""
_FACTS_WITHOUT_ENTRY: Final = """
    select stream_id, version, topic, payload from fact
    where topic = any($1)
        and not exists (
            select from entry
            where entry.stream_id = fact.stream_id and entry.version = fact.version
        )
"""
_LINES: Final = f"""
    select entry.stream_id, entry.version, rule.name as rule,
        {", ".join(f"account.{name}" for name in Leaf._fields)},
        {", ".join(f"coalesce(line.{name}::text, '') as {name}" for name in REFERENCES)},
        line.amount, shard.legal_entity as chain, entry.sequence, line.n,
        entry.effective_at, entry.recorded_at, entry.reference, account.book
    from line
    join entry on entry.shard = line.shard and entry.sequence = line.sequence
    join shard on shard.id = line.shard
    join rule on rule.id = entry.rule
    join account on account.id = line.account
"""
_BALANCES: Final = f"""
    select {", ".join(f"account.{name}" for name in Leaf._fields)},
        balance.amount, balance.lines, balance.sequence
    from balance join account on account.id = balance.account
"""
_BLOCKS: Final = f"""
    select {", ".join(f"account.{name}" for name in Leaf._fields)},
        {", ".join(f"block.{field.name}" for field in fields(Block))}
    from block join account on account.id = block.account
    order by block.account, level, sequence, lines_before
"""
_LINES_OF: Final = """
    select line.sequence, effective_at, amount from line join entry using (shard, sequence)
    where account = $1 and line.sequence > $2 and line.sequence <= $3 order by line.sequence, n
"""
_NUMBERS: Final = {"version", "amount", "n", "sequence", "lines"}
_MOMENTS: Final = {"effective_at", "recorded_at"}


class LiveLedger:
    """All that is read through one of these agrees: it is one read-only snapshot."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.connection = connection
        self.reader = JournalReader(self._this_one)
        self._mapper = FactMapper(KINDS)

    async def entries(self) -> int:
        """How many entries all journals have."""
        return int(await self.connection.fetchval("select coalesce(sum(sequence), 0) from shard"))

    async def facts(self) -> AsyncIterator[Fact]:
        """Facts that post, in the order in which they were committed."""
        topics = [fact.TOPIC for fact in RULES]
        async for stream_id, version, topic, payload in self.connection.cursor(
            _FACTS, topics, prefetch=2_000
        ):
            yield self._fact(stream_id, version, topic, payload)

    async def facts_of(self, entries: Sequence[PostedEntry]) -> dict[tuple[UUID, int], Fact]:
        """The facts that entries say they come from, by stream and version."""
        rows = await self.connection.fetch(
            _FACTS_OF,
            [entry.heading.stream_id for entry in entries],
            [entry.heading.version for entry in entries],
        )
        return {(row["stream_id"], row["version"]): self._fact(*row) for row in rows}

    async def facts_without_entry(self) -> AsyncIterator[Fact]:
        """Facts of a kind that posts, with nothing in the journal."""
        topics = [fact.TOPIC for fact in RULES]
        async for row in self.connection.cursor(_FACTS_WITHOUT_ENTRY, topics):
            yield self._fact(*row)

    async def statements_closed(self) -> AsyncIterator[Payee.StatementClosed]:
        """In the order in which they were closed."""
        topics = [Payee.StatementClosed.TOPIC]
        async for row in self.connection.cursor(_FACTS, topics):
            fact = self._fact(*row)
            assert isinstance(fact, Payee.StatementClosed)
            yield fact

    async def balances(self) -> AsyncIterator[asyncpg.Record]:
        """Each leaf account with what is kept of it: amount, lines, last sequence."""
        async for row in self.connection.cursor(_BALANCES):
            yield row

    async def blocks(self) -> AsyncIterator[tuple[Leaf, Sequence[Block]]]:
        """Blocks with the leaf account that they are of; those of a run come together."""
        width = len(Leaf._fields)
        run: list[Block] = []
        leaf: Leaf | None = None
        async for row in self.connection.cursor(_BLOCKS):
            block = Block(*row[width:])
            if leaf is not None and run[0].run != block.run:
                yield leaf, run
                run = []
            leaf = Leaf(*row[:width])
            run.append(block)
        if leaf is not None:
            yield leaf, run

    async def lines_of(self, account: int, *, after: int, through: int) -> Sequence[EffectiveLine]:
        """An account's lines between two sequences, in the order of posting."""
        rows = await self.connection.fetch(_LINES_OF, account, after, through)
        return [EffectiveLine(*row) for row in rows]

    def _fact(self, stream_id: UUID, version: int, topic: str, payload: bytes) -> Fact:
        return self._mapper.to_domain_event(StoredEvent(stream_id, version, topic, payload))

    @asynccontextmanager
    async def _this_one(self) -> AsyncIterator[Connection]:
        yield self.connection

    async def write_lines(self, path: Path) -> None:
        """Every line with its entry's heading, as Parquet."""
        await self._write(_LINES, path)

    async def write_balances(self, path: Path) -> None:
        """Every stored balance, as Parquet."""
        await self._write(_BALANCES, path)

    async def _write(self, query: str, path: Path) -> None:
        """As text by COPY, so that no row becomes an object of the driver's."""
        described = await self.connection.prepare(query)
        names = [column.name for column in described.get_attributes()]
        text = path.with_suffix(".csv")
        await self.connection.copy_from_query(query, output=text, format="csv", header=True)
        options = pc.ConvertOptions(column_types={name: _type(name) for name in names})
        with (
            pc.open_csv(text, convert_options=options) as batches,
            pq.ParquetWriter(path, batches.schema, compression="zstd") as writer,
        ):
            for batch in batches:
                writer.write_batch(batch)
        text.unlink()


def _type(name: str) -> pa.DataType:
    if name in _NUMBERS:
        return pa.int64()
    return pa.timestamp("us", tz="UTC") if name in _MOMENTS else pa.string()


@asynccontextmanager
async def live_ledger(dsn: str) -> AsyncIterator[LiveLedger]:
    connection = await asyncpg.connect(dsn, server_settings={"timezone": "UTC"})
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield LiveLedger(connection)
    finally:
        await connection.close()
