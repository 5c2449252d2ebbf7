"""Run: the plan played through the services, each day on its own date.

Within a day, steps follow each other as in a shop: goods in, orders placed, paid and allocated,
parcels delivered, corrections and returns; each step is one batch of requests. A day ends when the
ledger has booked its sales. Only then does business time move on, since an order whose hold or
payment time ran out while its messages were still under way would be lost.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import count, groupby
from typing import Final

from deploy.local.clock import LocalClock
from deploy.local.home import Home
from deploy.local.importers.online_retail.beginning import begin
from deploy.local.importers.online_retail.books import GMV, GMV_REVERSED
from deploy.local.importers.online_retail.calls import all_of, batched, until
from deploy.local.importers.online_retail.days import Day, Order, Return
from deploy.local.importers.online_retail.plan import Plan
from deploy.local.importers.online_retail.progress import ProgressFile
from deploy.local.importers.online_retail.receiving import Receiving
from deploy.local.importers.online_retail.services import Services
from deploy.local.importers.online_retail.setting_up import set_up
from deploy.local.importers.online_retail.shop import Shop, pounds
from deploy.local.importers.online_retail.tally import Heading, month_of
from deploy.local.importers.online_retail.trade import Trade
from deploy.local.process import StackError
from libs.contracts.catalog.v1 import catalog_service_pb2 as catalog
from libs.contracts.ledger.v1 import ledger_service_pb2 as ledger
from libs.contracts.order.v1 import order_service_pb2 as order_pb
from libs.contracts.returns.v1 import returns_service_pb2 as returns
from libs.contracts.warehouse.v1 import warehouse_service_pb2 as warehouse
from libs.observability import span
from libs.rpc.client import RpcRefused
from libs.rpc.convert import when

PAGE: Final = 1000
LOOKS: Final = 40
"""After so many looks at what is planned, what is missing may be lost."""

LOST: Final = frozenset(
    {
        order_pb.ORDER_STATE_REJECTED,
        order_pb.ORDER_STATE_EXPIRED,
        order_pb.ORDER_STATE_CANCELLED,
    }
)
NOT_HEARD_OF_YET: Final = frozenset({"NOT_DELIVERED", "NOT_FOUND"})
"""What returns says until it has learnt of a delivery."""


@dataclass(frozen=True, slots=True)
class Played:
    """Names of the orders that carry shipping, and what did not happen on its own day."""

    shipped: list[str]
    late: list[str]


async def run(plan: Plan, home: Home, services: Services, played: Callable[[Day], None]) -> Played:
    """Play all days, or what an earlier run left of them."""
    file = ProgressFile(home, plan.digest)
    progress = file.load()
    shop = Shop(plan.digest)
    async with LocalClock(home) as clock:
        if not await _has_begun(shop, services):
            await begin(home, clock, plan.days[0].opening)
        offers = await set_up(plan, shop, services, home, priced=progress.priced)
        progress.priced = max([progress.priced, *(day.date for day in plan.days)])
        file.save(progress)
        play = Play(shop, Trade(shop, offers), plan, services, clock)
        for day in plan.days:
            play.reckon(day)
            if day.date > progress.played:
                with span(f"import {day.date}"):
                    await play.day(day)
                progress.played = day.date
                file.save(progress)
            played(day)
        await play.settled()
        return Played(shipped=await play.shipped(), late=sorted(play.late))


async def _has_begun(shop: Shop, services: Services) -> bool:
    """Whether an earlier run came to play anything of the file."""
    try:
        await services.catalog.GetMerchant(catalog.GetMerchantRequest(name=shop.merchant))
    except RpcRefused as refusal:
        if refusal.reason != "NOT_FOUND":
            raise
        return False
    return True


class Play:
    """Remembers what orders are called, and how many entries the ledger is to have of them."""

    def __init__(
        self, shop: Shop, trade: Trade, plan: Plan, services: Services, clock: LocalClock
    ) -> None:
        self._shop = shop
        self._trade = trade
        self._services = services
        self._clock = clock
        self._orders = {order.key: order for day in plan.days for order in day.orders}
        self._receipts = dict(plan.receipts)
        self._receiving = Receiving(shop, services.warehouse)
        self._names: dict[str, str] = {}
        self._placed_before: set[str] = set()
        self.late: set[str] = set()
        self._line_ids: dict[str, list[str]] = {}
        self._sold = 0
        self._reversed = 0

    def reckon(self, day: Day) -> None:
        """Count what the ledger will have booked at the end of the day."""
        self._sold += sum(order.total > order.shipping for order in day.orders)
        self._reversed += sum(
            self._orders[it.order].lines[it.line].posted > 0 for it in day.returns
        ) + sum(it.heading is Heading.UNMATCHED and it.minor != 0 for it in day.adjustments)

    async def day(self, day: Day) -> None:
        await self._pass_time(day.opening)
        month = month_of(day.date)
        if month in self._receipts:
            await self._receiving.receive(month, self._receipts.pop(month))
        await all_of(
            [self._place(day), self._move_stock(day), self._adjust(day), self._deliver(day.orders)]
        )
        self._clock.reach(day.closing)
        await self._take_back(day.returns)
        await until(
            self._is_booked, or_else=f"the ledger has not booked all that was sold by {day.date}"
        )

    async def _pass_time(self, opening: datetime) -> None:
        """Midnight by midnight, so that what falls due on a day without trade does so on it."""
        midnight = datetime.combine(self._clock.now() + timedelta(days=1), time(), UTC)
        while midnight < opening:
            self._clock.reach(midnight)
            await self._clock.wake()
            midnight += timedelta(days=1)
        self._clock.reach(opening)
        await self._clock.wake()

    # Orders

    async def _place(self, day: Day) -> None:
        """Each invoice in its own minute."""
        for at, orders in groupby(day.orders, key=lambda order: order.at):
            self._clock.reach(at)
            await self._place_at_once(list(orders), day)

    async def _place_at_once(self, orders: list[Order], day: Day) -> None:
        asked_at = self._clock.now()
        placed = await batched(
            self._services.orders.BatchPlaceOrders,
            order_pb.BatchPlaceOrdersRequest,
            [self._trade.order(order) for order in orders],
        )
        for order, answer in zip(orders, placed, strict=True):
            if answer.total != pounds(order.total):
                raise StackError(
                    f"invoice {order.invoice} came to {answer.total.units}."
                    f"{answer.total.nanos // 10_000_000:02} instead of {order.total / 100:.2f}"
                )
            self._names[order.key] = answer.name
            if when(answer.create_time) < asked_at:
                self._placed_before.add(answer.name)
            elif asked_at.date() > day.date:
                self.late.add(f"{day.date} was played late: business time had passed it already")

    async def _deliver(self, orders: tuple[Order, ...]) -> None:
        """Bring each parcel to its buyer as soon as it is planned, while others are placed."""
        left = {order.key for order in orders}
        looked = count(1)

        async def all_are() -> bool:
            waiting = {self._names[key]: key for key in left if key in self._names}
            parcels = await self._planned() if waiting else {}
            missing = waiting.keys() - parcels.keys()
            if next(looked) % LOOKS:
                missing &= self._placed_before
            for others in await all_of(map(self._parcels_of, missing)):
                parcels |= others
            theirs = sorted(waiting.keys() & parcels.keys())
            await self._ship([parcels[order] for order in theirs])
            left.difference_update(waiting[order] for order in theirs)
            return not left

        await until(all_are, or_else="some orders were placed and never came to the warehouse")

    async def _planned(self) -> dict[str, str]:
        """Parcels that wait for a picker, by their orders."""
        found = await self._services.warehouse.ListFulfilmentOrders(
            warehouse.ListFulfilmentOrdersRequest(
                page_size=PAGE, node=self._shop.node, state=warehouse.FULFILMENT_STATE_PLANNED
            )
        )
        return {it.order: it.name for it in found.fulfilment_orders}

    async def _parcels_of(self, order: str) -> dict[str, str]:
        """Wherever they are. An order that an earlier run placed may be past planning."""
        found = await self._services.warehouse.ListFulfilmentOrders(
            warehouse.ListFulfilmentOrdersRequest(order=order)
        )
        if not found.fulfilment_orders:
            await self._require_alive(order)
        return {it.order: it.name for it in found.fulfilment_orders}

    async def _ship(self, parcels: list[str]) -> None:
        stub, trade = self._services.warehouse, self._trade
        await batched(
            stub.BatchStartPicking,
            warehouse.BatchStartPickingRequest,
            [trade.picking(parcel) for parcel in parcels],
        )
        await batched(
            stub.BatchConfirmPick,
            warehouse.BatchConfirmPickRequest,
            [trade.picked(parcel) for parcel in parcels],
        )
        await batched(
            stub.BatchConfirmPack,
            warehouse.BatchConfirmPackRequest,
            [trade.packed(parcel) for parcel in parcels],
        )
        await batched(
            stub.BatchHandOver,
            warehouse.BatchHandOverRequest,
            [trade.handed_over(parcel) for parcel in parcels],
        )
        await batched(
            stub.BatchTrackingUpdate,
            warehouse.BatchTrackingUpdateRequest,
            [trade.delivered(parcel) for parcel in parcels],
        )

    async def _require_alive(self, name: str) -> None:
        order = await self._services.orders.GetOrder(order_pb.GetOrderRequest(name=name))
        if order.state in LOST:
            state = order_pb.OrderState.Name(order.state)
            raise StackError(
                f"invoice {order.external_reference} became {state} {order.rejection_reason}"
            )

    # What else happens on a day

    async def _move_stock(self, day: Day) -> None:
        await batched(
            self._services.warehouse.BatchAdjustStock,
            warehouse.BatchAdjustStockRequest,
            [self._trade.stock_move(move) for move in day.moves],
        )

    async def _adjust(self, day: Day) -> None:
        await batched(
            self._services.ledger.BatchPostAdjustments,
            ledger.BatchPostAdjustmentsRequest,
            [
                request
                for adjustment in day.adjustments
                for request in self._trade.adjustments(adjustment)
            ],
        )

    async def _take_back(self, of_the_day: tuple[Return, ...]) -> None:
        """The line ids are asked for only where goods come back."""
        await all_of(self._learn_lines(key) for key in {it.order for it in of_the_day})
        cases = await batched(
            self._services.returns.BatchOpenReturns,
            returns.BatchOpenReturnsRequest,
            [
                self._trade.opening(it, self._names[it.order], self._line_ids[it.order][it.line])
                for it in of_the_day
            ],
            until_not=NOT_HEARD_OF_YET,
        )
        await batched(
            self._services.returns.BatchRecordInspections,
            returns.BatchRecordInspectionsRequest,
            [
                self._trade.inspection(it, case.name)
                for it, case in zip(of_the_day, cases, strict=True)
            ],
        )

    async def _learn_lines(self, key: str) -> None:
        if key not in self._line_ids:
            order = await self._services.orders.GetOrder(
                order_pb.GetOrderRequest(name=await self._name(key))
            )
            self._line_ids[key] = [line.line_id for line in order.lines]

    async def _name(self, key: str) -> str:
        """An order of an earlier run answers to the same request by its name."""
        if key not in self._names:
            request = self._trade.order(self._orders[key])
            self._names[key] = (await self._services.orders.PlaceOrder(request)).name
        return self._names[key]

    async def settled(self) -> None:
        """Refunds reach the ledger by way of returns, a little after the day."""
        await until(self._is_reversed, or_else="the ledger has not booked all refunds")

    async def shipped(self) -> list[str]:
        keys = [key for key, order in self._orders.items() if order.shipping]
        return await all_of(self._name(key) for key in keys)

    async def _is_booked(self) -> bool:
        return await self._services.entries_on(GMV, self._shop.slug) >= self._sold

    async def _is_reversed(self) -> bool:
        return await self._services.entries_on(GMV_REVERSED, self._shop.slug) >= self._reversed
