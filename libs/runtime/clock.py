"""Business time: what deadlines, prices and facts are dated by. Recorded time is the database's."""

import mmap
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

monotonic = time.monotonic
perf_counter = time.perf_counter
time_ns = time.time_ns
"""The machine's time in spans, which nothing is decided by."""


class Clock(Protocol):
    def now(self) -> datetime:
        """The present in business time, in UTC."""
        ...


class SystemClock:
    """The machine's clock: what production runs on."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SharedClock:
    """The machine's clock plus an offset that the processes of one local stack read from a file.

    The file holds one little-endian int64 of microseconds; it is mapped, so that reading the time
    costs no call to the system.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)
        # Read as one word: unpacking byte by byte could see half of a write.
        self._offset = memoryview(mapped).cast("q")

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(microseconds=self._offset[0])


class ManualClock:
    """Stands still until it is moved, and never goes back."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        if by < timedelta(0):
            raise ValueError("business time does not go back")
        self._now += by
