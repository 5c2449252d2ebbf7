"""What the others learn of the warehouse."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from google.protobuf.message import Message

from libs.contracts.common.v1.types_pb2 import FAULT_WAREHOUSE
from libs.contracts.warehouse.v1 import events_pb2 as events
from libs.rpc.convert import timestamp
from libs.testing import NOW, Fact, fact
from services.warehouse.domain import (
    Carriage,
    Cause,
    Condition,
    ExpectedReturn,
    FulfilmentOrder,
    InboundPlan,
    Line,
    Network,
    Parcel,
    Reservation,
    StockItem,
    Units,
)
from services.warehouse.publishing import publish

ORDER, PACKAGE, FULFILMENT, STREAM = (UUID(int=number) for number in range(1, 5))
SOON = datetime(2026, 3, 1, 12, 10, tzinfo=UTC)
UNITS = (Units("1", "MUG", 3),)
LINES = [events.LineQuantity(line_id="1", sku="MUG", quantity=3)]


def published(recorded: Fact) -> Message | None:
    return publish(recorded.at(id=STREAM, version=2, kind=Reservation))


@pytest.mark.parametrize(
    ("recorded", "told"),
    [
        (
            fact(
                Reservation.Held,
                order_id=ORDER,
                attempt=1,
                currency="GBP",
                parcels=(Parcel("leeds", "acme", (Line("1", "MUG", 3, 900),)),),
                expires_at=SOON,
            ),
            events.StockReserved(order_id=str(ORDER), attempt=1, expires_at=timestamp(SOON)),
        ),
        (
            fact(Reservation.Rejected, order_id=ORDER, attempt=1, shortages=UNITS),
            events.StockRejected(order_id=str(ORDER), attempt=1, shortages=LINES),
        ),
        (
            fact(Reservation.Expired, order_id=ORDER, attempt=1),
            events.ReservationExpired(order_id=str(ORDER), attempt=1),
        ),
        (
            fact(
                Reservation.Confirmed,
                order_id=ORDER,
                attempt=1,
                fulfilment_order_ids=(FULFILMENT,),
            ),
            events.StockAllocated(
                order_id=str(ORDER), attempt=1, fulfilment_order_ids=[str(FULFILMENT)]
            ),
        ),
        (
            fact(Reservation.AllocationFailed, order_id=ORDER, attempt=1, shortages=UNITS),
            events.AllocationFailed(
                order_id=str(ORDER), attempt=1, shortages=LINES, fault=FAULT_WAREHOUSE
            ),
        ),
        (
            fact(Reservation.Deallocated, order_id=ORDER, units=UNITS),
            events.StockDeallocated(order_id=str(ORDER), lines=LINES),
        ),
        (
            fact(
                FulfilmentOrder.DeliveryFailed,
                order_id=ORDER,
                package_id=PACKAGE,
                failure_code="NOBODY_HOME",
            ),
            events.DeliveryFailed(
                order_id=str(ORDER), package_id=str(PACKAGE), failure_code="NOBODY_HOME"
            ),
        ),
        (
            fact(FulfilmentOrder.Lost, order_id=ORDER, package_id=PACKAGE, units=UNITS),
            events.PackageLost(order_id=str(ORDER), package_id=str(PACKAGE), lines=LINES),
        ),
    ],
)
def test_what_concerns_an_order_is_told(recorded: Fact, told: Message) -> None:
    assert published(recorded) == told


def test_who_starts_picking_is_named() -> None:
    recorded = fact(FulfilmentOrder.PickingStarted, order_id=ORDER, units=UNITS)

    assert published(recorded) == events.PickingStarted(
        order_id=str(ORDER), fulfilment_order_id=str(STREAM), lines=LINES
    )


def test_a_parcel_leaves_with_what_each_of_its_lines_costs() -> None:
    recorded = fact(
        FulfilmentOrder.HandedOver,
        order_id=ORDER,
        package_id=PACKAGE,
        carrier="Royal Mail",
        tracking_number="RM1",
        currency="GBP",
        lines=(Carriage("1", 3, 450, 356, 120, 1),),
    )

    assert published(recorded) == events.ShipmentHandedOver(
        order_id=str(ORDER),
        package_id=str(PACKAGE),
        fulfilment_order_id=str(STREAM),
        carrier="Royal Mail",
        tracking_number="RM1",
        currency="GBP",
        lines=[
            events.LineCarriage(
                line_id="1",
                quantity=3,
                carriage_charged=450,
                carriage_cost=356,
                handling_cost=120,
                duty=1,
            )
        ],
        handed_over_at=timestamp(NOW),
    )


def test_a_parcel_arrives_when_it_arrives() -> None:
    recorded = fact(FulfilmentOrder.Delivered, order_id=ORDER, package_id=PACKAGE, units=UNITS)

    assert published(recorded) == events.PackageDelivered(
        order_id=str(ORDER),
        package_id=str(PACKAGE),
        lines=LINES,
        delivered_at=timestamp(NOW),
    )


def test_a_return_is_received_at_a_node() -> None:
    recorded = fact(
        ExpectedReturn.Received, order_id=ORDER, line_id="1", quantity=2, node_id="leeds"
    )

    assert published(recorded) == events.ReturnReceived(
        return_id=str(STREAM),
        order_id=str(ORDER),
        line_id="1",
        quantity=2,
        node_id="leeds",
        received_at=timestamp(NOW),
    )


@pytest.mark.parametrize("delta", [-2, 5_000_000_000])
def test_a_count_is_told_with_its_cause(delta: int) -> None:
    recorded = fact(
        StockItem.Adjusted,
        sku="MUG",
        node_id="leeds",
        owner_id="acme",
        delta=delta,
        cause=Cause.COUNT,
        condition=Condition.SELLABLE,
        on_hand=delta + 10,
    )

    assert published(recorded) == events.StockAdjusted(
        stock_item_id=str(STREAM),
        sku="MUG",
        node_id="leeds",
        owner_id="acme",
        delta=delta,
        cause="COUNT",
        on_hand=delta + 10,
    )


@pytest.mark.parametrize(
    "recorded",
    [
        fact(StockItem.Reserved, reservation_id=ORDER, quantity=3),
        fact(Reservation.Secured),
        fact(FulfilmentOrder.Packed),
        fact(InboundPlan.Shipped),
        fact(Network.Founded),
    ],
)
def test_how_the_warehouse_works_is_its_own_affair(recorded: Fact) -> None:
    assert published(recorded) is None


def test_what_nobody_decided_about_is_a_bug() -> None:
    with pytest.raises(AssertionError):
        publish(object())
