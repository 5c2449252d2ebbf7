"""The database refuses what would make the books untrue, whoever asks."""

import asyncpg
import pytest

from tests.services.ledger.conftest import BooksOnPostgres
from tests.services.ledger.facts_at_random import postings


@pytest.fixture
async def books(postgres_books: BooksOnPostgres) -> BooksOnPostgres:
    await postgres_books.post(postings(3, 60))
    return postgres_books


@pytest.mark.parametrize("table", ["fact", "entry", "line", "account", "rule"])
@pytest.mark.parametrize("change", ["delete from {}", "truncate {}"])
async def test_what_is_written_is_not_removed(
    books: BooksOnPostgres, table: str, change: str
) -> None:
    with pytest.raises(asyncpg.PostgresError, match=r"append-only|cannot truncate"):
        await books.pool.execute(change.format(table))


@pytest.mark.parametrize(
    "change",
    [
        "update line set amount = amount + 1",
        "update entry set reference = 'another'",
        "update account set payee = 'another'",
        "update fact set version = 2",
        "delete from shard",
    ],
)
async def test_what_is_written_is_not_changed(books: BooksOnPostgres, change: str) -> None:
    with pytest.raises(asyncpg.PostgresError, match="append-only"):
        await books.pool.execute(change)


ENTRY = """
    insert into entry (sequence, shard, rule, rule_version, version, stream_id, effective_at,
        recorded_at, reference, hash)
    select sequence + {step}, id, 1, 1, 1, gen_random_uuid(), now(), now(), '', hash
    from shard order by id limit 1
"""
LINES = """
    insert into line (sequence, shard, n, account, amount)
    select shard.sequence + {step}, shard.id, n, account.id, case n when 1 then 5 else {amount} end
    from (select * from shard order by id limit 1) as shard, generate_series(1, 2) as n,
        (select min(id) as id from account) as account
"""


async def post_by_hand(books: BooksOnPostgres, *statements: str) -> None:
    async with books.pool.acquire() as connection, connection.transaction():
        for statement in statements:
            await connection.execute(statement)


async def test_lines_that_balance_are_taken(books: BooksOnPostgres) -> None:
    await post_by_hand(books, ENTRY.format(step=1), LINES.format(step=1, amount=-5))


async def test_lines_that_do_not_balance_are_refused(books: BooksOnPostgres) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="do not balance"):
        await post_by_hand(books, ENTRY.format(step=1), LINES.format(step=1, amount=-4))


async def test_a_line_of_nothing_is_refused(books: BooksOnPostgres) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await post_by_hand(books, ENTRY.format(step=1), LINES.format(step=1, amount=0))


async def test_an_entry_is_not_added_to_afterwards(books: BooksOnPostgres) -> None:
    with pytest.raises(asyncpg.PostgresError):
        await post_by_hand(
            books, LINES.format(step=0, amount=-5).replace("n, account.id", "n + 900, account.id")
        )


async def test_a_gap_in_the_sequence_is_refused(books: BooksOnPostgres) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="does not follow"):
        await post_by_hand(
            books,
            ENTRY.format(step=2),
            "update shard set sequence = sequence + 2 where id = (select min(id) from shard)",
        )


@pytest.mark.parametrize("entry", [ENTRY.format(step=1), ENTRY.format(step=3)])
async def test_lines_without_an_entry_are_refused(books: BooksOnPostgres, entry: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="no new entry"):
        await post_by_hand(books, entry, LINES.format(step=3, amount=-5))


async def test_lines_of_an_unknown_account_are_refused(books: BooksOnPostgres) -> None:
    unknown = LINES.replace("account.id, case", "account.id + 9000, case")

    with pytest.raises(asyncpg.CheckViolationError, match="name no account"):
        await post_by_hand(books, ENTRY.format(step=1), unknown.format(step=1, amount=-5))


async def test_a_fact_posts_once_by_a_rule(books: BooksOnPostgres) -> None:
    with pytest.raises(asyncpg.UniqueViolationError):
        await books.post(postings(3, 60))

    assert not await books.pool.fetchval("select sum(amount) from balance")


async def test_a_reader_reads_and_no_more(books: BooksOnPostgres) -> None:
    async with books.pool.acquire() as connection:
        await connection.execute("set role ledger_reader")

        assert await connection.fetchval("select count(*) from line") > 0
        for refused in (
            "insert into rule (name) values ('mine')",
            "update balance set amount = 0",
            "select * from fact",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(refused)
        await connection.execute("reset role")
