"""Where a read model may be kept: beside the facts in PostgreSQL, or nowhere but in them."""

from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

import asyncpg

from libs.domain import Aggregate
from libs.eventstore import START, Recorded, Store
from libs.eventstore.facts import Answer, Commit, StoredFact
from libs.runtime.anatomy import Project
from libs.runtime.cause import Cause
from libs.runtime.ids import new_id
from libs.testing import NOW

Lists = TypeVar("Lists")


class Place(Protocol[Lists]):
    """Lists, and a way to let them know."""

    lists: Lists

    async def tell(self, *aggregates: Aggregate) -> None:
        """Let the lists follow from what the aggregates have recorded so far."""
        ...


@dataclass
class InMemory(Generic[Lists]):
    """The aggregates' facts are in a store, where the lists find them."""

    lists: Lists
    store: Store
    told: dict[UUID, int] = field(default_factory=dict)

    async def tell(self, *aggregates: Aggregate) -> None:
        for aggregate in aggregates:
            before = self.told.get(aggregate.id, 0)
            self.told[aggregate.id] = len(aggregate.pending_events)
            rows = [self._row(fact) for fact in aggregate.pending_events[before:]]
            if rows:
                await self.store.recorder.append(
                    Commit(
                        request_id=new_id(),
                        answer=Answer(b"", aggregate.id, aggregate.version),
                        rows=rows,
                        facts=[],
                        expected={aggregate.id: before},
                        deadlines=[],
                    )
                )

    def _row(self, fact: Any) -> StoredFact:  # A Started too, an event to all but its types.
        stored = self.store.mapper.to_stored_event(fact)
        return StoredFact(
            fact.originator_id,
            fact.originator_version,
            stored.topic,
            fact.timestamp,
            stored.state,
            b"{}",
        )


@dataclass
class OnPostgres(Generic[Lists]):
    """A projector hears the facts, all of them twice, as it may."""

    lists: Lists
    pool: "asyncpg.Pool[asyncpg.Record]"
    project: Project

    async def tell(self, *aggregates: Aggregate) -> None:
        facts = [recorded(fact) for each in aggregates for fact in each.pending_events]
        for _ in range(2):
            async with self.pool.acquire() as connection, connection.transaction():
                await self.project(connection, facts)


def recorded(fact: Any) -> Recorded:  # As above.
    return Recorded(fact=fact, mark=START, recorded_at=NOW, cause=Cause())
