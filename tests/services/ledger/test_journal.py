"""The ordered writer: what it enters is what the rules say, whole or not at all."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import asyncpg
import pytest

from libs.eventstore.sql import WRITER_SETTINGS
from services.ledger.chain import LINE
from services.ledger.chart import LEAF
from services.ledger.journal import Journal
from services.ledger.posting import Posting
from services.ledger.reading import PostedEntry, hashed
from tests.services.ledger.conftest import Books, BooksOnPostgres
from tests.services.ledger.facts_at_random import postings
from tests.services.ledger.ledger_database import migrated


def as_posted(entry: PostedEntry) -> tuple[object, ...]:
    lines = tuple(
        (
            line.leaf.code,
            line.leaf.currency,
            line.amount,
            *(getattr(line.leaf, name) for name in LEAF),
            *(str(id or "") for id in (line.order_line, line.payment, line.statement)),
        )
        for line in entry.lines
    )
    return (entry.heading.rule, entry.heading.stream_id, entry.heading.effective_at, lines)


def as_decided(posting: Posting) -> tuple[object, ...]:
    lines = tuple(
        (
            line.account.code,
            line.currency,
            line.amount,
            *(line.at(name) for name in LEAF),
            *(line.at(name) for name in ("order_line", "payment", "statement")),
        )
        for line in posting.lines
    )
    return (posting.rule, posting.stream_id, posting.effective_at, lines)


async def entered(books: Books, legal_entity: str) -> Sequence[PostedEntry]:
    rows = (await books.reader.entries(limit=10_000)).rows
    return [it for it in rows if it.heading.legal_entity == legal_entity]


async def test_entries_stand_in_the_order_of_their_facts(books: Books) -> None:
    decided = postings(1, 120)

    await books.post(decided[:50])
    await books.post(decided[50:])

    for entity in ("EU", "UK"):
        ours = [as_posted(it) for it in await entered(books, entity)]
        assert ours == [as_decided(it) for it in decided if it.legal_entity == entity]


async def test_an_order_of_a_thousand_lines_is_one_entry(books: Books) -> None:
    short = next(it for it in postings(2, 40) if it.rule == "lines_settled")
    long = Posting(
        **{
            **{name: getattr(short, name) for name in Posting.__slots__},
            "lines": short.lines * 300,
        }
    )

    await books.post([long])

    [entry] = await entered(books, long.legal_entity)
    assert [line.n for line in entry.lines] == list(range(1, len(long.lines) + 1))
    assert len(hashed(entry.lines)) == len(long.lines) * LINE.itemsize


async def test_balances_are_the_sums_of_lines(postgres_books: BooksOnPostgres) -> None:
    for seed in range(3):
        await postgres_books.post(postings(seed, 80))

    off = await postgres_books.pool.fetch(
        """
        select account, amount, lines, balance.sequence from balance
        except
        select account, sum(amount)::bigint, count(*), max(sequence) from line group by account
        """
    )

    assert off == []


async def test_a_batch_that_is_rolled_back_leaves_nothing_in_the_way(
    postgres_books: BooksOnPostgres,
) -> None:
    """Accounts and rules that it opened are gone with it, and are opened again."""
    batch = postings(4, 60)

    async with postgres_books.pool.acquire() as connection:
        for _ in range(2):
            undone = connection.transaction()
            await undone.start()
            await postgres_books.journal.post(connection, batch)
            await undone.rollback()
    assert await postgres_books.pool.fetchval("select count(*) from account") == 0
    await postgres_books.post(batch)

    assert await postgres_books.pool.fetchval("select count(*) from entry") == len(batch)
    await postgres_books.post(postings(5, 60))


async def test_two_writers_take_turns(postgres_books: BooksOnPostgres) -> None:
    """A second process that writes to the same chain waits at the head, and goes on from there."""
    other = BooksOnPostgres(postgres_books.pool)

    for seed in range(4):
        await (postgres_books if seed % 2 else other).post(postings(seed, 40))

    rows = (await postgres_books.reader.entries(limit=10_000)).rows
    counts = Counter(it.heading.legal_entity for it in rows)
    heads = await postgres_books.pool.fetch("select legal_entity, sequence from shard")
    assert counts == dict(map(tuple, heads))


@pytest.mark.parametrize("seed", range(3))
async def test_recorded_time_does_not_go_back(books: Books, seed: int) -> None:
    await books.post(postings(seed, 40))
    await books.post(postings(seed + 10, 40))

    times = [it.heading.recorded_at for it in await entered(books, "EU")]

    assert times == sorted(times)


async def test_posting_reads_no_more_of_a_full_journal_than_of_an_empty_one(database: str) -> None:
    """By plans that the writer made while there was nothing: it keeps them for all its life."""
    await migrated(database)
    writer = await asyncpg.connect(database, server_settings=WRITER_SETTINGS)
    journal, read = Journal(), [0]
    async with writer.transaction():
        for seed in range(20):
            await journal.post(writer, postings(seed, 80))
            read.append(await writer.fetchval(ENTRIES_READ))
    await writer.close()

    batches = {after - before for before, after in pairwise(read)}
    assert len(batches) == 1


ENTRIES_READ = """
    select seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables where relname = 'entry'
"""
