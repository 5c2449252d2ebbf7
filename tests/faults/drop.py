"""A drop: two hundred buyers press at once, and there are fifty."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from libs.contracts.order.v1 import order_service_pb2 as orders
from libs.runtime.clock import monotonic
from libs.runtime.waiting import pause
from tests.faults.trial import UNPAID, Strike, Trial

BUYERS, UNITS = 200, 50
WITHIN_S = 60.0
UNSOLD = {
    orders.ORDER_STATE_REJECTED,
    orders.ORDER_STATE_EXPIRED,
    orders.ORDER_STATE_CANCELLED,
}
SOLD = "sold"
SOLD_OUT = "OUT_OF_STOCK"


@dataclass(frozen=True, slots=True)
class Sold:
    """How it ended: orders by state, or by the reason why there is none, and units left."""

    ends: Counter[str]
    left: int
    seconds: float

    @property
    def is_right(self) -> bool:
        return self.ends == {SOLD: UNITS, SOLD_OUT: BUYERS - UNITS} and not self.left


async def sell(trial: Trial, during: Callable[[], Awaitable[None]] | None = None) -> Sold:
    """Everybody asks by a call of their own, and looks until they know."""
    goods = await trial.shop.put_up(UNITS)
    began = monotonic()

    async def buy() -> str:
        order = await trial.recorder.ask(
            "order", "PlaceOrder", trial.shop.order(goods), deadline=20
        )
        async with asyncio.timeout(WITHIN_S):
            while order.state in UNPAID:
                await pause(0.2)
                order = await trial.recorder.ask(
                    "order", "GetOrder", orders.GetOrderRequest(name=order.name), deadline=20
                )
        if order.state in UNSOLD:
            return str(order.rejection_reason or orders.OrderState.Name(order.state))
        return SOLD  # And perhaps delivered, to whoever looks late.

    buying = [asyncio.create_task(buy()) for _ in range(BUYERS)]
    if during is not None:
        await during()
    ends = Counter(await asyncio.gather(*buying))
    return Sold(ends, await trial.shop.available(goods), monotonic() - began)


def drop(*, kill: bool) -> Strike:
    """The same as a fault, with a kill -9 of one of the three that sell in the middle."""

    async def strike(trial: Trial) -> float:
        async def during() -> None:
            await pause(trial.chance.uniform(0.1, 1.0))
            trial.machine.kill(trial.chance.choice(("order", "warehouse", "payment")))

        began = monotonic()
        sold = await sell(trial, during if kill else None)
        if not sold.is_right:
            what = f"{dict(sold.ends)}, {sold.left} left"
            trial.find("drop", what, promise="nothing is sold twice")
        return began

    return strike
