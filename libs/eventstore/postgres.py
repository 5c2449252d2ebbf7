"""The recorder on PostgreSQL: one writer appends what is waiting as a group, one statement each."""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from libs.eventstore import sql
from libs.eventstore.errors import Overloaded
from libs.eventstore.facts import (
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
from libs.runtime.clock import monotonic
from libs.runtime.ids import new_id
from libs.runtime.outages import AWAY
from libs.runtime.waiting import pause, woken, yielded

log = structlog.get_logger(__name__)

GROUP = 512
QUEUE = 8_192
COLLISIONS_MAX = 3
RECONNECT_SECONDS = 30.0
COMMAND_TIMEOUT_SECONDS = 20.0
LISTENERS_SECONDS = 1.0

_LOST = (*AWAY, asyncpg.exceptions.TooManyConnectionsError)
_AGAIN = (
    asyncpg.UniqueViolationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)


class Doubt(Enum):
    """Why it must be looked up which requests of a group are recorded."""

    LOST = "the connection broke, and nobody knows whether the append counted"
    COLLIDED = "somebody else recorded one of the requests"


@dataclass(slots=True, eq=False)
class _Waiting:
    commit: Commit
    upon: Sequence[Append]
    done: Append


class PostgresRecorder:
    """Rows of one service in its database. `start` before use, `stop` after."""

    def __init__(self, dsn: str, *, participant: Participant | None = None) -> None:
        self._dsn = dsn
        self._participant = participant
        self._queue: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._writer: asyncpg.Connection[Any] | None = None
        self._listener: asyncpg.Connection[Any] | None = None
        self._pool: asyncpg.Pool[Any] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._readers: list[asyncio.Event] = []
        self._timers: list[Alarm] = []
        self._loads: dict[UUID, int | None] = {}
        self._loading: asyncio.Future[Mapping[UUID, Tail]] | None = None
        self._asked: set[UUID] = set()
        self._answering: asyncio.Future[dict[UUID, Answer]] | None = None
        self.hidden = False
        self._me = new_id().hex
        self._news = asyncio.Event()
        self._earliest: datetime | None = None

    @property
    def pool(self) -> "asyncpg.Pool[Any]":
        assert self._pool is not None, "start the recorder first"
        return self._pool

    async def start(self) -> None:
        self._pool = await asyncpg.create_pool(
            self._dsn,
            min_size=1,
            max_size=8,
            command_timeout=COMMAND_TIMEOUT_SECONDS,
            server_settings=sql.READER_SETTINGS,
            reset=_keep_as_it_is,
        )
        self._writer = await self._connect()
        self._tasks = [
            asyncio.create_task(self._write(), name="writer"),
            asyncio.create_task(self._listen(), name="listener"),
            asyncio.create_task(self._tell(), name="teller"),
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in (self._writer, self._listener):
            if connection is not None:
                await connection.close(timeout=5)
        if self._pool is not None:
            self._pool.terminate() if self._pool.is_closing() else await self._pool.close()

    async def ping(self) -> None:
        """Raises when the database does not answer."""
        await self.pool.fetchval("select 1")

    @property
    def waiting(self) -> int:
        """Commands that wait for their turn to be appended."""
        return len(self._queue)

    # Appending

    def append(self, commit: Commit, upon: Sequence[Append] = ()) -> Append:
        if len(self._queue) >= QUEUE:
            raise Overloaded("too many commands are waiting; try again shortly")
        waiting = _Waiting(commit, upon, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._arrived.set()
        return waiting.done

    async def _write(self) -> None:
        while True:
            await self._arrived.wait()
            group = self._take()
            if not group:
                self._arrived.clear()
                continue
            try:
                await self._settle(group)
            except Exception as error:
                # Whoever waits is told; the writer itself must outlive whatever happens to it.
                log.exception("writer_failed", error=type(error).__name__, commands=len(group))
                _fail(group, error)

    def _take(self) -> list[_Waiting]:
        """What arrived meanwhile, until a request comes again, or a stream in another state than
        the group leaves it in."""
        group: list[_Waiting] = []
        requests: set[UUID] = set()
        streams: dict[UUID, Append] = {}
        rows = 0
        while self._queue and (not group or rows + len(self._queue[0].commit.rows) <= GROUP):
            waiting = self._queue[0]
            commit = waiting.commit
            if commit.request_id in requests or any(
                streams.get(stream, waiting.done) not in (waiting.done, *waiting.upon)
                for stream in commit.expected
            ):
                break
            self._queue.popleft()
            if waiting.done.done():
                continue
            requests.add(commit.request_id)
            streams.update(dict.fromkeys(commit.expected, waiting.done))
            rows += len(commit.rows)
            group.append(waiting)
        return group

    async def _settle(self, group: list[_Waiting]) -> None:
        """Append a group until each of its commands is appended, refused or known."""
        collisions = 0
        doubt: Doubt | None = None
        while group := _still_founded(group):
            try:
                if doubt is not None:
                    group = await self._without_answered(group, doubt)
                    doubt = None
                    continue
                refused = await self._append(group)
            except _LOST as error:
                log.warning("append_in_doubt", error=type(error).__name__, commands=len(group))
                if not await self._reconnect():
                    _fail(group, error)
                    return
                doubt = Doubt.LOST
            except Exception as error:
                if isinstance(error, _AGAIN) and collisions < COLLISIONS_MAX:
                    collisions += 1
                    doubt = Doubt.COLLIDED
                    continue
                if len(group) == 1:
                    _fail(group, error)
                    return
                half = len(group) // 2
                await self._settle(group[:half])
                group = group[half:]
            else:
                _wake(self._readers)
                self._spread_deadlines(group)
                self._news.set()
                for part in refused:
                    if len(part) == 1:
                        _fail(part, StaleStream())
                    else:  # One of them is stale, and perhaps what was decided upon it.
                        half = len(part) // 2
                        await self._settle(part[:half])
                        await self._settle(part[half:])
                return

    async def _without_answered(self, group: list[_Waiting], doubt: Doubt) -> list[_Waiting]:
        """Settle those whose request is recorded already.

        After a lost connection that record is our own; else it is an earlier one's.
        """
        assert self._writer is not None, "start the recorder first"
        request_ids = [waiting.commit.request_id for waiting in group]
        answers = _by_request(await self._writer.fetch(sql.ANSWERS, request_ids))
        left = []
        for waiting in group:
            answer = answers.get(waiting.commit.request_id)
            if answer is None:
                left.append(waiting)
            elif not waiting.done.done():
                if doubt is Doubt.COLLIDED or answer != waiting.commit.answer:
                    waiting.done.set_exception(KnownRequest(answer))
                else:
                    waiting.done.set_result(None)
        return left

    async def _append(self, group: Sequence[_Waiting]) -> Iterable[list[_Waiting]]:
        """Those parts of the group that are stale; whoever is in another has been appended."""
        assert self._writer is not None, "start the recorder first"
        parts = _parts(group)
        arguments = _columns([waiting.commit for waiting in group], parts)
        if self._participant is None:
            rows = await self._writer.fetch(sql.APPEND, *arguments)
        else:
            async with self._writer.transaction():
                rows = await self._writer.fetch(sql.APPEND_RETURNING, *arguments)
                await self._participant(self._writer, _recorded(group, rows))
        accepted = {row["part"] for row in rows}
        refused: dict[int, list[_Waiting]] = {}
        for waiting, part in zip(group, parts, strict=True):
            if part not in accepted:
                refused.setdefault(part, []).append(waiting)
            elif not waiting.done.done():
                waiting.done.set_result(None)
        return refused.values()

    async def _connect(self) -> "asyncpg.Connection[Any]":
        return await asyncpg.connect(
            self._dsn,
            command_timeout=COMMAND_TIMEOUT_SECONDS,
            server_settings=sql.WRITER_SETTINGS,
        )

    async def _reconnect(self) -> bool:
        until = monotonic() + RECONNECT_SECONDS
        delay = 0.02
        while monotonic() < until:
            try:
                if self._writer is not None:
                    self._writer.terminate()
                self._writer = await self._connect()
            except _LOST:
                await pause(delay)
                delay = min(delay * 2, 1.0)
            else:
                return True
        return False

    # Loading

    async def load(self, wanted: Mapping[UUID, int | None]) -> Mapping[UUID, Tail]:
        """Loads of one turn of the loop share one statement."""
        for stream, after in wanted.items():
            asked = self._loads.get(stream, after)
            self._loads[stream] = after if asked == after else min(asked or 0, after or 0)
        if self._loading is None:
            self._loading = asyncio.ensure_future(self._load())
        loaded = await asyncio.shield(self._loading)
        return {
            stream: Tail(
                loaded[stream].snapshot,
                [row for row in loaded[stream].rows if row.version > (after or 0)],
            )
            for stream, after in wanted.items()
            if stream in loaded
        }

    async def _load(self) -> Mapping[UUID, Tail]:
        await yielded()
        wanted, self._loads, self._loading = self._loads, {}, None
        rows = await self.pool.fetch(sql.LOAD, list(wanted.keys()), list(wanted.values()))
        tails: dict[UUID, Tail] = {}
        for row in rows:
            stream, version, name, occurred_at, data, _ = row
            if occurred_at is None:
                tails[stream] = Tail(Snapshot(stream, version, name, data), [])
            else:
                tails.setdefault(stream, Tail(None, [])).rows.append(StoredFact(*row))
        return tails

    async def keep_snapshot(self, snapshot: Snapshot) -> None:
        await self.pool.execute(sql.KEEP_SNAPSHOT, *snapshot)

    async def answered(self, request_id: UUID) -> Answer | None:
        """Questions of one turn of the loop share one statement too."""
        self._asked.add(request_id)
        if self._answering is None:
            self._answering = asyncio.ensure_future(self._answers())
        return (await asyncio.shield(self._answering)).get(request_id)

    async def _answers(self) -> dict[UUID, Answer]:
        await yielded()
        asked, self._asked, self._answering = self._asked, set(), None
        return _by_request(await self.pool.fetch(sql.ANSWERS, list(asked)))

    # Reading in commit order

    async def read(self, after: Mark, limit: int) -> Sequence[StoredRow]:
        *rows, last = await self.pool.fetch(sql.READ, after.tx, after.position, limit)
        self.hidden = bool(last["tx"])
        return [
            StoredRow(Mark(row["tx"], row["position"]), row["recorded_at"], StoredFact(*row[3:]))
            for row in rows
        ]

    # Deadlines

    async def due(self, now: datetime, limit: int) -> Sequence[Deadline]:
        return [Deadline(*row) for row in await self.pool.fetch(sql.DUE, now, limit)]

    async def next_due(self) -> datetime | None:
        due: datetime | None = await self.pool.fetchval(sql.NEXT_DUE)
        return due

    async def keep_deadline(self, deadline: Deadline) -> None:
        if deadline.due_at is None:
            await self.pool.execute(sql.DROP_DEADLINE, deadline.stream_id)
        else:
            await self.pool.execute(
                sql.KEEP_DEADLINE,
                deadline.stream_id,
                deadline.kind,
                deadline.due_at,
                deadline.version,
                deadline.meta,
            )

    # Waking those who wait, here and in other processes

    def appended(self) -> asyncio.Event:
        self._readers.append(asyncio.Event())
        return self._readers[-1]

    def rescheduled(self) -> Alarm:
        self._timers.append(Alarm())
        return self._timers[-1]

    def _spread_deadlines(self, group: Sequence[_Waiting]) -> None:
        times = [it.due_at for waiting in group for it in waiting.commit.deadlines if it.due_at]
        if times:
            earliest = min(times)
            self._earliest = min(earliest, self._earliest or earliest)
            _ring(self._timers, earliest)

    async def _tell(self) -> None:
        """News that come while some are being told are told together, if anybody listens.

        A process that began to listen since we last looked reads all there is when it begins, and
        again within a second.
        """
        looked, heard = 0.0, True
        while True:
            await woken(self._news)
            earliest, self._earliest = self._earliest, None
            try:
                if monotonic() - looked > LISTENERS_SECONDS:
                    looked, heard = monotonic(), await self.pool.fetchval(sql.OTHERS)
                if heard:
                    due = "" if earliest is None else earliest.isoformat()
                    await self.pool.execute(sql.TELL, self._me, due)
            except _LOST as error:
                log.warning("news_not_told", error=type(error).__name__)

    def _hear(self, *heard: Any) -> None:
        _, _, channel, said = heard
        sender, _, due = said.partition(" ")
        if sender == self._me:
            return
        if channel == "fact":
            _wake(self._readers)
        else:
            _ring(self._timers, datetime.fromisoformat(due) if due else None)

    async def _listen(self) -> None:
        while True:
            try:
                self._listener = await asyncpg.connect(
                    self._dsn, server_settings={"application_name": "entrepot listener"}
                )
                lost = asyncio.Event()
                self._listener.add_termination_listener(lambda _, lost=lost: lost.set())
                for channel in ("fact", "deadline", "clock"):
                    await self._listener.add_listener(channel, self._hear)
                _wake(self._readers)
                _ring(self._timers)
                await lost.wait()
            except _LOST:
                pass
            await pause(0.2)


async def _keep_as_it_is(connection: object) -> None:
    """Nothing is ever set for a session, so none needs a statement of its own to be set back."""


def _wake(events: Sequence[asyncio.Event]) -> None:
    for event in events:
        event.set()


def _ring(alarms: Sequence[Alarm], due: datetime | None = None) -> None:
    for alarm in alarms:
        alarm.ring(due)


def _by_request(rows: Sequence[Any]) -> dict[UUID, Answer]:
    return {
        row["request_id"]: Answer(row["fingerprint"], row["stream_id"], row["version"])
        for row in rows
    }


def _fail(group: Sequence[_Waiting], error: Exception) -> None:
    for waiting in group:
        if not waiting.done.done():
            waiting.done.set_exception(error)


def _still_founded(group: Sequence[_Waiting]) -> list[_Waiting]:
    """Whoever was decided upon what came to nothing is stale, whatever the versions say by now."""
    founded = []
    for waiting in group:
        if waiting.upon and any(map(failed, waiting.upon)):
            _fail([waiting], StaleStream())
        else:
            founded.append(waiting)
    return founded


def _parts(group: Sequence[_Waiting]) -> list[int]:
    """The part of the group that each belongs to: who was decided upon one another is accepted
    together, or not at all."""
    parts = list(range(len(group)))

    def first(part: int) -> int:
        while parts[part] != part:
            part = parts[part]
        return part

    if any(waiting.upon for waiting in group):
        places = {waiting.done: place for place, waiting in enumerate(group)}
        for place, waiting in enumerate(group):
            for append in waiting.upon:
                if append in places:
                    parts[first(place)] = first(places[append])
    return [first(part) for part in parts]


def _columns(commits: Sequence[Commit], parts: Sequence[int]) -> list[Sequence[Any]]:
    """The arguments of the append. Rows are sorted by stream, so that groups cannot deadlock; of
    the commands that change a stream the first says where it should stand, the last when it is due.
    """
    expected: dict[UUID, int] = {}
    for commit in commits:
        for stream, version in commit.expected.items():
            expected.setdefault(stream, version)
    rows = sorted(
        (
            (part, row, expected[row.stream_id])
            for part, commit in zip(parts, commits, strict=True)
            for row in commit.rows
        ),
        key=lambda entry: (entry[1].stream_id, entry[1].version),
    )
    timed = {
        deadline.stream_id: (part, deadline)
        for part, commit in zip(parts, commits, strict=True)
        for deadline in commit.deadlines
    }.values()
    return [
        [part for part, _, _ in rows],
        [row.stream_id for _, row, _ in rows],
        [row.version for _, row, _ in rows],
        [expected for _, _, expected in rows],
        [row.topic for _, row, _ in rows],
        [row.occurred_at for _, row, _ in rows],
        [row.payload for _, row, _ in rows],
        [row.meta for _, row, _ in rows],
        parts,
        [commit.request_id for commit in commits],
        [commit.answer.fingerprint for commit in commits],
        [commit.answer.stream_id for commit in commits],
        [commit.answer.version for commit in commits],
        [part for part, _ in timed],
        [deadline.stream_id for _, deadline in timed],
        [deadline.kind for _, deadline in timed],
        [deadline.due_at for _, deadline in timed],
        [deadline.version for _, deadline in timed],
        [deadline.meta for _, deadline in timed],
    ]


def _recorded(group: Sequence[_Waiting], rows: Sequence[Any]) -> list[Recorded]:
    """The accepted facts in the order of their positions, with what the database gave them."""
    facts = {
        (fact.originator_id, fact.originator_version): fact
        for waiting in group
        for fact in waiting.commit.facts
    }
    placed = sorted((row for row in rows if row["part"] is None), key=lambda row: row["position"])
    return [
        Recorded(
            facts[row["stream_id"], row["version"]],
            Mark(row["tx"], row["position"]),
            row["recorded_at"],
            Cause(),
        )
        for row in placed
    ]
