"""How much of a process one call, and all calls together, may take."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from libs.rpc.refusals import DeadlineExceeded, Overloaded
from libs.runtime.clock import perf_counter

LOOK_S = 0.2
"""How often a gate looks at what calls have taken."""
GROWTH = 0.2
"""By so much it opens in the time that a call takes, which is when it can see what came of it."""
RETRY_AFTER_S, RETRY_AFTER_S_MAX = 1.0, 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The promises of a server to itself."""

    deadline_s: float = 5.0
    """For a call whose client sets no deadline."""
    deadline_s_max: float = 60.0
    stream_s_max: float = 3600.0
    calls_max: int = 2000
    """Under way at once in one process, however fast they are answered."""
    calls_min: int = 16
    """Under way at once in one process, however slowly."""
    taking_s: float = 0.5
    """What calls may take on average; with more under way than are answered in this time, further
    ones are refused at once rather than served late. A tenth of a deadline, so that who is let in
    is answered in time."""
    tenant_calls_max: int = 100
    """Of these, of one buyer, creator or merchant; what is left is for others."""
    tenant_rate: float = 100.0
    """How many calls a second one of them may begin, in the long run, in one process."""
    tenant_burst: int = 500
    """And how many at once, after a silence."""
    request_bytes_max: int = 1024 * 1024
    connection_age_s_max: int = 600
    """After which a client reconnects, and so finds new processes."""

    def seconds(self, asked: float | None) -> float:
        """How long a unary call may take when its client asks for `asked` seconds."""
        return min(self.deadline_s if asked is None else asked, self.deadline_s_max)

    def stream_seconds(self, asked: float | None) -> float:
        return self.stream_s_max if asked is None else min(asked, self.stream_s_max)


class Deadline:
    """Cancels what is inside when its time is over, and says so by name.

    As `asyncio.timeout` does, at a third of the price.
    """

    __slots__ = ("_before", "_over", "_seconds", "_task", "_timer")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._over = False

    def __enter__(self) -> None:
        if self._seconds <= 0:  # Nobody waits for it any more.
            raise DeadlineExceeded("the deadline had passed before the call was begun")
        task = asyncio.current_task()
        assert task is not None, "calls are served by tasks"
        self._task = task
        self._before = task.cancelling()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._end)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        if not self._over:
            return
        others = self._task.uncancel() > self._before
        if kind is asyncio.CancelledError and not others:
            raise DeadlineExceeded("the call took longer than its deadline") from None

    def _end(self) -> None:
        self._over = True
        self._task.cancel()


class Gate:
    """Lets in as many calls at once as are answered in time, and refuses the rest.

    Whoever enters will take what is inside divided by what is answered a second (Little's law),
    be it the processor, the database or another process that all wait for. So when calls took
    longer than they may, there is room for as many as were answered in the time that they may
    take; else there is slowly more, up to `most`. Fewer than `least` are no load, and are let in
    however long they take.
    """

    room: float
    """How many calls may be inside at present."""
    _peak: int

    def __init__(
        self,
        *,
        most: int,
        least: int,
        taking_s: float,
        now: Callable[[], float] = perf_counter,
    ) -> None:
        self.calls = 0
        self.streams = 0
        self._most = most
        self._least = min(least, most)
        self._taking_s = taking_s
        self._now = now
        self._open(now())

    def call(self, came: float | None = None) -> "Passage":
        """A call inside, which tells by how long it takes, from when it came, how many may be."""
        return Passage(self, came)

    def stream(self) -> "Stay":
        """A stream inside: it lasts for as long as its client likes, and tells nothing."""
        return Stay(self)

    @property
    def inside(self) -> int:
        return self.calls + self.streams

    def enter(self) -> float:
        """The present; refuses where there is no room."""
        now = self._now()
        if not self.calls and now >= self._since + LOOK_S:
            self._open(now)
        self._came += 1
        if self.calls >= self.room or self.inside >= self._most:
            raise self._full()
        self.calls += 1
        self._peak = max(self._peak, self.calls)
        return now

    def leave(self, came: float) -> None:
        self.calls -= 1
        now = self._now()
        self._answered += 1
        self._took += now - came
        if now >= self._since + LOOK_S:
            self._look(now)

    def enter_stream(self) -> None:
        if self.inside >= self._most:
            raise self._full()
        self.streams += 1

    def _full(self) -> Overloaded:
        """Come again the later, the more came for each that was answered."""
        return Overloaded(
            "too many calls are under way, try again later", retry_after_s=self._retry_after_s
        )

    def _look(self, now: float) -> None:
        """Decide anew how many may be inside."""
        passed, took = now - self._since, self._took / self._answered
        if took <= self._taking_s:
            self.room = min(self._most, self.room * (1 + GROWTH * passed / max(passed, took)))
        elif self._peak > self._least:
            in_time = self._answered / passed * self._taking_s
            self.room = max(self._least, min(self.room, in_time))
        self._retry_after_s = min(
            RETRY_AFTER_S_MAX, RETRY_AFTER_S * max(1.0, self._came / self._answered)
        )
        self._begin(now)

    def _open(self, now: float) -> None:
        """Whoever finds nobody inside finds no load either."""
        self.room = float(self._most)
        self._retry_after_s = RETRY_AFTER_S
        self._begin(now)

    def _begin(self, now: float) -> None:
        """What is counted from now on is for the next decision."""
        self._since = now
        self._came = 0
        self._answered = 0
        self._took = 0.0
        self._peak = self.calls


class Passage:
    """A call on its way through a gate."""

    __slots__ = ("_came", "_gate")

    def __init__(self, gate: Gate, came: float | None) -> None:
        self._gate = gate
        self._came = came

    def __enter__(self) -> None:
        now = self._gate.enter()
        if self._came is None:
            self._came = now

    def __exit__(self, *_: object) -> None:
        assert self._came is not None, "it was entered"
        self._gate.leave(self._came)


class Stay:
    """A stream within a gate."""

    __slots__ = ("_gate",)

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def __enter__(self) -> None:
        self._gate.enter_stream()

    def __exit__(self, *_: object) -> None:
        self._gate.streams -= 1
