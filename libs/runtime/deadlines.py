"""Time as a cause: whatever falls due is told so, by one leader, as early as it can be."""

import asyncio

import structlog

from libs.eventstore import Store
from libs.eventstore.facts import Deadline
from libs.messaging.follower import Marks
from libs.runtime.waiting import pause, told_to_end, woken

log = structlog.get_logger(__name__)

BATCH = 500
LOOK_AGAIN_SECONDS = 10.0


class Deadlines:
    """Wakes streams when their time has come. Firing twice is harmless."""

    def __init__(self, store: Store, marks: Marks) -> None:
        self._store = store
        self._marks = marks
        self._rescheduled = store.recorder.rescheduled()

    async def run(self) -> None:
        while True:
            try:
                async with self._marks.lead("deadlines"):
                    await self._watch()
            except asyncio.CancelledError as error:  # a library's own, when a connection breaks
                if told_to_end():
                    raise
                log.warning("deadlines_failed", error=type(error).__name__)
            except Exception as error:
                log.exception("deadlines_failed", error=type(error).__name__)
            await pause(0.5)

    async def _watch(self) -> None:
        while True:
            self._rescheduled.reset()
            due = await self._store.recorder.due(self._store.clock.now(), BATCH)
            moved = await asyncio.gather(*(self._fall_due(deadline) for deadline in due))
            if not any(moved):
                await woken(self._rescheduled.rung, within=await self._until_next())

    async def _fall_due(self, deadline: Deadline) -> bool:
        try:
            return await self._store.fall_due(deadline)
        except Exception as error:
            log.exception(
                "deadline_failed", stream=str(deadline.stream_id), error=type(error).__name__
            )
            return False

    async def _until_next(self) -> float:
        next_due = await self._store.recorder.next_due()
        self._rescheduled.set(next_due)
        if next_due is None:
            return LOOK_AGAIN_SECONDS
        seconds = (next_due - self._store.clock.now()).total_seconds()
        # One that is overdue and could not be moved is tried again, but not at once.
        return min(max(seconds, 0.001), LOOK_AGAIN_SECONDS) if seconds > 0 else 1.0
