"""Overload: three times as many orders as can be taken, from callers who do not wait their turn."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from statistics import median

from libs.rpc.client import RpcRefused
from libs.runtime.clock import monotonic
from libs.runtime.waiting import pause
from tests.faults.recorder import GivenUp
from tests.faults.trial import Trial

TIMES = 3
CALLERS = (16, 64, 256)
BEST_S, OVER_S = 3.0, 5.0
DEADLINE_S = 5.0
SHED = "overload is shed"
KEPT = 0.9
CALM_S = 5.0
CALM_TIMES = 3
"""A lone call may take so many times what it took before, and the overload is over."""


@dataclass(frozen=True, slots=True)
class Goodput:
    """Orders a second that were taken in time, and how all the calls ended."""

    best: float
    over: float
    ends: Counter[str]
    calm_after: float


async def overload(trial: Trial) -> float:
    """As a fault: what is shed is shed politely, and what is taken is hardly less than the best."""
    measured = await measure(trial)
    told = f"{measured.over:.0f} orders/s of {measured.best:.0f} at best; {dict(measured.ends)}"
    trial.notes.append(told)
    if not measured.ends["RESOURCE_EXHAUSTED"]:
        trial.find("shed", f"nothing was shed, so it was no overload: {told}", promise=SHED)
    if measured.over < KEPT * measured.best:
        trial.find("goodput", told, promise=SHED)
    if measured.calm_after > CALM_S:
        told = f"calls were slow for {measured.calm_after:.1f} s after it"
        trial.find("calm", told, promise=SHED)
    return monotonic()


async def measure(trial: Trial) -> Goodput:
    lone = median([await _timed(trial) for _ in range(20)])
    best = max([await _closed(trial, callers) for callers in CALLERS])
    over, ends = await _open(trial, rate=TIMES * best)
    began = monotonic()
    while await _timed(trial) > CALM_TIMES * lone and monotonic() - began < 4 * CALM_S:
        pass
    return Goodput(best, over, ends, monotonic() - began)


async def _timed(trial: Trial) -> float:
    began = monotonic()
    await _place(trial)
    return monotonic() - began


async def _closed(trial: Trial, callers: int) -> float:
    """So many callers, each of whom waits for an answer before asking again."""
    until = monotonic() + BEST_S
    taken = 0

    async def keep_asking() -> None:
        nonlocal taken
        while monotonic() < until:
            taken += await _place(trial) == "OK"

    await asyncio.gather(*(keep_asking() for _ in range(callers)))
    return taken / BEST_S


async def _open(trial: Trial, *, rate: float) -> tuple[float, Counter[str]]:
    """Callers come at their own rate, however long the answers take."""
    began, calls = monotonic(), list[asyncio.Task[str]]()
    while (passed := monotonic() - began) < OVER_S:
        due = int(passed * rate) - len(calls)
        calls += [asyncio.create_task(_place(trial)) for _ in range(due)]
        await pause(0.005)
    ends = Counter(await asyncio.gather(*calls))
    return ends["OK"] / (monotonic() - began), ends


async def _place(trial: Trial) -> str:
    """How it ended: OK, or the status."""
    try:
        await trial.recorder.ask(
            "order", "PlaceOrder", trial.shop.order(0), again=False, deadline=DEADLINE_S
        )
    except RpcRefused as refused:
        return refused.code.name
    except GivenUp:
        return "UNKNOWN"
    return "OK"
