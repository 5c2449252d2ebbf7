"""The business clock of a local stack, from the side that moves it."""

from __future__ import annotations

import asyncio
import mmap
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncpg

from deploy.local.home import Home
from deploy.local.process import StackError
from libs.runtime.clock import SystemClock

SIZE = 8
CHANNEL = "clock"
_MACHINE = SystemClock()
_MICROSECOND = timedelta(microseconds=1)


class ClockGoesBack(StackError):
    """Deadlines have fired and books were closed at the present time: it cannot unhappen."""


class LocalClock:
    """The machine's time plus an offset, which all services of the stack have mapped.

    Moving it is a write to memory, so an importer may do it for every order. Services notice when
    they next look; those that wait for a deadline sleep until `wake`.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._waking: list[asyncpg.Connection] = []
        try:
            with home.clock.open("r+b") as file:
                memory = mmap.mmap(file.fileno(), SIZE)
        except (FileNotFoundError, ValueError):
            raise StackError(
                f"there is no local stack in {home.folder}, and only its clock can be moved"
            ) from None
        # One aligned store of eight bytes: a reader never sees half of it, as it could when
        # struct packs a stated byte order, which goes byte by byte.
        self._offset = memoryview(memory).cast("q")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.gather(*(connection.close() for connection in self._waking))
        self._waking = []

    @property
    def offset(self) -> timedelta:
        return self._offset[0] * _MICROSECOND

    def now(self) -> datetime:
        return _MACHINE.now() + self.offset

    def set(self, when: datetime) -> None:
        now = self.now()
        if when < now:
            raise ClockGoesBack(
                f"business time is {now:%Y-%m-%d %H:%M:%S} UTC already and never goes back"
            )
        self._offset[0] = (when - _MACHINE.now()) // _MICROSECOND

    def advance(self, delta: timedelta) -> None:
        if delta < timedelta(0):
            raise ClockGoesBack("business time never goes back")
        self._offset[0] += delta // _MICROSECOND

    def reach(self, when: datetime) -> None:
        """Like `set`, for one who plays events by their dates: a clock that is there already,
        because playing took its own time, is left alone."""
        if when > self.now():
            self.set(when)

    async def wake(self) -> None:
        """Tell all who wait for a time that it may have come."""
        if not self._waking:
            services = self._home.running().services.values()
            self._waking = await asyncio.gather(
                *(asyncpg.connect(service.database) for service in services)
            )
        await asyncio.gather(
            *(connection.execute(f"notify {CHANNEL}") for connection in self._waking)
        )


def ensure_clock(path: Path) -> None:
    """A new stack lives in the present. The file is never replaced, for it is mapped."""
    if not path.exists():
        path.write_bytes(bytes(SIZE))


def parse_duration(text: str) -> timedelta:
    """`8d`, `36h`, `1d12h30m`, `45s`."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or not text.strip():
        raise StackError(f"{text!r} is not a duration: write it like 8d, 36h or 1d12h30m")
    return timedelta(**{unit: int(count) for unit, count in match.groupdict(default="0").items()})


def parse_time(text: str) -> datetime:
    """ISO 8601; UTC where it names no zone."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise StackError(f"{text!r} is not a time: write it like 2026-11-24T18:00") from None
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


_DURATION = re.compile(
    r"(?:(?P<weeks>\d+)w)?(?:(?P<days>\d+)d)?(?:(?P<hours>\d+)h)?"
    r"(?:(?P<minutes>\d+)m)?(?:(?P<seconds>\d+)s)?"
)
