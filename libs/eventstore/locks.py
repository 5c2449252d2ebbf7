"""One command at a time per stream within a process, without deadlock."""

import asyncio
from collections import deque
from collections.abc import Iterable
from uuid import UUID


class Reorder(Exception):
    """Waiting here could deadlock: begin again and take all of these at once, in order."""


class StreamLocks:
    """The streams that somebody holds, each with those who wait for it, in line.

    A stream is handed over to the next in line: at no moment is it free while somebody waits.
    """

    def __init__(self) -> None:
        self._held: dict[UUID, deque[asyncio.Future[None]]] = {}

    async def take(self, stream: UUID, held: Iterable[UUID] = ()) -> None:
        """Hold a stream; waits only where no two holders can wait for each other.

        Raises `Reorder` when somebody has the stream and one that is `held` comes after it.
        """
        line = self._held.get(stream)
        if line is None:
            self._held[stream] = deque()
            return
        if any(other > stream for other in held):
            raise Reorder
        turn = asyncio.get_running_loop().create_future()
        line.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release(stream)  # It was ours already when we were told to give up.
            raise

    def release(self, stream: UUID) -> None:
        line = self._held[stream]
        while line:
            turn = line.popleft()
            if not turn.done():  # Whoever gave up waiting is passed over.
                turn.set_result(None)
                return
        del self._held[stream]
