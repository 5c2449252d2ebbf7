"""Load: buyers who order, look again, change their minds and press twice, and people who pack."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from typing import Any

from libs.contracts.common.v1 import types_pb2
from libs.contracts.order.v1 import order_service_pb2 as orders
from libs.contracts.warehouse.v1 import warehouse_service_pb2 as warehouse
from libs.rpc.client import RpcRefused
from libs.runtime.ids import new_id
from libs.runtime.waiting import pause
from tests.faults.recorder import GivenUp, Recorder
from tests.faults.shop import PLENTY, Shop

STOCKS = (PLENTY, PLENTY, PLENTY, 40, 15)
TOKENS = (
    ["tok_ok"] * 16
    + ["tok_decline_insufficient_funds", "tok_decline_once", "tok_3ds", "tok_refund_fails"]
    + ["tok_timeout_succeeds", "tok_timeout_fails"]
)
PAID = orders.ORDER_STATE_ON_HOLD
STEPS = ("StartPicking", "ConfirmPick", "ConfirmPack", "HandOver", "TrackingUpdate")


class Load:
    """Runs as a context: goes on until the context ends, and then everybody gets their answer."""

    def __init__(self, recorder: Recorder, shop: Shop, *, rate: float, seed: int) -> None:
        self._recorder = recorder
        self._shop = shop
        self._rate = rate
        self._chance = random.Random(seed)
        self._people: set[asyncio.Task[None]] = set()
        self._coming: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Load:
        self._coming = asyncio.create_task(self._come())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._coming is not None, "it was entered"
        self._coming.cancel()
        await asyncio.gather(self._coming, return_exceptions=True)
        for ended in await asyncio.gather(*self._people, return_exceptions=True):
            if isinstance(ended, BaseException) and not isinstance(ended, GivenUp | RpcRefused):
                raise ended

    async def _come(self) -> None:
        while True:
            kind = self._pack if self._chance.random() < 0.1 else self._buy
            self._people.add(asyncio.create_task(kind()))
            await pause(self._chance.expovariate(self._rate))

    async def _buy(self) -> None:
        chance = self._chance
        goods = chance.sample(range(len(STOCKS)), k=chance.choice((1, 1, 2)))
        request = self._shop.order(
            *goods, token=chance.choice(TOKENS), quantity=chance.choice((1, 1, 1, 3))
        )
        press = self._recorder.twice if chance.random() < 0.1 else self._recorder.ask
        order = await press("order", "PlaceOrder", request)
        for _ in range(chance.randrange(4)):
            await pause(chance.uniform(0.05, 0.8))
            order = await self._look(order.name)
        if chance.random() < 0.15:
            await self._cancel(order)
        if chance.random() < 0.05:
            await self._recorder.ask("order", "PlaceOrder", request)  # an answer that was forgotten

    async def _look(self, name: str) -> Any:  # An Order.
        return await self._recorder.ask("order", "GetOrder", orders.GetOrderRequest(name=name))

    async def _cancel(self, order: Any) -> None:
        """All of it, or its first line; refused while the payment is under way."""
        whole = self._chance.random() < 0.5
        lines = [] if whole else [orders.LineUnits(line_id=_line(order), quantity=1)]
        with suppress(RpcRefused):
            await self._recorder.ask(
                "order",
                "CancelLines",
                orders.CancelLinesRequest(
                    request_id=str(new_id()),
                    name=order.name,
                    lines=lines,
                    fault=types_pb2.FAULT_BUYER,
                ),
            )

    async def _pack(self) -> None:
        """Take a parcel that is planned, if there is one, all the way to the buyer."""
        planned = await self._recorder.ask(
            "warehouse",
            "ListFulfilmentOrders",
            warehouse.ListFulfilmentOrdersRequest(
                state=warehouse.FULFILMENT_STATE_PLANNED, page_size=50
            ),
        )
        if not planned.fulfilment_orders:
            return
        name = self._chance.choice(list(planned.fulfilment_orders)).name
        with suppress(RpcRefused):  # somebody else has it, or its order was cancelled
            for step in STEPS:
                await self._recorder.ask("warehouse", step, _step(step, name))


def _line(order: Any) -> str:  # An Order.
    line: str = order.lines[0].line_id
    return line


def _step(step: str, name: str) -> Any:  # One of five requests.
    kind = getattr(warehouse, f"{step}Request")
    more: dict[str, Any] = {}
    if step == "HandOver":
        more = {"carrier": "Royal Mail", "tracking_number": new_id().hex[-8:]}
    elif step == "TrackingUpdate":
        more = {"status": warehouse.TRACKING_STATUS_DELIVERED}
    return kind(request_id=str(new_id()), name=name, **more)
