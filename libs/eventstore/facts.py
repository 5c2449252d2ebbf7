"""A fact as the store keeps it and as readers get it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple
from uuid import UUID

from libs.domain import Aggregate, id_of
from libs.runtime.cause import Cause


class Mark(NamedTuple):
    """How far a reader has come. Commit order is (tx, position), not position alone: see README."""

    tx: int
    position: int


START = Mark(0, 0)


class StoredFact(NamedTuple):
    """One row: a fact in bytes."""

    stream_id: UUID
    version: int
    topic: str
    occurred_at: datetime
    payload: bytes
    meta: bytes


class Snapshot(NamedTuple):
    """The state of an aggregate at a version, to be replayed from there."""

    stream_id: UUID
    version: int
    schema: str
    state: bytes


class Tail(NamedTuple):
    """The end of a stream: a snapshot, where one was wanted and is kept, and the rows after it."""

    snapshot: Snapshot | None
    rows: list[StoredFact]


class Recorded(NamedTuple):
    """A fact with what the store knows of it."""

    fact: Aggregate.Event
    mark: Mark
    recorded_at: datetime
    cause: Cause

    @property
    def event_id(self) -> UUID:
        return event_id(self.fact.originator_id, self.fact.originator_version)


def event_id(stream_id: UUID, version: int) -> UUID:
    """An event's id follows from where it stands, so every reader of the stream gives it the same.

    A UUIDv8 of RFC 9562: a hash of stream and version.
    """
    digest = blake2b(stream_id.bytes + version.to_bytes(8, "big"), digest_size=16).digest()
    return id_of(digest, version=8)


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a stream next falls due; None takes its row away.

    It belongs to the story of the fact that set it: the stream's at this version, with this cause.
    """

    stream_id: UUID
    kind: str
    due_at: datetime | None
    version: int
    meta: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered with: a stream as it was at a version."""

    fingerprint: bytes
    stream_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class Commit:
    """All that one command records: appended as a whole, or not at all."""

    request_id: UUID
    answer: Answer
    rows: list[StoredFact]
    facts: Sequence[Aggregate.Event]
    expected: dict[UUID, int]
    deadlines: Sequence[Deadline]


class StaleStream(Exception):
    """Somebody else appended first; decide again."""


class KnownRequest(Exception):
    """The request was carried out before."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer
