"""Callers: so many at once, each of whom waits for an answer before asking again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from libs.runtime.clock import perf_counter

CALLERS = 128


async def a_second(
    work: Callable[[], Awaitable[int]], seconds: float, *, callers: int = CALLERS
) -> float:
    """How much `work` says it has done, a second."""
    start = perf_counter()

    async def keep_calling() -> int:
        done = 0
        while perf_counter() - start < seconds:
            done += await work()
        return done

    done = await asyncio.gather(*(keep_calling() for _ in range(callers)))
    return sum(done) / (perf_counter() - start)
