"""A service's streams in its database, on the clock that its process lives by."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from libs.domain import Aggregate
from libs.eventstore import PostgresRecorder, Store
from libs.eventstore.recorder import Participant
from libs.runtime.clock import Clock, SharedClock, SystemClock

if TYPE_CHECKING:
    from libs.runtime.settings import Settings  # loads pydantic, which only processes need


def clock_of(settings: "Settings") -> Clock:
    """The machine's clock, or the one that the processes of a local stack share."""
    return SharedClock(settings.clock_file) if settings.clock_file else SystemClock()


async def open_store(
    settings: "Settings",
    kinds: Sequence[type[Aggregate]],
    *,
    participant: Participant | None = None,
) -> tuple[Store, PostgresRecorder]:
    """The service's streams in its database, ready for use."""
    recorder = PostgresRecorder(settings.database, participant=participant)
    await recorder.start()
    return Store(recorder, kinds=kinds, clock=clock_of(settings)), recorder
