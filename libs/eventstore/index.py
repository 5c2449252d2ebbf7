"""Which streams of a kind there are, in the order in which they came to be, by what they are found.

An index has no figures: what a stream says of itself is read from its facts.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol, TypeVar
from uuid import UUID

import asyncpg

from libs.domain import Aggregate
from libs.eventstore.facts import START, Recorded
from libs.eventstore.store import Store

A = TypeVar("A", bound=Aggregate)

BATCH = 10_000


class Listed(NamedTuple):
    """Where a stream is in its list, and which stream it is."""

    number: int
    id: UUID


class Index(Protocol):
    """In PostgreSQL and in memory, behind the suite of every service's read model."""

    async def search(
        self, kind: type[Aggregate], *, after: int | None, limit: int, **equal: str | UUID | None
    ) -> list[Listed]:
        """Those whose values are equal to all that is given; None does not restrict."""
        ...


class PostgresIndex:
    """Each kind has its table, kept by a projection: `number`, a column of ids, and the values."""

    def __init__(
        self,
        pool: "asyncpg.Pool[asyncpg.Record]",
        tables: Mapping[type[Aggregate], str],
        *,
        id_column: str = "id",
    ) -> None:
        self._pool = pool
        self._tables = tables
        self._id_column = id_column

    async def search(
        self, kind: type[Aggregate], *, after: int | None, limit: int, **equal: str | UUID | None
    ) -> list[Listed]:
        """Only columns that are asked for are in the statement, so that each finds its index."""
        asked = {column: value for column, value in equal.items() if value is not None}
        conditions = ["number > $1", *(f"{column} = ${n}" for n, column in enumerate(asked, 3))]
        rows = await self._pool.fetch(
            f"select number, {self._id_column} from {self._tables[kind]}"
            f" where {' and '.join(conditions)} order by number limit $2",
            after or 0,
            limit,
            *asked.values(),
        )
        return [Listed(*row) for row in rows]


class MemoryIndex:
    """Asks the aggregates themselves: where all are at hand, nothing is kept beside them."""

    def __init__(self, store: Store) -> None:
        self._streams = Streams(store)

    async def search(
        self, kind: type[Aggregate], *, after: int | None, limit: int, **equal: str | UUID | None
    ) -> list[Listed]:
        asked = {name: value for name, value in equal.items() if value is not None}

        def fits(aggregate: Aggregate) -> bool:
            return all(getattr(aggregate, name) == value for name, value in asked.items())

        found = await self._streams.of(kind, fits)
        return [listed for listed, _ in found if listed.number > (after or 0)][:limit]


class Streams:
    """All streams of a store, for adapters in memory, which can afford to look at each."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._read = START
        self._facts: list[Recorded] = []

    async def of(
        self, kind: type[A], fits: Callable[[A], bool] = lambda _: True
    ) -> list[tuple[Listed, A]]:
        """Those of a kind that fit, as they are now, in the order in which they began."""
        begun = [
            it.fact.originator_id
            for it in await self.facts()
            if it.fact.originator_version == 1 and self._kind_of(it) is kind
        ]
        repository = self._store.repository(kind)
        found = [(Listed(n, id), await repository.get(id)) for n, id in enumerate(begun, 1)]
        return [(listed, aggregate) for listed, aggregate in found if fits(aggregate)]

    async def facts(self) -> list[Recorded]:
        """All that was ever recorded, in order; what was read once is not read again."""
        while fresh := await self._store.read(self._read, BATCH):
            self._facts += fresh
            self._read = fresh[-1].mark
        return self._facts

    def _kind_of(self, recorded: Recorded) -> Any:  # A class of aggregates.
        return self._store.mapper.kind_of(type(recorded.fact).TOPIC)
