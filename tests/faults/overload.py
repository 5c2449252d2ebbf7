"""Overload: three times as many orders as can be taken, from callers who do not wait their turn.

They come ten in a call: alone, three times as many as the order service takes are more than a
client on the same two cores can send.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from statistics import median

import grpc

from libs.contracts.order.v1 import order_service_pb2 as orders
from libs.rpc.client import RpcRefused
from libs.runtime.clock import monotonic
from libs.runtime.waiting import pause
from tests.faults.catching_up import caught_up
from tests.faults.trial import Trial

TIMES = 3
BATCH = 10
CALLERS = (16, 32)
"""Who wait for their answers; with more of them, more is committed at once."""

WARM_S, SECONDS, COUNTED_AFTER_S = 1.0, 6.0, 1.0
"""What is counted are answers of a stretch after its first second, in which nothing is full yet."""

DEADLINE_S = 5.0
KEPT = 0.9
CALM_S = 5.0
CALM_TIMES = 3
"""A lone call may take so many times what it took before, and the overload is over."""

HOPS = 8
"""From an order that is placed to its payment and to the books."""

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
    trial.notes.append(told)
    if not measured.ends["RESOURCE_EXHAUSTED"]:
        trial.find("shed", f"nothing was shed, so it was no overload: {told}", promise=SHED)
    if measured.over < KEPT * measured.best:
        trial.find("goodput", told, promise=SHED)
    if measured.calm_after > CALM_S:
        trial.find("calm", told, promise=SHED)
    await _settled(trial)  # What was taken keeps the others busy for longer than its callers.
    return monotonic()


async def measure(trial: Trial) -> Goodput:
    """Each stretch begins when the orders of the last are done with: they make work for everybody,
    which takes its part of the machine."""
    await _closed(trial, CALLERS[-1], WARM_S)
    best = 0.0
    for callers in CALLERS:
        await _settled(trial)
        best = max(best, await _closed(trial, callers, SECONDS))
    await _settled(trial)
    lone = median([await _timed(trial) for _ in range(20)])
    over, ends = await _open(trial, rate=TIMES * best)
    began = monotonic()
    while await _timed(trial) > CALM_TIMES * lone and monotonic() - began < 4 * CALM_S:
        pass
    return Goodput(best, over, ends, monotonic() - began)


async def _settled(trial: Trial) -> None:
    """Whoever hears of something tells others of what comes of it, so many times at most."""
    for _ in range(HOPS):
        await caught_up(trial.machine)


async def _timed(trial: Trial) -> float:
    began = monotonic()
    with suppress(RpcRefused):
        await _ask(trial)
    return monotonic() - began


async def _closed(trial: Trial, callers: int, seconds: float) -> float:
    """So many callers, each of whom waits for an answer before asking again; whoever is refused
    comes again when told to, with other orders."""
    taken = Taken(seconds)

    async def keep_asking() -> None:
        while monotonic() < taken.until:
            try:
                taken.add(await _ask(trial))
            except RpcRefused as refused:
                await pause(min(refused.retry_after_s or 0, max(0, taken.until - monotonic())))

    await asyncio.gather(*(keep_asking() for _ in range(callers)))
    return taken.a_second


async def _open(trial: Trial, *, rate: float) -> tuple[float, Counter[str]]:
    """Callers come at their own rate, however long the answers take."""
    taken, calls = Taken(SECONDS), list[asyncio.Task[str]]()

    async def ask() -> str:
        try:
            taken.add(await _ask(trial))
        except RpcRefused as refused:
            return refused.code.name
        return grpc.StatusCode.OK.name

    began = monotonic()
    while (passed := monotonic() - began) < SECONDS:
        due = int(passed * rate / BATCH) - len(calls)
        calls += [asyncio.create_task(ask()) for _ in range(due)]
        await pause(0.005)
    return taken.a_second, Counter(await asyncio.gather(*calls))


class Taken:
    """Orders that were taken in a stretch that begins now."""

    def __init__(self, seconds: float) -> None:
        self.since = monotonic() + min(COUNTED_AFTER_S, seconds / 2)
        self.until = monotonic() + seconds
        self._orders = 0

    def add(self, orders: int) -> None:
        if self.since <= monotonic() < self.until:
            self._orders += orders

    @property
    def a_second(self) -> float:
        return self._orders / (self.until - self.since)


async def _ask(trial: Trial) -> int:
    """How many orders were taken."""
    asked = orders.BatchPlaceOrdersRequest(requests=[trial.shop.order(0) for _ in range(BATCH)])
    answer = await trial.recorder.ask(
        "order", "BatchPlaceOrders", asked, again=False, deadline=DEADLINE_S
    )
    return sum(result.HasField("order") for result in answer.results)
