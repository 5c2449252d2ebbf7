"""What a store asks of the place where its rows are kept."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeAlias
from uuid import UUID

from libs.eventstore.facts import (
    Answer,
    Commit,
    Deadline,
    Mark,
    Recorded,
    Snapshot,
    StoredFact,
    Tail,
)

Append: TypeAlias = asyncio.Future[None]
"""An append that has its place in line; done when its facts are durable."""

Participant = Callable[[Any, Sequence[Recorded]], Awaitable[None]]
"""Writes along in the append's own transaction; gets its connection and the accepted facts."""


class StoredRow(NamedTuple):
    """A row with its place in the order of commits."""

    mark: Mark
    recorded_at: datetime
    row: StoredFact


class Recorder(Protocol):
    """Rows of one service. PostgreSQL and memory pass the same suite."""

    hidden: bool
    """Whether the latest read saw rows beyond those that it could give in their order yet."""

    async def load(self, wanted: Mapping[UUID, int | None]) -> Mapping[UUID, Tail]:
        """The rows of each stream after the given version, in order; streams without any left out.

        None asks for the latest snapshot and what comes after it.
        """
        ...

    def append(self, commit: Commit, upon: Sequence[Append] = ()) -> Append:
        """Take a place in line, to record all of it or nothing; raises `Overloaded`.

        What is returned raises `StaleStream` or `KnownRequest`. The commit was decided `upon` what
        other appends record: where one of them fails, so does this one, as stale.
        """
        ...

    async def keep_snapshot(self, snapshot: Snapshot) -> None: ...

    async def answered(self, request_id: UUID) -> Answer | None:
        """What a request was answered with, however long ago."""
        ...

    async def read(self, after: Mark, limit: int) -> Sequence[StoredRow]:
        """Rows after a mark in commit order, up to where nothing can still come in between."""
        ...

    async def due(self, now: datetime, limit: int) -> Sequence[Deadline]:
        """Streams whose deadline has come, earliest first."""
        ...

    async def next_due(self) -> datetime | None: ...

    async def keep_deadline(self, deadline: Deadline) -> None:
        """Correct a deadline without recording a fact."""
        ...

    def appended(self) -> asyncio.Event:
        """Set whenever rows may have been added, by this process or another."""
        ...

    def rescheduled(self) -> "Alarm":
        """Rings whenever a deadline may have come nearer, or the clock was moved."""
        ...


def failed(append: Append) -> bool:
    """Whether it is over without having recorded anything, as far as anybody knows."""
    return append.done() and (append.cancelled() or append.exception() is not None)


class Alarm:
    """Rings for what comes before the time that somebody waits for anyway."""

    def __init__(self) -> None:
        self.rung = asyncio.Event()
        self._waits_for: datetime | None = None

    def reset(self) -> None:
        """Nobody waits yet: whatever happens from here on rings."""
        self.rung.clear()
        self._waits_for = None

    def set(self, to: datetime | None) -> None:
        """Somebody waits for this time: a later deadline need not wake them."""
        self._waits_for = to

    def ring(self, due: datetime | None = None) -> None:
        """A deadline is new; without one, time itself may have moved."""
        if due is None or self._waits_for is None or due < self._waits_for:
            self.rung.set()
