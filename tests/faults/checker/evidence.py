"""What the system left behind: rows, records and books as they are, none of them interpreted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from tests.faults.checker.history import History


class Fact(NamedTuple):
    """A row of a service's store."""

    service: str
    stream: UUID
    version: int
    topic: str
    mark: tuple[int, int]
    recorded_at: datetime
    said: Mapping[str, Any]
    """Its payload, as JSON has it."""
    meta: Mapping[str, str]


class Request(NamedTuple):
    """A request that a store remembers, and the stream and version that answered it."""

    stream: UUID
    version: int


class Record(NamedTuple):
    """A message on a topic."""

    service: str
    partition: int
    offset: int
    key: bytes
    event: UUID
    kind: str
    stream: UUID
    version: int
    value: bytes


class Entry(NamedTuple):
    """A heading in the journal."""

    shard: int
    sequence: int
    rule: str
    rule_version: int
    stream: UUID
    version: int
    effective_at: datetime
    recorded_at: datetime
    reference: str
    hash: bytes


class Line(NamedTuple):
    """A line in the journal."""

    shard: int
    sequence: int
    n: int
    account: int
    amount: int
    order_line: UUID | None
    payment: UUID | None
    statement: UUID | None


class Account(NamedTuple):
    """A leaf account, and its stored balance."""

    id: int
    book: str
    leaf: tuple[str, ...]
    """Code, currency, legal entity, and the dimensions in the chart's order."""
    balance: int | None
    lines: int | None

    @property
    def code(self) -> str:
        return self.leaf[0]

    @property
    def currency(self) -> str:
        return self.leaf[1]


class Operation(NamedTuple):
    """What the provider's books, or ours of it, have of one operation."""

    key: UUID
    kind: str
    account: UUID
    amount: int
    currency: str
    state: str
    reference: UUID | None = None
    refund: UUID | None = None


class Parked(NamedTuple):
    service: str
    topic: str
    error: str


@dataclass(slots=True)
class Journal:
    entities: dict[int, tuple[str, int, bytes]]
    """Legal entity, last sequence and last hash, by shard."""
    entries: list[Entry]
    lines: list[Line]
    accounts: dict[int, Account]


@dataclass
class Evidence:
    """All of it, and the ways to look things up that several checks share."""

    facts: Mapping[str, list[Fact]]
    """By service, in commit order."""
    requests: Mapping[str, Mapping[UUID, Request]]
    parked: list[Parked]
    overdue: Mapping[str, int]
    records: list[Record]
    journal: Journal
    provider: list[Operation]
    booked: list[Operation]
    history: History = field(default_factory=History)

    @cached_property
    def streams(self) -> Mapping[tuple[str, UUID], list[Fact]]:
        """Facts of each stream by version. Streams of two services may share an id."""
        streams: dict[tuple[str, UUID], list[Fact]] = defaultdict(list)
        for fact in self.all_facts():
            streams[fact.service, fact.stream].append(fact)
        for stream in streams.values():
            stream.sort(key=lambda fact: fact.version)
        return streams

    def all_facts(self) -> Iterator[Fact]:
        for facts in self.facts.values():
            yield from facts

    def of(self, service: str, *topics: str) -> Iterable[Fact]:
        return (fact for fact in self.facts[service] if fact.topic in topics)

    @cached_property
    def orders(self) -> Mapping[UUID, list[Fact]]:
        """Facts of each order."""
        begun = [fact.stream for fact in self.of("order", "order.Placed")]
        return {stream: self.streams["order", stream] for stream in begun}
