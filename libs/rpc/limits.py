"""How much of a process one call, and all calls together, may take."""

import asyncio
from dataclasses import dataclass
from types import TracebackType

from libs.rpc.refusals import DeadlineExceeded, Overloaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The promises of a server to itself."""

    deadline_s: float = 5.0
    """For a call whose client sets no deadline."""
    deadline_s_max: float = 60.0
    stream_s_max: float = 3600.0
    calls_max: int = 2000
    """Under way at once in one process; more are refused at once rather than served late."""
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
    """Cancels what is inside when its time is over, and says so by name."""

    __slots__ = ("_timeout",)

    def __init__(self, seconds: float) -> None:
        self._timeout = asyncio.timeout(seconds)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self._timeout.__aexit__(kind, error, traceback)
        except TimeoutError:
            raise DeadlineExceeded("the call took longer than its deadline") from None


class Gate:
    """Lets in so many at once and refuses the rest."""

    def __init__(self, most: int) -> None:
        self.inside = 0
        self._most = most

    def __enter__(self) -> None:
        if self.inside >= self._most:
            raise Overloaded("too many calls are under way, try again later")
        self.inside += 1

    def __exit__(self, *_: object) -> None:
        self.inside -= 1
