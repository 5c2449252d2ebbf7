"""Blocks of lines answer what adding up the lines would, and `check` derives them again."""

from datetime import datetime, timedelta
from random import Random

import pytest

from services.ledger.blocks import add_blocks, project
from services.ledger.checks import check
from services.ledger.live import live_ledger
from services.ledger.posting import Posting, posting_of
from services.ledger.reading import Axes, Period, Where
from tests.services.ledger.conftest import BooksInBlocks, BooksOnPostgres
from tests.services.ledger.facts_at_random import START, facts, postings
from tests.services.ledger.ledger_database import recorded

BATCH = 60
DAYS = 45
BLOCKS = """
    select account, level, sequence, lines_before, moments, sums from block order by 1, 2, 3, 4
"""


def at_random(chance: Random) -> datetime:
    return START + timedelta(seconds=chance.randrange(-3600, DAYS * 24 * 3600))


async def plainly(
    books: BooksOnPostgres, legal_entity: str, axes: Axes, period: Period
) -> list[tuple[str, int, int]]:
    rows = await books.pool.fetch(
        """
        select account.code, sum(line.amount)::bigint, count(*)
        from line
        join account on account.id = line.account
        join entry using (shard, sequence)
        where account.legal_entity = $1 and sequence <= $2 and ($3::timestamptz is null
            or effective_at <= $3) and ($4::timestamptz is null or effective_at >= $4)
            and ($5::timestamptz is null or effective_at < $5)
        group by account.code order by account.code
        """,
        legal_entity,
        axes.sequence,
        axes.as_of,
        period.start,
        period.end,
    )
    return [(row[0], row[1], row[2]) for row in rows]


@pytest.mark.parametrize("seed", range(4))
async def test_at_any_moment_on_both_axes_the_answer_is_the_sum_of_lines(
    blocked_books: BooksInBlocks, seed: int
) -> None:
    """What is posted took effect at random in the course of six weeks, so nearly all is late."""
    chance, entered = Random(seed), postings(seed, BATCH * 5)
    for first in range(0, len(entered), BATCH):
        await blocked_books.post(entered[first : first + BATCH])

    for _ in range(40):
        legal_entity = chance.choice(["EU", "UK"])
        axes = Axes(
            as_of=chance.choice([None, at_random(chance)]), sequence=chance.randrange(BATCH * 3)
        )
        start, end = sorted([at_random(chance), at_random(chance)])
        period = Period(start=chance.choice([None, start]), end=chance.choice([None, end]))

        answer = await blocked_books.reader.sums(
            "code", where=Where(legal_entity=legal_entity), axes=axes, period=period
        )

        found = [(it.key[0], it.amount, it.lines) for it in answer.rows]
        assert found == await plainly(blocked_books, legal_entity, axes, period)
    levels = await blocked_books.pool.fetch("select level, count(*) from block group by level")
    assert {level for level, count in levels if count > 50} == {0, 1}


async def test_a_moment_belongs_to_what_took_effect_at_it(blocked_books: BooksInBlocks) -> None:
    await blocked_books.post(postings(7, 80))
    moments = await blocked_books.pool.fetch("select distinct effective_at from entry limit 20")

    for (moment,) in moments:
        for axes, period in (
            (Axes(as_of=moment, sequence=80), Period()),
            (Axes(sequence=80), Period(start=moment)),
            (Axes(sequence=80), Period(end=moment)),
        ):
            answer = await blocked_books.reader.sums(
                "code", where=Where(legal_entity="EU"), axes=axes, period=period
            )

            found = [(it.key[0], it.amount, it.lines) for it in answer.rows]
            assert found == await plainly(blocked_books, "EU", axes, period)


async def test_blocks_are_the_same_however_often_and_when_they_are_added(
    postgres_books: BooksOnPostgres,
) -> None:
    for seed in range(3):
        await postgres_books.post(postings(seed, BATCH))
        await _add_all(postgres_books)
    kept = await postgres_books.pool.fetch(BLOCKS)
    await postgres_books.pool.execute("delete from block")

    await _add_all(postgres_books)

    assert await postgres_books.pool.fetch(BLOCKS) == kept
    assert len(kept) > 10


async def test_an_entry_lies_in_one_block(postgres_books: BooksOnPostgres) -> None:
    short = next(it for it in postings(2, 40) if it.rule == "lines_settled")
    said = {name: getattr(short, name) for name in Posting.__slots__}
    long = Posting(**{**said, "lines": short.lines * 9})
    after = [it for it in postings(3, 80) if it.legal_entity == long.legal_entity]

    await postgres_books.post([long, *after])
    await _add_all(postgres_books, run=60)

    first = await postgres_books.pool.fetch(
        "select distinct on (account) sequence, lines from block order by account, sequence"
    )
    assert max(row["lines"] for row in first if row["sequence"] == 1) >= 9


async def test_what_facts_posted_is_put_into_blocks(
    postgres_books: BooksOnPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [recorded(fact) for fact in facts(5, BATCH * 6)]
    entered = [posting for it in told if (posting := posting_of(it.fact)) is not None]
    await postgres_books.post(entered)
    monkeypatch.setattr(add_blocks, "__kwdefaults__", {"size": 4, "run": 5_000, "longer": 1})

    async with postgres_books.pool.acquire() as connection:
        await project(connection, told)
        once = await connection.fetch(BLOCKS)
        await project(connection, told)
        again = await connection.fetch(BLOCKS)

    await _add_all(postgres_books, run=5_000)
    assert once == again == await postgres_books.pool.fetch(BLOCKS)
    assert len(once) > 100


async def test_sound_blocks_have_no_findings(blocked_books: BooksInBlocks, database: str) -> None:
    await blocked_books.post(postings(5, BATCH * 4))

    assert await found_in_blocks(database) == set()


@pytest.mark.parametrize(
    "tampered",
    [
        "update block set sums[2] = sums[2] + 1 where level = {level}",
        "update block set moments[1] = moments[1] - interval '1 us' where level = {level}",
        "update block set lines_before = lines_before + 1 where level = {level}",
        "update block set sequence = sequence - 1 where level = {level}",
        "delete from block where level = {level} and lines_before = 0",
        """
        insert into account (book, code, currency, legal_entity, market, payee, mode, surface,
            creator, reason) values ('MONEY', '2130', 'USD', 'EU', '', '', '', '', '', '');
        insert into block (account, level, sequence, lines_before, moments, sums)
        select max(id), {level}, 1, 0, array[now()], array[1] from account
        """,
    ],
)
@pytest.mark.parametrize("level", [0, 1])
async def test_a_block_that_its_lines_do_not_make_is_found(
    blocked_books: BooksInBlocks, database: str, tampered: str, level: int
) -> None:
    await blocked_books.post(postings(5, BATCH * 4))

    await blocked_books.pool.execute(tampered.format(level=level))

    assert await found_in_blocks(database) == {"block"}


async def found_in_blocks(dsn: str) -> set[str]:
    """What `check` finds beside that these books were posted without facts."""
    async with live_ledger(dsn) as live:
        found = [it async for it in check(live)]
    return {it.what for it in found if it.problem != "follows from no fact"} - {"law"}


async def _add_all(books: BooksOnPostgres, *, run: int = 3) -> None:
    accounts = [row["id"] for row in await books.pool.fetch("select id from account")]
    while await add_blocks(books.pool, accounts, size=4, run=run, longer=1):
        pass
