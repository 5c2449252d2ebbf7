"""What commands do to the warehouse as a whole: stock and what it is promised to move together."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count
from uuid import UUID

import pytest

from libs.domain import Aggregate, NotFound
from libs.eventstore import START, StaleEtag, Store
from services.warehouse import commands as c
from services.warehouse.app import WarehouseApp
from services.warehouse.domain import (
    Carriage,
    Cause,
    Condition,
    ExpectedReturn,
    FulfilmentOrder,
    FulfilmentState,
    InboundState,
    NotFree,
    Rate,
    RateCard,
    Report,
    Reservation,
    ReservationState,
    SkuUnits,
    StockItem,
    Units,
    Wanted,
    stock_item_id,
)

ORDER, OTHER, RETURN = UUID(int=1), UUID(int=2), UUID(int=3)
LATER = datetime(2026, 3, 1, 12, 10, tzinfo=UTC)
MUGS, CUPS = Wanted("1", "MUG", "acme", 3, 900), Wanted("2", "CUP", "acme", 2, 400)
requests = count(1_000_000)


def request() -> UUID:
    return UUID(int=next(requests))


class Floor:
    """The warehouse as those on its floor see it."""

    def __init__(self, app: WarehouseApp) -> None:
        self.app = app

    async def open(self, *node_ids: str) -> None:
        for node_id in node_ids:
            await self.app.open_node(
                c.OpenNode(request_id=request(), node_id=node_id, title=node_id, country="GB")
            )

    async def stock(self, sku: str, units: int, *, node_id: str = "leeds") -> StockItem:
        return await self.app.adjust_stock(
            c.AdjustStock(
                request_id=request(),
                sku=sku,
                node_id=node_id,
                owner_id="acme",
                delta=units,
                cause=Cause.RECEIVED,
                condition=Condition.SELLABLE,
            )
        )

    async def item(self, sku: str, *, node_id: str = "leeds") -> StockItem:
        return await self.app.stock.get(stock_item_id(sku=sku, node_id=node_id, owner_id="acme"))

    async def reserve(
        self, order_id: UUID = ORDER, lines: Iterable[Wanted] = (MUGS, CUPS)
    ) -> Reservation:
        return await self.app.reserve_stock(
            c.ReserveStock(
                request_id=request(),
                order_id=order_id,
                attempt=1,
                currency="GBP",
                ship_to_country="GB",
                lines=tuple(lines),
                until=LATER,
            )
        )

    async def confirm(self, order_id: UUID = ORDER) -> Reservation:
        return await self.app.confirm_reservation(
            c.ConfirmReservation(request_id=request(), order_id=order_id, attempt=1)
        )

    async def release(self, order_id: UUID = ORDER) -> Reservation:
        return await self.app.release_reservation(
            c.ReleaseReservation(request_id=request(), order_id=order_id, attempt=1)
        )

    async def take_back(self, quantities: dict[str, int]) -> Reservation:
        return await self.app.take_back_lines(
            c.TakeBackLines(request_id=request(), order_id=ORDER, attempt=1, quantities=quantities)
        )

    async def ship(self, fulfilment_order_id: UUID) -> FulfilmentOrder:
        await self.app.start_picking(
            c.StartPicking(request_id=request(), fulfilment_order_id=fulfilment_order_id)
        )
        await self.app.confirm_pick(
            c.ConfirmPick(request_id=request(), fulfilment_order_id=fulfilment_order_id)
        )
        await self.app.confirm_pack(
            c.ConfirmPack(request_id=request(), fulfilment_order_id=fulfilment_order_id)
        )
        return await self.app.hand_over(
            c.HandOver(
                request_id=request(),
                fulfilment_order_id=fulfilment_order_id,
                carrier="Royal Mail",
                tracking_number="RM1",
            )
        )


@pytest.fixture
async def floor(app: WarehouseApp) -> Floor:
    floor = Floor(app)
    await floor.open("leeds", "york")
    return floor


async def test_all_lines_of_an_order_are_held(floor: Floor) -> None:
    await floor.stock("MUG", 10)
    await floor.stock("CUP", 2)

    reservation = await floor.reserve()

    assert reservation.state == ReservationState.HELD
    assert (await floor.item("MUG")).promised == 3
    assert (await floor.item("CUP")).available == 0


async def test_an_order_that_is_short_of_one_unit_holds_nothing(floor: Floor) -> None:
    await floor.stock("MUG", 10)
    await floor.stock("CUP", 1)

    reservation = await floor.reserve()

    assert reservation.state == ReservationState.REJECTED
    assert reservation.shortages == (Units("2", "CUP", 1),)
    assert (await floor.item("MUG")).promised == 0


async def test_without_a_node_there_is_nothing_to_hold(app: WarehouseApp) -> None:
    reservation = await Floor(app).reserve()

    assert reservation.state == ReservationState.REJECTED


async def test_lines_of_the_same_goods_are_one_claim(floor: Floor) -> None:
    version_before = (await floor.stock("MUG", 10)).version

    await floor.reserve(lines=[MUGS, Wanted("9", "MUG", "acme", 4, 0)])

    item = await floor.item("MUG")
    assert item.promised == 7
    assert item.version == version_before + 1


async def test_what_no_node_has_alone_comes_from_two(floor: Floor) -> None:
    await floor.stock("MUG", 10, node_id="york")
    await floor.stock("CUP", 2, node_id="leeds")

    await floor.reserve()
    confirmed = await floor.confirm()

    parcels = [await floor.app.fulfilments.get(id) for id in confirmed.fulfilment_order_ids]
    assert [parcel.node_id for parcel in parcels] == ["leeds", "york"]


async def test_many_orders_for_the_last_units_sell_each_of_them_once(floor: Floor) -> None:
    await floor.stock("MUG", 10)

    reservations = await asyncio.gather(
        *(floor.reserve(UUID(int=order), [MUGS]) for order in range(100, 108))
    )

    held = [r for r in reservations if r.state == ReservationState.HELD]
    assert len(held) == 3
    assert (await floor.item("MUG")).available == 1


async def test_a_release_that_overtakes_its_order_refuses_it(floor: Floor) -> None:
    await floor.stock("MUG", 10)
    await floor.stock("CUP", 2)

    await floor.release()
    reservation = await floor.reserve()

    assert reservation.state == ReservationState.RELEASED
    assert (await floor.item("MUG")).promised == 0


async def test_released_stock_is_free_for_the_next_order(floor: Floor) -> None:
    await floor.stock("MUG", 3)
    await floor.reserve(ORDER, [MUGS])

    await floor.release()
    await floor.release()

    assert (await floor.reserve(OTHER, [MUGS])).state == ReservationState.HELD


async def test_cancelled_units_of_a_hold_are_free_again(floor: Floor) -> None:
    await floor.stock("MUG", 10)
    await floor.stock("CUP", 2)
    await floor.reserve()

    await floor.take_back({"1": 1})

    assert (await floor.item("MUG")).promised == 2
    assert (await floor.item("CUP")).promised == 2


async def test_cancelled_units_of_an_allocation_are_free_again(floor: Floor) -> None:
    await floor.stock("MUG", 10)
    await floor.stock("CUP", 2)
    await floor.reserve()
    (fulfilment_id,) = (await floor.confirm()).fulfilment_order_ids

    await floor.take_back({"1": 1})

    fulfilment = await floor.app.fulfilments.get(fulfilment_id)
    assert [line.quantity for line in fulfilment.lines] == [2, 2]
    assert (await floor.item("MUG")).promised == 2


async def test_cancelling_all_takes_everything_back(floor: Floor) -> None:
    await floor.stock("MUG", 10)
    await floor.stock("CUP", 2)
    await floor.reserve()
    (fulfilment_id,) = (await floor.confirm()).fulfilment_order_ids

    reservation = await floor.release()

    assert reservation.state == ReservationState.DEALLOCATED
    fulfilment = await floor.app.fulfilments.get(fulfilment_id)
    assert fulfilment.state == FulfilmentState.CANCELLED
    assert (await floor.item("MUG")).available == 10


async def test_what_has_left_is_not_taken_back(floor: Floor) -> None:
    await floor.stock("MUG", 10)
    await floor.stock("CUP", 2)
    await floor.reserve()
    (fulfilment_id,) = (await floor.confirm()).fulfilment_order_ids
    await floor.ship(fulfilment_id)

    reservation = await floor.release()

    assert reservation.state == ReservationState.CONFIRMED
    mugs = await floor.item("MUG")
    assert (mugs.on_hand, mugs.promised, mugs.available) == (7, 0, 7)


async def test_a_confirmation_that_comes_twice_plans_one_parcel(floor: Floor) -> None:
    await floor.stock("MUG", 10)
    await floor.reserve(lines=[MUGS])

    first, second = await floor.confirm(), await floor.confirm()

    assert first.fulfilment_order_ids == second.fulfilment_order_ids
    assert len(first.fulfilment_order_ids) == 1


async def told(store: Store, kind: type[Aggregate.Event]) -> list[Aggregate.Event]:
    """All facts of this kind that the store keeps."""
    return [
        recorded.fact
        for recorded in await store.read(START, 1_000)
        if isinstance(recorded.fact, kind)
    ]


async def test_a_parcel_costs_what_its_nodes_card_says(floor: Floor, store: Store) -> None:
    await floor.stock("MUG", 10)
    await floor.stock("CUP", 10)
    await floor.app.set_rate_card(
        c.SetRateCard(
            request_id=request(),
            node_id="leeds",
            card=RateCard("GBP", carriage_cost=Rate(per_parcel=500, per_line=10)),
        )
    )
    await floor.reserve()
    (fulfilment_id,) = (await floor.confirm()).fulfilment_order_ids

    await floor.ship(fulfilment_id)

    (left,) = await told(store, FulfilmentOrder.HandedOver)
    assert left.lines == (  # type: ignore[attr-defined] # a HandedOver
        Carriage("1", 3, 0, 356, 0, 0),
        Carriage("2", 2, 0, 164, 0, 0),
    )


async def test_goods_cost_their_shelf_two_facts_from_checkout_to_buyer(
    floor: Floor, store: Store
) -> None:
    await floor.stock("MUG", 10)
    await floor.reserve(lines=[MUGS, Wanted("9", "MUG", "acme", 4, 0)])
    (fulfilment_id,) = (await floor.confirm()).fulfilment_order_ids

    await floor.ship(fulfilment_id)
    await floor.app.track_parcel(
        c.TrackParcel(
            request_id=request(), fulfilment_order_id=fulfilment_id, report=Report.DELIVERED
        )
    )

    _stocked, _adjusted, *of_the_order = await told(store, StockItem.Event)
    assert [type(fact) for fact in of_the_order] == [StockItem.Reserved, StockItem.Shipped]


async def test_a_parcel_that_is_handed_over_twice_leaves_once(floor: Floor) -> None:
    await floor.stock("MUG", 10)
    await floor.reserve(lines=[MUGS])
    (fulfilment_id,) = (await floor.confirm()).fulfilment_order_ids

    await floor.ship(fulfilment_id)
    await floor.ship(fulfilment_id)

    assert (await floor.item("MUG")).on_hand == 7


async def test_a_hold_that_ran_out_frees_its_stock_once(floor: Floor) -> None:
    await floor.stock("MUG", 3)
    reservation = await floor.reserve(lines=[MUGS])
    free = c.FreeExpiredStock(request_id=request(), order_id=ORDER, attempt=1)

    await floor.app.free_expired_stock(free)
    assert (await floor.item("MUG")).promised == 3
    await floor.app.reservations.update(
        reservation.id, lambda held: held.fall_due(LATER), command=free_later()
    )
    await floor.app.free_expired_stock(free_later())
    await floor.app.free_expired_stock(free_later())

    assert (await floor.item("MUG")).available == 3


def free_later() -> c.FreeExpiredStock:
    return c.FreeExpiredStock(request_id=request(), order_id=ORDER, attempt=1)


async def test_an_order_paid_after_its_hold_ran_out_is_told_so(floor: Floor) -> None:
    await floor.stock("MUG", 3)
    reservation = await floor.reserve(lines=[MUGS])
    await floor.app.reservations.update(
        reservation.id, lambda held: held.fall_due(LATER), command=free_later()
    )

    failed = await floor.confirm()
    await floor.app.free_expired_stock(free_later())

    assert failed.state == ReservationState.FAILED
    assert failed.fulfilment_order_ids == ()
    assert (await floor.item("MUG")).available == 3


async def test_a_payment_outside_a_checkout_holds_nothing(floor: Floor) -> None:
    reservation = await floor.app.await_payment(
        c.AwaitPayment(request_id=request(), order_id=ORDER, attempt=1)
    )

    assert reservation.held == ()


async def test_counted_goods_are_stock(floor: Floor) -> None:
    plan = await floor.app.create_inbound_plan(
        c.CreateInboundPlan(
            request_id=request(),
            node_id="leeds",
            owner_id="acme",
            lines=(SkuUnits("MUG", 10), SkuUnits("CUP", 5)),
        )
    )
    await floor.app.activate_inbound_plan(
        c.ActivateInboundPlan(request_id=request(), plan_id=plan.id)
    )
    await floor.app.ship_inbound_plan(c.ShipInboundPlan(request_id=request(), plan_id=plan.id))
    await floor.app.check_in_inbound_plan(
        c.CheckInInboundPlan(request_id=request(), plan_id=plan.id)
    )

    for units in (4, 6):
        await floor.app.receive_lines(
            c.ReceiveLines(request_id=request(), plan_id=plan.id, lines=(SkuUnits("MUG", units),))
        )
    closed = await floor.app.close_inbound_plan(
        c.CloseInboundPlan(request_id=request(), plan_id=plan.id)
    )

    assert closed.state == InboundState.CLOSED_DISCREPANT
    assert (await floor.item("MUG")).available == 10


async def test_a_merchant_does_not_move_the_plan_of_another(floor: Floor) -> None:
    plan = await floor.app.create_inbound_plan(
        c.CreateInboundPlan(
            request_id=request(),
            node_id="leeds",
            owner_id="acme",
            lines=(SkuUnits("MUG", 10),),
        )
    )

    with pytest.raises(NotFound):
        await floor.app.activate_inbound_plan(
            c.ActivateInboundPlan(request_id=request(), plan_id=plan.id, merchant_id="bolt")
        )


async def returned(floor: Floor, units: int) -> ExpectedReturn:
    await floor.app.expect_return(
        c.ExpectReturn(
            request_id=request(),
            return_id=RETURN,
            order_id=ORDER,
            line_id="1",
            sku="MUG",
            owner_id="acme",
            quantity=units,
        )
    )
    return await floor.app.receive_return(
        c.ReceiveReturn(request_id=request(), return_id=RETURN, node_id="york", quantity=units)
    )


def inspected(units: int, condition: Condition) -> c.PutAwayInspected:
    return c.PutAwayInspected(
        request_id=request(), return_id=RETURN, quantity=units, condition=condition
    )


async def test_sellable_returns_are_sold_again_and_others_wait_apart(floor: Floor) -> None:
    await returned(floor, 3)

    await floor.app.put_away_inspected(inspected(2, Condition.SELLABLE))
    await floor.app.put_away_inspected(inspected(1, Condition.QUARANTINED))

    mugs = await floor.item("MUG", node_id="york")
    assert (mugs.on_hand, mugs.quarantined, mugs.available) == (3, 1, 2)


async def test_what_a_person_put_away_is_not_put_away_again(floor: Floor) -> None:
    await returned(floor, 3)
    await floor.app.put_away(
        c.PutAway(
            request_id=request(), return_id=RETURN, quantity=2, condition=Condition.QUARANTINED
        )
    )

    await floor.app.put_away_inspected(inspected(3, Condition.SELLABLE))
    await floor.app.put_away_inspected(inspected(3, Condition.SELLABLE))

    mugs = await floor.item("MUG", node_id="york")
    assert (mugs.on_hand, mugs.quarantined, mugs.available) == (3, 2, 1)


async def test_a_count_made_on_an_old_view_is_refused(floor: Floor) -> None:
    seen = str((await floor.stock("MUG", 10)).version)
    await floor.reserve(lines=[MUGS])

    with pytest.raises(StaleEtag):
        await floor.app.adjust_stock(
            c.AdjustStock(
                request_id=request(),
                sku="MUG",
                node_id="leeds",
                owner_id="acme",
                delta=-5,
                cause=Cause.COUNT,
                condition=Condition.SELLABLE,
                etag=seen,
            )
        )

    assert (await floor.item("MUG")).on_hand == 10


async def test_goods_are_not_stocked_where_there_is_no_node(floor: Floor) -> None:
    with pytest.raises(NotFound):
        await floor.stock("MUG", 10, node_id="atlantis")


async def test_promised_goods_are_not_counted_away(floor: Floor) -> None:
    await floor.stock("MUG", 3)
    await floor.reserve(lines=[MUGS])

    with pytest.raises(NotFree):
        await floor.stock("MUG", -1)


async def test_availability_adds_up_over_the_nodes(floor: Floor) -> None:
    await floor.stock("MUG", 3)
    await floor.stock("MUG", 4, node_id="york")
    await floor.reserve(lines=[MUGS])

    items = await floor.app.stock_of(sku="MUG", owner_id="acme")

    assert [(item.node_id, item.available) for item in items] == [("leeds", 0), ("york", 4)]
