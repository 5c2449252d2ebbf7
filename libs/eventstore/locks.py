"""One command at a time per stream within a process, without deadlock."""

import asyncio
from collections.abc import Iterable
from typing import Literal
from uuid import UUID
from weakref import WeakValueDictionary


class Reorder(Exception):
    """Waiting here could deadlock: begin again and take all of these at once, in order."""


class StreamLock(asyncio.Lock):
    """Knows how many hold or await it.

    Between a release and the turn of the next in line nobody has it `locked`, and yet whoever
    comes then has to wait.
    """

    def __init__(self) -> None:
        super().__init__()
        self.wanted = 0

    async def acquire(self) -> Literal[True]:
        self.wanted += 1
        try:
            return await super().acquire()
        except BaseException:
            self.wanted -= 1
            raise

    def release(self) -> None:
        super().release()
        self.wanted -= 1


class StreamLocks:
    """Locks that exist while somebody holds or awaits them."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[UUID, StreamLock] = WeakValueDictionary()

    async def take(self, stream: UUID, held: Iterable[UUID]) -> StreamLock:
        """Lock a stream; waits only where no two holders can wait for each other.

        Raises `Reorder` when the stream is wanted and one that is held comes after it.
        """
        lock = self._locks.get(stream)
        if lock is None:
            self._locks[stream] = lock = StreamLock()
        if lock.wanted and any(other > stream for other in held):
            raise Reorder
        await lock.acquire()
        return lock
