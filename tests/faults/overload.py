"""Overload: three times as many orders as can be taken, from callers who do not wait their turn."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from statistics import median

import grpc

from libs.rpc.client import RpcRefused
from libs.runtime.clock import monotonic
from libs.runtime.waiting import pause
from tests.faults.trial import Trial

TIMES = 3
CALLERS = (16, 64)
"""Who wait for each other's answers; the more, the fuller is the group that is committed."""

WARM_S, BEST_S, OVER_S = 2.0, 5.0, 6.0
DEADLINE_S = 5.0
KEPT = 0.9
CALM_S = 5.0
CALM_TIMES = 3
"""A lone call may take so many times what it took before, and the overload is over."""

SHED = "overload is shed"


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
    told += f"; calm after {measured.calm_after:.1f} s"
    print(told, flush=True)
    trial.notes.append(told)
    if not measured.ends["RESOURCE_EXHAUSTED"]:
        trial.find("shed", f"nothing was shed, so it was no overload: {told}", promise=SHED)
    if measured.over < KEPT * measured.best:
        trial.find("goodput", told, promise=SHED)
    if measured.calm_after > CALM_S:
        trial.find("calm", told, promise=SHED)
    return monotonic()


async def measure(trial: Trial) -> Goodput:
    await _closed(trial, CALLERS[-1], WARM_S)
    lone = median([await _timed(trial) for _ in range(20)])
    best = max([await _closed(trial, callers, BEST_S) for callers in CALLERS])
    over, ends = await _open(trial, rate=TIMES * best)
    began = monotonic()
    while await _timed(trial) > CALM_TIMES * lone and monotonic() - began < 4 * CALM_S:
        pass
    return Goodput(best, over, ends, monotonic() - began)


async def _timed(trial: Trial) -> float:
    began = monotonic()
    await _place(trial)
    return monotonic() - began


async def _closed(trial: Trial, callers: int, seconds: float) -> float:
    """So many callers, each of whom waits for an answer before asking again; whoever is refused
    comes again when told to, with another order."""
    until = monotonic() + seconds
    taken = 0

    async def keep_asking() -> None:
        nonlocal taken
        while monotonic() < until:
            try:
                await _ask(trial)
            except RpcRefused as refused:
                await pause(min(refused.retry_after_s or 0, max(0, until - monotonic())))
            else:
                taken += monotonic() < until

    await asyncio.gather(*(keep_asking() for _ in range(callers)))
    return taken / seconds


async def _open(trial: Trial, *, rate: float) -> tuple[float, Counter[str]]:
    """Callers come at their own rate, however long the answers take; what counts are orders that
    were taken while they came."""
    began, calls = monotonic(), list[asyncio.Task[str]]()
    while (passed := monotonic() - began) < OVER_S:
        due = int(passed * rate) - len(calls)
        calls += [asyncio.create_task(_place(trial)) for _ in range(due)]
        await pause(0.005)
    taken = sum(call.result() == grpc.StatusCode.OK.name for call in calls if call.done())
    return taken / passed, Counter(await asyncio.gather(*calls))


async def _place(trial: Trial) -> str:
    """The status that it ended with."""
    try:
        await _ask(trial)
    except RpcRefused as refused:
        return refused.code.name
    return grpc.StatusCode.OK.name


async def _ask(trial: Trial) -> None:
    order = trial.shop.order(0)
    await trial.recorder.ask("order", "PlaceOrder", order, again=False, deadline=DEADLINE_S)
