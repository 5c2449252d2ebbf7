"""Tailing a store in commit order, as the one leader of a name."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol
from zlib import crc32

import asyncpg
import structlog

from libs.eventstore import START, Mark, Recorded, Store
from libs.runtime.clock import monotonic
from libs.runtime.waiting import pause, told_to_end, woken

log = structlog.get_logger(__name__)

BATCH = 2_000
FIRST_LOOK_SECONDS = 0.002
LAST_LOOK_SECONDS = 1.0
"""A fact is announced when it is committed, and readable when every older transaction has ended,
which nobody announces. So while there are such facts we look again, soon at first, then ever
later."""

SAVE_SECONDS = 0.1
"""So much may come again after a crash; where facts arrive one by one, saving a mark for each would
cost more than what is done about them."""


class MarkMoved(Exception):
    """A mark is not where we left it: begin again from where it is, when it is our turn.

    Somebody else leads now, or the database lost our last moves in a crash.
    """


class Marks(Protocol):
    """Where followers stand, and whose turn it is."""

    def lead(self, name: str) -> Any:  # an async context manager giving the epoch
        """Wait until we lead; another may follow as soon as the context ends."""
        ...

    async def load(self, name: str) -> Mark: ...

    async def move(self, name: str, to: Mark, *, since: Mark, epoch: int) -> None:
        """Raises `MarkMoved` when it is not at `since`, or a later leader has begun."""
        ...


class PostgresMarks:
    """Marks in the service's database; leadership is a session's advisory lock."""

    def __init__(self, dsn: str, pool: "asyncpg.Pool[Any]") -> None:
        self._dsn = dsn
        self._pool = pool

    @asynccontextmanager
    async def lead(self, name: str) -> AsyncIterator[int]:
        connection = await asyncpg.connect(self._dsn)
        try:
            await connection.execute("select pg_advisory_lock($1)", crc32(name.encode()))
            yield await connection.fetchval(
                "insert into mark (name, epoch) values ($1, 1) "
                "on conflict (name) do update set epoch = mark.epoch + 1 returning epoch",
                name,
            )
        finally:
            connection.terminate()

    async def load(self, name: str) -> Mark:
        row = await self._pool.fetchrow("select tx, position from mark where name = $1", name)
        return START if row is None else Mark(row["tx"], row["position"])

    async def move(self, name: str, to: Mark, *, since: Mark, epoch: int) -> None:
        await move(self._pool, name, to, since=since, epoch=epoch)


async def move(
    database: "asyncpg.Pool[Any] | asyncpg.pool.PoolConnectionProxy[Any]",
    name: str,
    to: Mark,
    *,
    since: Mark,
    epoch: int,
) -> None:
    """Move a mark, in the transaction that is open there if any; raises `MarkMoved`.

    Nobody waits for the disk: a move that is lost in a crash makes facts come again, and rows that
    a projector writes in its transaction are lost and written again together with it. That they
    are lost nobody tells us. We may hear nothing of the crash, if it falls between two statements;
    so each move says where the mark was.
    """
    if await database.execute(_MOVE, name, *to, *since, epoch) != "UPDATE 1":
        raise MarkMoved(name)


_MOVE = """
update mark set tx = $2, position = $3
 where name = $1 and (tx, position) = ($4, $5) and epoch = $6
   and set_config('synchronous_commit', 'off', true) = 'off'
"""


class MemoryMarks:
    """Marks that live as long as the process, which is always the leader."""

    def __init__(self) -> None:
        self._marks: dict[str, Mark] = {}

    @asynccontextmanager
    async def lead(self, name: str) -> AsyncIterator[int]:
        yield 1

    async def load(self, name: str) -> Mark:
        return self._marks.get(name, START)

    async def move(self, name: str, to: Mark, *, since: Mark, epoch: int) -> None:
        self._marks[name] = to


class Follower:
    """Gives every fact of a store to `handle`, in commit order, at least once."""

    def __init__(
        self,
        store: Store,
        marks: Marks,
        *,
        name: str,
        handle: Callable[[Sequence[Recorded]], Awaitable[None]],
        batch: int = BATCH,
        gather_seconds: float = 0.0,
    ) -> None:
        """With `gather_seconds` a batch is followed by the next one no sooner than that."""
        self._store = store
        self._marks = marks
        self._name = name
        self._handle = handle
        self._batch = batch
        self._gather_seconds = gather_seconds
        self._appended = store.recorder.appended()
        self.mark = START

    async def run(self) -> None:
        """Follow until cancelled. A failure begins anew from the mark, after a pause."""
        while True:
            try:
                async with self._marks.lead(self._name) as epoch:
                    await self._follow(epoch)
            except MarkMoved:
                log.warning("mark_moved", follower=self._name)
            except asyncio.CancelledError as error:  # a producer's own, when it stops half-way
                if told_to_end():
                    raise
                log.warning("follower_failed", follower=self._name, error=type(error).__name__)
            except Exception as error:
                log.exception("follower_failed", follower=self._name, error=type(error).__name__)
            await pause(0.5)

    async def _follow(self, epoch: int) -> None:
        self.mark = saved = await self._marks.load(self._name)
        due, look = 0.0, FIRST_LOOK_SECONDS
        while True:
            self._appended.clear()
            facts = await self._store.read(self.mark, self._batch)
            if facts:
                await self._handle(facts)
                due = due if self.mark != saved else monotonic() + SAVE_SECONDS
                self.mark = facts[-1].mark
                look = FIRST_LOOK_SECONDS
                if self._gather_seconds:
                    await pause(self._gather_seconds)
            if self.mark != saved and monotonic() >= due:
                await self._marks.move(self._name, self.mark, since=saved, epoch=epoch)
                saved = self.mark
            if not facts:
                rest = look if self._store.recorder.hidden else LAST_LOOK_SECONDS
                within = rest if self.mark == saved else min(rest, SAVE_SECONDS)
                announced = await woken(self._appended, within=within)
                look = FIRST_LOOK_SECONDS if announced else min(2 * look, LAST_LOOK_SECONDS)


async def in_order_per_stream(
    facts: Sequence[Recorded], handle: Callable[[Recorded], Awaitable[None]]
) -> None:
    """Handle facts of different streams at once, those of one stream one after the other."""

    async def one_stream(of: Sequence[Recorded]) -> None:
        for recorded in of:
            await handle(recorded)

    streams: dict[object, list[Recorded]] = {}
    for recorded in facts:
        streams.setdefault(recorded.fact.originator_id, []).append(recorded)
    async with asyncio.TaskGroup() as tasks:
        for of in streams.values():
            tasks.create_task(one_stream(of))
