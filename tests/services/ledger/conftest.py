"""The books that the ledger's tests post to: in memory, and on PostgreSQL."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Protocol

import asyncpg
import pytest

from services.ledger.blocks import add_blocks
from services.ledger.journal import Journal
from services.ledger.memory import MemoryJournal
from services.ledger.posting import Posting
from services.ledger.reading import Reader
from services.ledger.readmodel import JournalReader
from tests.services.ledger.ledger_database import migrated


class Books(Protocol):
    """A journal to write to and to read from."""

    reader: Reader

    async def post(self, postings: Sequence[Posting]) -> None: ...


class BooksInMemory:
    def __init__(self) -> None:
        self._journal = MemoryJournal()
        self.reader: Reader = self._journal

    async def post(self, postings: Sequence[Posting]) -> None:
        self._journal.post(postings, recorded_at=datetime.now(UTC))


class BooksOnPostgres:
    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self.pool = pool
        self.reader: Reader = JournalReader.of(pool)
        self.journal = Journal()

    async def post(self, postings: Sequence[Posting]) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            await self.journal.post(connection, postings)


class BooksInBlocks(BooksOnPostgres):
    """Blocks and runs so small that accounts have some of each, and lines that are in none."""

    async def post(self, postings: Sequence[Posting]) -> None:
        await super().post(postings)
        accounts = [row["id"] for row in await self.pool.fetch("select id from account")]
        while await add_blocks(self.pool, accounts, size=4, run=3, longer=1):
            pass


@pytest.fixture
async def pool(database: str) -> AsyncIterator["asyncpg.Pool[asyncpg.Record]"]:
    """Connections to an empty ledger's database."""
    await migrated(database)
    async with asyncpg.create_pool(database, min_size=1, max_size=3) as pool:
        yield pool


@pytest.fixture
async def postgres_books(pool: "asyncpg.Pool[asyncpg.Record]") -> BooksOnPostgres:
    return BooksOnPostgres(pool)


@pytest.fixture
async def blocked_books(pool: "asyncpg.Pool[asyncpg.Record]") -> BooksInBlocks:
    return BooksInBlocks(pool)


@pytest.fixture(params=["memory", "postgres", "blocked"])
def books(request: pytest.FixtureRequest) -> Books:
    if request.param == "memory":
        return BooksInMemory()
    found: Books = request.getfixturevalue(f"{request.param}_books")
    return found
