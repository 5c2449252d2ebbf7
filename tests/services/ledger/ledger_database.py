"""An empty ledger's database, and facts stored and posted in it as the service does."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from libs.eventstore.facts import START, Recorded
from libs.eventstore.mapper import FactMapper
from libs.runtime.cause import Cause
from libs.runtime.migrations import migrate
from services.ledger.domain import KINDS
from services.ledger.journal import Journal
from services.ledger.posting import posting_of
from services.ledger.rules import Fact


async def migrated(dsn: str) -> None:
    await migrate(dsn, "ledger")


async def store(connection: "asyncpg.Connection[asyncpg.Record]", facts: Sequence[Fact]) -> None:
    """Append facts and post them, in one transaction."""
    mapper = FactMapper(KINDS)
    stored = [mapper.to_stored_event(fact) for fact in facts]
    async with connection.transaction():
        await connection.executemany(
            "insert into fact (stream_id, version, topic, occurred_at, payload, meta) "
            "values ($1, $2, $3, now(), $4, '{}')",
            [(it.originator_id, it.originator_version, it.topic, it.state) for it in stored],
        )
        postings = [posting for fact in facts if (posting := posting_of(fact)) is not None]
        if postings:
            await Journal().post(connection, postings)


def recorded(fact: Any) -> Recorded:  # a Started too, which is an event to all but its types
    """As the store hands a fact to its readers."""
    return Recorded(fact=fact, mark=START, recorded_at=fact.timestamp, cause=Cause())
