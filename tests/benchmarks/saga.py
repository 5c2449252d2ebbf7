"""Saga: orders until they are delivered and in the books, through six services and Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from rich.console import Console

from deploy.local.home import Home
from deploy.local.importers.online_retail.services import Services
from deploy.local.process import StackError, all_or_none
from libs.contracts.order.v1 import order_service_pb2 as orders
from libs.runtime.clock import perf_counter
from libs.runtime.ids import new_id
from libs.runtime.waiting import pause
from tests.benchmarks.case import CannotRun, Result, Round, Size, percentile
from tests.benchmarks.echo import calls_a_second, milliseconds
from tests.benchmarks.packers import pack
from tests.benchmarks.profile import Profile
from tests.benchmarks.servers import folder, run
from tests.benchmarks.shop import LOOK_EVERY_S, Shop
from tests.benchmarks.stack import running_stack

ROUNDS = {Size.SMALL: 1, Size.USUAL: 3, Size.FULL: 1}
SECONDS = {Size.SMALL: 1.0, Size.USUAL: 10.0, Size.FULL: 60.0}
LOAD_SECONDS = {Size.SMALL: 1.0, Size.USUAL: 6.0, Size.FULL: 30.0}
ECHO_SECONDS = 2.0
UNPAID_MAX, UNDELIVERED_MAX = 500, 1_500
"""Enough to keep every service busy, too few to pile up: lag is bounded for as long as it lasts."""
FOLLOWED = 5
"""At half load, one order of so many is followed until it is paid."""
PATIENCE_S = 60.0
PAID = frozenset(
    {
        orders.ORDER_STATE_ON_HOLD,
        orders.ORDER_STATE_AWAITING_SHIPMENT,
        orders.ORDER_STATE_PARTIALLY_SHIPPED,
        orders.ORDER_STATE_IN_TRANSIT,
        orders.ORDER_STATE_DELIVERED,
    }
)


@dataclass(frozen=True, slots=True)
class Waits:
    """Milliseconds that callers waited at half load."""

    placing: list[float] = field(default_factory=list)
    paid: list[float] = field(default_factory=list)


def measure(size: Size, *, seconds: float | None = None, profile: bool = False) -> list[Result]:
    """Orders a second, from the first placed to the last delivered; then at half that pace, how
    long one waits for an answer and for the payment. Given `seconds`, one round of so many."""
    rounds = 1 if seconds else ROUNDS[size]
    try:
        with running_stack() as home:
            saga = Saga(home, seconds or SECONDS[size], LOAD_SECONDS[size], profile)
            return run(saga.measure(rounds))
    except StackError as error:
        raise CannotRun(str(error)) from None


@dataclass(frozen=True, slots=True)
class Saga:
    home: Home
    seconds: float
    load_seconds: float
    profile: bool

    async def measure(self, rounds: int) -> list[Result]:
        async with Services(self.home) as services:
            shop = Shop(services, f"bench-{new_id().hex[-8:]}")
            await shop.open()
            async with packing(shop):
                rates = [
                    Round(await self._rate(shop), await calls_a_second(ECHO_SECONDS))
                    for _ in range(rounds)
                ]
                saga = Result.of("saga", "orders/s", "bare gRPC echoes/s", rates)
                measured = [
                    (await self._waits(shop, saga.value / 2), await milliseconds(ECHO_SECONDS))
                    for _ in range(rounds)
                ]
            assert await shop.off() == 0, "the books do not balance"
        return [saga, *results_of(measured)]

    async def _rate(self, shop: Shop) -> float:
        """As many as get through: more are placed only as fast as others get through."""
        with folder() as place:
            profile = Profile(self.home, place, seconds=self.seconds) if self.profile else None
            before, start = shop.placed, perf_counter()
            while perf_counter() - start < self.seconds:
                await shop.place_batch()
                await room(shop)
            await arrived(shop)
            orders_done, took = shop.placed - before, perf_counter() - start
            if profile is not None:
                profile.show(Console(), orders=orders_done, seconds=took)
        return orders_done / took

    async def _waits(self, shop: Shop, a_second: float) -> Waits:
        """One order after the other at an even pace, whether or not the one before is answered."""
        waits, start = Waits(), perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for number in range(max(1, round(a_second * self.load_seconds))):
                await pause(max(0.0, start + number / a_second - perf_counter()))
                follow = number % FOLLOWED == 0
                tasks.create_task(_place(shop, waits, due=start + number / a_second, follow=follow))
        await arrived(shop)
        return waits


async def _place(shop: Shop, waits: Waits, *, due: float, follow: bool) -> None:
    """Waits count from when the order was due: a late start is a part of what a buyer waits."""
    name = await shop.place_one()
    waits.placing.append((perf_counter() - due) * 1000)
    if follow:
        async for told in shop.services.orders.FollowOrder(orders.FollowOrderRequest(name=name)):
            if told.state in PAID:
                break
        waits.paid.append((perf_counter() - due) * 1000)


def results_of(measured: list[tuple[Waits, list[float]]]) -> list[Result]:
    def rounds(pick: Callable[[Waits], list[float]], share: float) -> list[Round]:
        return [
            Round(percentile(pick(waits), share), percentile(echoes, share))
            for waits, echoes in measured
        ]

    return [
        Result.of("saga/placing", "ms p99", "a bare gRPC echo, ms p99", rounds(_placing, 0.99)),
        Result.of("saga/paid", "ms p99", "a bare gRPC echo, ms p99", rounds(_paid, 0.99)),
        Result.of("saga/paid-p50", "ms p50", "a bare gRPC echo, ms p50", rounds(_paid, 0.5)),
    ]


def _placing(waits: Waits) -> list[float]:
    return waits.placing


def _paid(waits: Waits) -> list[float]:
    return waits.paid


async def room(shop: Shop) -> None:
    """Until few enough are under way that more may be placed."""
    while (
        shop.placed - await shop.posted() > UNPAID_MAX
        or shop.placed - await shop.delivered() > UNDELIVERED_MAX
    ):
        await pause(LOOK_EVERY_S)


async def arrived(shop: Shop, *, patience: float = PATIENCE_S) -> None:
    """Until everything placed is delivered by the books."""
    deadline = perf_counter() + patience
    while (missing := shop.placed - await shop.delivered()) > 0:
        if perf_counter() > deadline:
            raise CannotRun(f"{missing} of {shop.placed} orders are missing after {patience:.0f} s")
        await pause(LOOK_EVERY_S)
    assert missing == 0, f"{-missing} orders more than were placed are in the books"


@asynccontextmanager
async def packing(shop: Shop) -> AsyncIterator[None]:
    """While there is someone at the node. What goes wrong there ends the measurement."""
    async with all_or_none() as tasks:
        at_work = tasks.create_task(pack(shop))
        yield
        at_work.cancel()
