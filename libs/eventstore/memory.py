"""A recorder in memory, for tests and for a system without a database."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from libs.eventstore.facts import (
    START,
    Answer,
    Commit,
    Deadline,
    KnownRequest,
    Mark,
    Recorded,
    Snapshot,
    StaleStream,
    StoredFact,
    Tail,
)
from libs.eventstore.recorder import Alarm, Append, Participant, StoredRow, failed
from libs.runtime.cause import Cause
from libs.runtime.clock import Clock, SystemClock


class MemoryRecorder:
    """Keeps what PostgreSQL would keep, and forgets it with the process."""

    hidden = False

    def __init__(
        self, clock: Clock | None = None, *, participant: Participant | None = None
    ) -> None:
        self._clock = clock or SystemClock()
        self._participant = participant
        self._streams: dict[UUID, list[StoredFact]] = defaultdict(list)
        self._log: list[StoredRow] = []
        self._answers: dict[UUID, Answer] = {}
        self._snapshots: dict[UUID, Snapshot] = {}
        self._deadlines: dict[UUID, Deadline] = {}
        self._readers: list[asyncio.Event] = []
        self._timers: list[Alarm] = []

    async def load(self, wanted: Mapping[UUID, int | None]) -> Mapping[UUID, Tail]:
        tails = {}
        for stream, after in wanted.items():
            snapshot = self._snapshots.get(stream) if after is None else None
            rows = self._streams.get(stream, [])[snapshot.version if snapshot else after or 0 :]
            if snapshot or rows:
                tails[stream] = Tail(snapshot, rows)
        return tails

    def append(self, commit: Commit, upon: Sequence[Append] = ()) -> Append:
        """At once, so that what is played again comes out the same."""
        done = asyncio.get_running_loop().create_future()
        try:
            self._append(commit, upon).send(None)
        except StopIteration:
            done.set_result(None)
        except Exception as error:
            done.set_exception(error)
        else:
            raise RuntimeError("a participant in memory waits for nothing")
        return done

    async def _append(self, commit: Commit, upon: Sequence[Append]) -> None:
        if any(map(failed, upon)):
            raise StaleStream
        if known := self._answers.get(commit.request_id):
            raise KnownRequest(known)
        if any(len(self._streams[id]) != version for id, version in commit.expected.items()):
            raise StaleStream
        now = self._clock.now()
        first = len(self._log) + 1
        marks = [Mark(position, position) for position in range(first, first + len(commit.rows))]
        if self._participant is not None:
            told = zip(commit.facts, marks, strict=True)
            await self._participant(None, [Recorded(it, at, now, Cause()) for it, at in told])
        for mark, row in zip(marks, commit.rows, strict=True):
            self._streams[row.stream_id].append(row)
            self._log.append(StoredRow(mark, now, row))
        self._answers[commit.request_id] = commit.answer
        for deadline in commit.deadlines:
            await self.keep_deadline(deadline)
        for event in self._readers:
            event.set()

    @property
    def last(self) -> Mark:
        """Where a reader is who has read all."""
        return self._log[-1].mark if self._log else START

    def time_moved(self) -> None:
        """Whoever waits for a deadline is to look at the clock again."""
        for alarm in self._timers:
            alarm.ring()

    async def keep_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshots[snapshot.stream_id] = snapshot

    async def answered(self, request_id: UUID) -> Answer | None:
        return self._answers.get(request_id)

    async def read(self, after: Mark, limit: int) -> Sequence[StoredRow]:
        return self._log[after.position : after.position + limit]

    async def due(self, now: datetime, limit: int) -> Sequence[Deadline]:
        ripe = [d for d in self._deadlines.values() if d.due_at is not None and d.due_at <= now]
        return sorted(ripe, key=lambda d: (d.due_at, d.stream_id))[:limit]

    async def next_due(self) -> datetime | None:
        return min((d.due_at for d in self._deadlines.values() if d.due_at), default=None)

    async def keep_deadline(self, deadline: Deadline) -> None:
        self._deadlines[deadline.stream_id] = deadline
        if deadline.due_at is None:
            del self._deadlines[deadline.stream_id]
        for alarm in self._timers:
            alarm.ring(deadline.due_at)

    def appended(self) -> asyncio.Event:
        self._readers.append(asyncio.Event())
        return self._readers[-1]

    def rescheduled(self) -> Alarm:
        self._timers.append(Alarm())
        return self._timers[-1]
