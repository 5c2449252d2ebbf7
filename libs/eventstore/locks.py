"""One command at a time per stream within a process, without deadlock."""

import asyncio
from collections.abc import Iterable
from uuid import UUID
from weakref import WeakValueDictionary


class Reorder(Exception):
    """Waiting here could deadlock: begin again and take all of these at once, in order."""


class StreamLocks:
    """Locks that exist while somebody holds or awaits them."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    async def take(self, stream: UUID, held: Iterable[UUID]) -> asyncio.Lock:
        """Lock a stream; waits only where no two holders can wait for each other.

        Raises `Reorder` when the stream is taken and one that is held comes after it.
        """
        lock = self._locks.get(stream)
        if lock is None:
            self._locks[stream] = lock = asyncio.Lock()
        if lock.locked() and any(other > stream for other in held):
            raise Reorder
        await lock.acquire()
        return lock
