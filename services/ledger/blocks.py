"""Blocks: an account's lines added up some hundred at a time, for its balance as of any moment.

A block has consecutive lines of one account in the order in which they took effect, each with the
sum up to it: it says what had come together by any moment, and as it ends at a sequence, both axes
of time stay exact. Where lines are learnt late, a moment falls into many blocks; so the lines of
many blocks are ordered once more, as a run of longer ones, of which a moment falls into one. Lines
after an account's last block are few, and are read as they are.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from operator import attrgetter
from typing import Final, NamedTuple, TypeAlias

import asyncpg

from libs.eventstore.facts import Recorded
from services.ledger.rules import RULES

Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
    " | asyncpg.Pool[asyncpg.Record]"
)

SIZE: Final = 256
"""Lines of a block, give or take those of an entry."""

RUN: Final = 128
"""Blocks that make a run; and about how many are made at once, as readers of the store wait behind
a long transaction. What is left is made when its accounts are touched again."""

LONGER: Final = 4
"""How much longer than others the blocks of a run are: all of them are looked at, but one."""

_ACCOUNTS_OF: Final = """
    select distinct posted.account
    from unnest($1::uuid[], $2::int[]) as fact (stream_id, version)
    cross join lateral (
        select shard, sequence from entry
        where entry.stream_id = fact.stream_id and entry.version = fact.version offset 0
    ) as made
    cross join lateral (
        select account from line
        where line.shard = made.shard and line.sequence = made.sequence offset 0
    ) as posted
"""
# An entry belongs to the block that its first line falls into, counting the account's lines from
# the first, so blocks do not depend on when they are made: one is full when there are that many
# lines. Of more lines than are made into blocks at once, the last block in sight may lack some.
_ADD_BLOCKS: Final = """
    with due as (
        select *, sum(least(lines - before, $2::bigint * $3::bigint)) over (
                order by account rows between unbounded preceding and 1 preceding
            ) as in_front
        from (
            select it.account, coalesce(last.sequence, 0) as after,
                coalesce(last.lines, 0) as before, there.lines
            from unnest($1::int[]) as it (account)
            cross join lateral (
                select lines from balance where account = it.account offset 0
            ) as there
            left join lateral (
                select sequence, lines_before + lines as lines from block
                where account = it.account and level = 0 order by sequence desc limit 1
            ) as last on true
        ) as it
        where lines / $2 > before / $2
    ), numbered as (
        select due.account, before, lines, line.sequence, line.n, line.amount,
            entry.effective_at,
            (before + rank() over (partition by due.account order by line.sequence) - 1) / $2
                as block
        from due
        cross join lateral (
            select * from line where account = due.account and sequence > due.after
            order by sequence limit $2 * $3 + 1
        ) as line
        cross join lateral (
            select effective_at from entry
            where shard = line.shard and sequence = line.sequence limit 1
        ) as entry
        where coalesce(due.in_front, 0) < $2 * $3
    ), added as (
        select *,
            case when count(*) over (partition by account) > $2 * $3
                then max(block) over (partition by account) else lines / $2 end as until,
            sum(amount) over (
                partition by account, block order by effective_at, sequence, n
                rows unbounded preceding
            ) as sum
        from numbered
    )
    insert into block (account, level, sequence, lines_before, moments, sums)
    select account, 0, max(sequence),
        before + sum(count(*)) over (partition by account order by block) - count(*),
        array_agg(effective_at order by effective_at, sequence, n),
        array_agg(sum::bigint order by effective_at, sequence, n)
    from added where block < until
    group by account, before, block
    on conflict do nothing
    returning account
"""
# As with blocks: a run is made once there is a block of the next.
_ADD_RUNS: Final = """
    with next as (
        select it.account, block.sequence, lines_before, lines_before / ($2 * $3) as run
        from unnest($1::int[]) as it (account)
        left join lateral (
            select sequence from block where account = it.account and level = 1
            order by sequence desc limit 1
        ) as last on true
        cross join lateral (
            select sequence, lines_before from block
            where account = it.account and level = 0 and sequence > coalesce(last.sequence, 0)
            order by sequence limit $3 + 1
        ) as block
    ), whole as (
        select account, run, max(sequence) as sequence, min(lines_before) as before
        from next
        where (account, run) in (
            select account, min(run) from next group by account having min(run) < max(run)
        )
        group by account, run
    ), ordered as (
        select whole.account, whole.sequence, before, moment, line.amount,
            row_number() over (
                partition by whole.account order by moment, next.sequence, nth
            ) - 1 as place
        from whole
        join next using (account, run)
        join block on block.account = next.account and level = 0
            and block.sequence = next.sequence
        cross join lateral (
            select moment, nth, sum - lag(sum, 1, 0::bigint) over (order by nth) as amount
            from unnest(moments, sums) with ordinality as it (moment, sum, nth)
        ) as line
    ), added as (
        select *, sum(amount) over (
            partition by account, place / $4 order by place rows unbounded preceding
        ) as sum
        from ordered
    )
    insert into block (account, level, sequence, lines_before, moments, sums)
    select account, 1, sequence, before + min(place),
        array_agg(moment order by place), array_agg(sum::bigint order by place)
    from added group by account, sequence, before, place / $4
    on conflict do nothing
"""


async def project(connection: Connection, facts: Sequence[Recorded]) -> None:
    """Add the blocks that what these facts posted has filled. Seeing a fact again adds nothing."""
    posted = [it.fact for it in facts if type(it.fact) in RULES]
    if not posted:
        return
    touched = await connection.fetch(
        _ACCOUNTS_OF,
        [fact.originator_id for fact in posted],
        [fact.originator_version for fact in posted],
    )
    await add_blocks(connection, [row["account"] for row in touched])


async def add_blocks(
    connection: Connection,
    accounts: Sequence[int],
    *,
    size: int = SIZE,
    run: int = RUN,
    longer: int = LONGER,
) -> int:
    """The next blocks of those accounts that have lines enough, and runs of those that have blocks
    enough; returns how many blocks of lines were added."""
    added = await connection.fetch(_ADD_BLOCKS, accounts, size, run)
    if added:
        filled = list({row["account"] for row in added})
        await connection.execute(_ADD_RUNS, filled, size, run, size * longer)
    return len(added)


class EffectiveLine(NamedTuple):
    sequence: int
    effective_at: datetime
    amount: int


def in_order_of_effect(lines: Iterable[EffectiveLine]) -> list[tuple[datetime, int]]:
    """When each of an account's lines took effect and its amount; lines come as they are posted."""
    ordered = sorted(lines, key=attrgetter("effective_at"))
    return [(line.effective_at, line.amount) for line in ordered]


@dataclass(frozen=True, slots=True)
class Block:
    """A block as it is kept."""

    account: int
    level: int
    sequence: int
    lines_before: int
    moments: Sequence[datetime]
    sums: Sequence[int]

    @property
    def run(self) -> tuple[int, int, int]:
        """Of level 0, a block is a run of its own."""
        return self.account, self.level, self.sequence

    def movements(self) -> Iterator[tuple[datetime, int]]:
        """As `in_order_of_effect` has them."""
        amounts = (after - before for before, after in pairwise((0, *self.sums)))
        return zip(self.moments, amounts, strict=True)
