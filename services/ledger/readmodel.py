"""The journal as it is read from PostgreSQL, and the list of statements that is kept beside it."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import astuple
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID

import asyncpg

from libs.eventstore.facts import Recorded
from services.ledger.chain import Heading, Leaf
from services.ledger.domain import OrderBook, Payee
from services.ledger.reading import (
    ALL_ENTRIES,
    ALWAYS,
    ANYWHERE,
    GROUPINGS,
    NOW,
    Answer,
    Axes,
    ClosedStatement,
    Dating,
    EntryFilter,
    Period,
    Position,
    PostedEntry,
    PostedLine,
    SequenceOfWhichEntity,
    Sum,
    UnknownStatement,
    Where,
)

Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

_CUT: Final = """
    select id, legal_entity, case
        when $1::bigint is not null then least(sequence, $1)
        when $2::timestamptz is not null then sequence_known_at(id, $2)
        else sequence end as sequence
    from shard where $3 = '' or legal_entity = $3 order by legal_entity
"""
_LINES_WITHIN: Final = """
    from account
    join line on line.account = account.id
    join unnest($1::smallint[], $2::bigint[]) as cut (shard, sequence)
        on cut.shard = line.shard and line.sequence <= cut.sequence
    join entry on entry.shard = line.shard and entry.sequence = line.sequence
    join rule on rule.id = entry.rule
"""
_FIRST_CAPTURES: Final = f"""
    with capture as (
        select entry.reference, min(entry.effective_at) as effective_at
        {_LINES_WITHIN}
        where account.code = '9010' and ($3::timestamptz is null or entry.effective_at <= $3)
        group by entry.reference
    )
"""
_LINES_OF: Final = f"""
    select line.shard, line.sequence, line.n, line.amount, order_line, payment, statement,
        {", ".join(f"account.{name}" for name in Leaf._fields)}
    from unnest($1::smallint[], $2::bigint[]) as wanted (shard, sequence)
    join line using (shard, sequence)
    join account on account.id = line.account
    order by line.shard, line.sequence, line.n
"""
_STATEMENT: Final = ", ".join(ClosedStatement.__slots__)
_LIST_STATEMENT: Final = f"""
    insert into statement ({_STATEMENT})
    values ({", ".join(f"${i}" for i, _ in enumerate(ClosedStatement.__slots__, 1))})
    on conflict do nothing
"""
_COUNT_WAITING = """
    insert into unposted as it (stream_id, version, notes, since) values ($1, $2, $3, $4)
    on conflict (stream_id) do update set
        version = excluded.version,
        notes = it.notes + excluded.notes,
        since = case when it.notes = 0 then excluded.since else it.since end
    where it.version < excluded.version
"""


async def project(connection: Connection, facts: Sequence[Recorded]) -> None:
    """Keep the list of statements, and of what waits. Seeing a fact again changes nothing."""
    closed = [
        ClosedStatement.of(it.fact) for it in facts if isinstance(it.fact, Payee.StatementClosed)
    ]
    await connection.executemany(_LIST_STATEMENT, list(map(astuple, closed)))
    waiting = [
        (
            it.fact.originator_id,
            it.fact.originator_version,
            1 if isinstance(it.fact, OrderBook.Awaited) else -1,
            it.fact.timestamp,
        )
        for it in facts
        if isinstance(it.fact, OrderBook.Awaited | OrderBook.TakenUp)
    ]
    await connection.executemany(_COUNT_WAITING, waiting)


class JournalReader:
    """Each answer is read in one snapshot, so that what it says and where it is true agree."""

    def __init__(self, snapshot: Callable[[], AbstractAsyncContextManager[Connection]]) -> None:
        self._snapshot = snapshot

    @classmethod
    def of(cls, pool: Pool) -> "JournalReader":
        @asynccontextmanager
        async def snapshot() -> AsyncIterator[Connection]:
            async with (
                pool.acquire() as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                yield connection

        return cls(snapshot)

    async def sums(
        self,
        *by: str,
        where: Where = ANYWHERE,
        axes: Axes = NOW,
        period: Period = ALWAYS,
        dated_by: Dating = "entry",
    ) -> Answer[Sum]:
        assert set(by) <= set(GROUPINGS), f"sums are not kept by {set(by) - set(GROUPINGS)}"
        async with self._snapshot() as connection:
            cut = await _cut(connection, axes, where.legal_entity)
            if dated_by == "capture" or not {*by} <= {*Leaf._fields, "book"}:
                query = _sums_of_lines(by, where, axes, period, cut, dated_by)
            elif (axes, period) == (NOW, ALWAYS):
                query = _sums_of_balances(by, where)
            else:
                query = _sums_of_blocks(by, where, axes, period, cut)
            rows = await connection.fetch(*query)
        return Answer(
            [Sum(tuple(key), int(amount), lines) for *key, amount, lines in rows], _true_at(cut)
        )

    async def entries(
        self,
        which: EntryFilter = ALL_ENTRIES,
        *,
        axes: Axes = NOW,
        after: Position | None = None,
        limit: int = 100,
    ) -> Answer[PostedEntry]:
        async with self._snapshot() as connection:
            cut = await _cut(connection, axes, which.legal_entity)
            found = await connection.fetch(*_entries(which, axes, cut, after, limit))
            lines = await connection.fetch(
                _LINES_OF,
                [row["shard"] for row in found],
                [row["sequence"] for row in found],
            )
        of_entry = defaultdict[tuple[int, int], list[PostedLine]](list)
        for shard, sequence, *rest in lines:
            of_entry[shard, sequence].append(_posted_line(*rest))
        return Answer(
            [
                PostedEntry(Heading(*heading), hash, tuple(of_entry[shard, heading[1]]))
                for shard, hash, *heading in found
            ],
            _true_at(cut),
        )

    async def statement(self, id: UUID) -> ClosedStatement:
        query = f"select {_STATEMENT} from statement where id = $1"
        async with self._snapshot() as connection:
            row = await connection.fetchrow(query, id)
        if row is None:
            raise UnknownStatement(f"there is no statement {id}", field="name")
        return ClosedStatement(*row)

    async def statements(
        self, *, payee: str = "", after: tuple[datetime, UUID] | None = None, limit: int = 100
    ) -> Sequence[ClosedStatement]:
        query = f"""
            select {_STATEMENT} from statement
            where ($1 = '' or payee = $1)
                and ($2::timestamptz is null or (cut_at, id) < ($2, $3::uuid))
            order by cut_at desc, id desc limit $4
        """
        async with self._snapshot() as connection:
            rows = await connection.fetch(query, payee, *(after or (None, None)), limit)
        return [ClosedStatement(*row) for row in rows]


async def _cut(connection: Connection, axes: Axes, legal_entity: str) -> Sequence[asyncpg.Record]:
    """How far each legal entity's journal is looked at."""
    cut = await connection.fetch(_CUT, axes.sequence, axes.known_at, legal_entity)
    if axes.sequence is not None and len(cut) > 1:
        raise SequenceOfWhichEntity("name the legal entity whose sequence it is", field="sequence")
    return cut


def _restricted(where: Where, parameters: list[Any]) -> list[str]:  # of any type SQL takes
    """Conditions on `account`; their values are added to the parameters."""
    conditions = []
    for name, value in where.equal().items():
        parameters.append(value)
        conditions.append(f"account.{name} = ${len(parameters)}")
    if where.codes:
        parameters.append(list(where.codes))
        conditions.append(f"account.code = any(${len(parameters)})")
    return conditions


def _dated(by: Dating, period: Period, parameters: list[Any]) -> list[str]:
    """Conditions on when things happened; only what is asked stands there, so an index serves."""
    conditions = []
    for comparison, moment in ((">=", period.start), ("<", period.end)):
        if moment is not None:
            parameters.append(moment)
            conditions.append(f"{by}.effective_at {comparison} ${len(parameters)}")
    return conditions


def _sums_of_balances(by: Sequence[str], where: Where) -> tuple[Any, ...]:
    """Nothing is cut off: the balances that are kept have the answer."""
    parameters: list[Any] = []
    conditions = _restricted(where, parameters)
    keys = [f"account.{name}" for name in by]
    query = f"""
        select {", ".join([*keys, "sum(balance.amount)", "sum(balance.lines)::bigint"])}
        from account join balance on balance.account = account.id
        where {" and ".join(conditions) or "true"}
        group by {", ".join(keys) or "()"} having count(*) > 0
        order by {", ".join(keys) or "1"}
    """
    return query, *parameters


def _sums_of_blocks(
    by: Sequence[str],
    where: Where,
    axes: Axes,
    period: Period,
    cut: Sequence[asyncpg.Record],
) -> tuple[Any, ...]:
    """Account by account: the blocks within the cut, and the few lines that come after them."""
    parameters: list[Any] = [*_columns(cut), [row["legal_entity"] for row in cut]]
    upto = _lines_upto(
        min(filter(None, (axes.as_of, _before(period.end))), default=None), parameters
    )
    since = _lines_upto(_before(period.start), parameters) if period.start else "0"
    dated = _dated("entry", period, parameters)
    if axes.as_of is not None:
        parameters.append(axes.as_of)
        dated.append(f"entry.effective_at <= ${len(parameters)}")
    conditions = _restricted(where, parameters)
    keys = [f"account.{name}" for name in by]
    query = f"""
        select {", ".join([*keys, "sum(kept.amount + rest.amount)"])},
            sum(kept.lines + rest.lines)::bigint
        from account
        join unnest($1::smallint[], $2::bigint[], $3::text[])
            as cut (shard, sequence, legal_entity) using (legal_entity)
        cross join lateral (
            select coalesce(max(sequence), 0) as sequence from block
            where account = account.id and level = 1 and sequence <= cut.sequence
        ) as runs
        cross join lateral (
            select greatest(max(sequence), runs.sequence) as sequence,
                coalesce(sum(upto - since), 0) as lines,
                coalesce(sum({_AMOUNT_OF.format("upto")} - {_AMOUNT_OF.format("since")}), 0)
                    as amount
            from (
                select *, {upto} as upto, {since} as since from (
                    select * from block
                    where account = account.id and level = 1 and sequence <= runs.sequence
                    union all
                    select * from block
                    where account = account.id and level = 0
                        and sequence > runs.sequence and sequence <= cut.sequence
                ) as block offset 0
            ) as block
        ) as kept
        cross join lateral (
            select count(*) as lines, coalesce(sum(line.amount), 0) as amount
            from line {_entry_that(dated)}
            where line.account = account.id
                and line.sequence > kept.sequence and line.sequence <= cut.sequence
        ) as rest
        where {" and ".join(conditions) or "true"}
        group by {", ".join(keys) or "()"} having sum(kept.lines + rest.lines) > 0
        order by {", ".join(keys) or "1"}
    """
    return query, *parameters


def _entry_that(conditions: Sequence[str]) -> str:
    """The line's entry if it meets them, looked up line by line: there are few lines."""
    if not conditions:
        return ""
    return f"""
        cross join lateral (
            select from entry
            where shard = line.shard and sequence = line.sequence and {" and ".join(conditions)}
            limit 1
        ) as entry
    """


_AMOUNT_OF: Final = "case {0} when 0 then 0 when lines then amount else sums[{0}] end"
"""What that many lines of a block, the earliest of them, come to."""


def _lines_upto(moment: datetime | None, parameters: list[Any]) -> str:
    """How many lines of a block had taken effect; the block is opened only where it matters."""
    if moment is None:
        return "lines"
    parameters.append(moment)
    at = f"${len(parameters)}::timestamptz"
    return (
        f"case when latest <= {at} then lines when earliest > {at} then 0 "
        f"else width_bucket({at}, moments) end"
    )


def _before(moment: datetime | None) -> datetime | None:
    """The last moment before; the database counts microseconds too."""
    return moment and moment - timedelta(microseconds=1)


def _sums_of_lines(
    by: Sequence[str],
    where: Where,
    axes: Axes,
    period: Period,
    cut: Sequence[asyncpg.Record],
    dated_by: Dating,
) -> tuple[Any, ...]:
    parameters: list[Any] = [*_columns(cut), axes.as_of]
    conditions = [
        "($3::timestamptz is null or entry.effective_at <= $3)",
        *_dated(dated_by, period, parameters),
        *_restricted(where, parameters),
    ]
    expressions = {
        "day": f"to_char({dated_by}.effective_at at time zone 'utc', 'YYYY-MM-DD')",
        "month": f"to_char({dated_by}.effective_at at time zone 'utc', 'YYYY-MM')",
        "rule": "rule.name",
        "reference": "entry.reference",
    }
    keys = [expressions.get(name, f"account.{name}") for name in by]
    by_capture = dated_by == "capture"
    query = f"""
        {_FIRST_CAPTURES if by_capture else ""}
        select {", ".join([*keys, "sum(line.amount)", "count(*)"])}
        {_LINES_WITHIN}
        {"join capture on capture.reference = entry.reference" if by_capture else ""}
        where {" and ".join(conditions)}
        group by {", ".join(keys) or "()"} having count(*) > 0
        order by {", ".join(keys) or "1"}
    """
    return query, *parameters


def _entries(
    which: EntryFilter,
    axes: Axes,
    cut: Sequence[asyncpg.Record],
    after: Position | None,
    limit: int,
) -> tuple[Any, ...]:
    legal_entity, sequence = after or ("", 0)
    parameters: list[Any] = [
        *_columns(cut),
        axes.as_of,
        which.period.start,
        which.period.end,
        which.reference,
        legal_entity,
        sequence,
        limit,
    ]
    touching = _restricted(
        Where(codes=(which.code,) if which.code else (), payee=which.payee), parameters
    )
    query = f"""
        select entry.shard, entry.hash, shard.legal_entity, entry.sequence, rule.name,
            entry.rule_version, entry.stream_id, entry.version, entry.effective_at,
            entry.recorded_at, entry.reference
        from unnest($1::smallint[], $2::bigint[]) as cut (shard, sequence)
        join shard on shard.id = cut.shard
        join entry on entry.shard = cut.shard and entry.sequence <= cut.sequence
        join rule on rule.id = entry.rule
        where ($3::timestamptz is null or entry.effective_at <= $3)
            and ($4::timestamptz is null or entry.effective_at >= $4)
            and ($5::timestamptz is null or entry.effective_at < $5)
            and ($6 = '' or entry.reference = $6)
            and (shard.legal_entity, entry.sequence) > ($7, $8::bigint)
            {_touching(touching)}
        order by shard.legal_entity, entry.sequence limit $9
    """
    return query, *parameters


def _touching(conditions: Sequence[str]) -> str:
    """Entries with a line on one of the accounts; found from the account, as those have few."""
    if not conditions:
        return ""
    return f"""
        and (entry.shard, entry.sequence) in (
            select line.shard, line.sequence from account join line on line.account = account.id
            where {" and ".join(conditions)}
        )
    """


def _columns(cut: Sequence[asyncpg.Record]) -> tuple[list[int], list[int]]:
    return [row["id"] for row in cut], [row["sequence"] for row in cut]


def _true_at(cut: Sequence[asyncpg.Record]) -> dict[str, int]:
    return {row["legal_entity"]: row["sequence"] for row in cut}


def _posted_line(
    n: int,
    amount: int,
    order_line: UUID | None,
    payment: UUID | None,
    statement: UUID | None,
    *leaf: str,
) -> PostedLine:
    return PostedLine(n, Leaf(*leaf), amount, order_line, payment, statement)
