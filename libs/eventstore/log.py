"""The newest stretch of a store's facts in commit order, read once for all who follow it."""

import asyncio
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Sequence

from libs.eventstore.facts import Mark, Recorded

KEPT = 5_000

Read = Callable[[Mark, int], Awaitable[Sequence[Recorded]]]


class CommitLog:
    """Facts of a store as its followers read them, one after the other or side by side.

    What has been read in commit order stays as it is, for nothing can still come in between. So
    the followers of a process, who all want the same facts at nearly the same time, share one
    reading; one that has fallen behind what is kept reads by itself.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._kept: list[Recorded] = []
        self._before: Mark | None = None
        self._turn = asyncio.Lock()

    async def after(self, mark: Mark, limit: int) -> Sequence[Recorded]:
        if kept := self._among_kept(mark, limit):
            return kept
        async with self._turn:
            if kept := self._among_kept(mark, limit):
                return kept
            read = await self._read(mark, limit)
            if read:
                self._keep(mark, read)
            return read

    def _among_kept(self, mark: Mark, limit: int) -> Sequence[Recorded]:
        if self._before is None or mark < self._before:
            return ()
        first = bisect_right(self._kept, mark, key=lambda recorded: recorded.mark)
        return self._kept[first : first + limit]

    def _keep(self, after: Mark, read: Sequence[Recorded]) -> None:
        end = self._kept[-1].mark if self._kept else self._before
        if end == after:
            self._kept.extend(read)
            if len(self._kept) > 2 * KEPT:
                self._before = self._kept[-KEPT - 1].mark
                del self._kept[:-KEPT]
        elif end is None or after > end:
            self._before, self._kept = after, list(read)
