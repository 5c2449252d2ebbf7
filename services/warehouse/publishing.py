"""What the others may know of the warehouse."""

from collections.abc import Iterable
from datetime import datetime
from functools import singledispatch
from uuid import UUID

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from libs.contracts.common.v1.types_pb2 import FAULT_WAREHOUSE
from libs.contracts.warehouse.v1 import events_pb2 as events
from services.warehouse.domain import (
    Carriage,
    ExpectedReturn,
    FulfilmentOrder,
    InboundPlan,
    Network,
    Reservation,
    StockItem,
    Units,
)


@singledispatch
def publish(fact: object) -> Message | None:
    raise AssertionError(f"it is not decided whether others may know of {type(fact).__qualname__}")


@publish.register
def _(fact: Reservation.Held) -> Message:
    return events.StockReserved(
        order_id=str(fact.order_id), attempt=fact.attempt, expires_at=_timestamp(fact.expires_at)
    )


@publish.register
def _(fact: Reservation.Rejected) -> Message:
    return events.StockRejected(
        order_id=str(fact.order_id), attempt=fact.attempt, shortages=_lines(fact.shortages)
    )


@publish.register
def _(fact: Reservation.Expired) -> Message:
    return events.ReservationExpired(order_id=str(fact.order_id), attempt=fact.attempt)


@publish.register
def _(fact: Reservation.Confirmed) -> Message:
    return events.StockAllocated(
        order_id=str(fact.order_id),
        attempt=fact.attempt,
        fulfilment_order_ids=_texts(fact.fulfilment_order_ids),
    )


@publish.register
def _(fact: Reservation.AllocationFailed) -> Message:
    return events.AllocationFailed(
        order_id=str(fact.order_id),
        attempt=fact.attempt,
        shortages=_lines(fact.shortages),
        fault=FAULT_WAREHOUSE,
    )


@publish.register
def _(fact: Reservation.Deallocated) -> Message:
    return events.StockDeallocated(order_id=str(fact.order_id), lines=_lines(fact.units))


@publish.register
def _(fact: FulfilmentOrder.PickingStarted) -> Message:
    return events.PickingStarted(
        order_id=str(fact.order_id),
        fulfilment_order_id=str(fact.originator_id),
        lines=_lines(fact.units),
    )


@publish.register
def _(fact: FulfilmentOrder.HandedOver) -> Message:
    return events.ShipmentHandedOver(
        order_id=str(fact.order_id),
        package_id=str(fact.package_id),
        fulfilment_order_id=str(fact.originator_id),
        carrier=fact.carrier,
        tracking_number=fact.tracking_number,
        lines=[_carriage(line) for line in fact.lines],
        currency=fact.currency,
        handed_over_at=_timestamp(fact.timestamp),
    )


@publish.register
def _(fact: FulfilmentOrder.Delivered) -> Message:
    return events.PackageDelivered(
        order_id=str(fact.order_id),
        package_id=str(fact.package_id),
        lines=_lines(fact.units),
        delivered_at=_timestamp(fact.timestamp),
    )


@publish.register
def _(fact: FulfilmentOrder.DeliveryFailed) -> Message:
    return events.DeliveryFailed(
        order_id=str(fact.order_id),
        package_id=str(fact.package_id),
        failure_code=fact.failure_code,
    )


@publish.register
def _(fact: FulfilmentOrder.Lost) -> Message:
    return events.PackageLost(
        order_id=str(fact.order_id), package_id=str(fact.package_id), lines=_lines(fact.units)
    )


@publish.register
def _(fact: ExpectedReturn.Received) -> Message:
    return events.ReturnReceived(
        return_id=str(fact.originator_id),
        order_id=str(fact.order_id),
        line_id=fact.line_id,
        quantity=fact.quantity,
        node_id=fact.node_id,
        received_at=_timestamp(fact.timestamp),
    )


@publish.register
def _(fact: StockItem.Adjusted) -> Message:
    return events.StockAdjusted(
        stock_item_id=str(fact.originator_id),
        sku=fact.sku,
        node_id=fact.node_id,
        owner_id=fact.owner_id,
        delta=fact.delta,
        cause=fact.cause,
        on_hand=fact.on_hand,
    )


@publish.register(Network.Founded)
@publish.register(Network.NodeOpened)
@publish.register(Network.RateCardSet)
@publish.register(StockItem.Stocked)
@publish.register(InboundPlan.Drafted)
@publish.register(InboundPlan.Activated)
@publish.register(InboundPlan.Shipped)
@publish.register(InboundPlan.CheckedIn)
@publish.register(InboundPlan.Received)
@publish.register(InboundPlan.Closed)
@publish.register(InboundPlan.Voided)
@publish.register(ExpectedReturn.Announced)
@publish.register(ExpectedReturn.PutAway)
def _(_fact: object) -> None:
    """How the warehouse is run; what it does to stock is told by StockAdjusted."""


@publish.register(StockItem.Reserved)
@publish.register(StockItem.Released)
@publish.register(StockItem.Shipped)
@publish.register(Reservation.Opened)
@publish.register(Reservation.Extended)
@publish.register(Reservation.Secured)
@publish.register(Reservation.Reduced)
@publish.register(Reservation.Released)
@publish.register(FulfilmentOrder.Planned)
@publish.register(FulfilmentOrder.TakenOut)
@publish.register(FulfilmentOrder.Cancelled)
@publish.register(FulfilmentOrder.Picked)
@publish.register(FulfilmentOrder.Packed)
@publish.register(FulfilmentOrder.Departed)
def _(_fact: object) -> None:
    """Steps on the way to a fact about the whole order, which is told."""


def _lines(units: Iterable[Units]) -> list[events.LineQuantity]:
    return [
        events.LineQuantity(line_id=line.line_id, sku=line.sku, quantity=line.quantity)
        for line in units
    ]


def _carriage(line: Carriage) -> events.LineCarriage:
    return events.LineCarriage(
        line_id=line.line_id,
        quantity=line.quantity,
        carriage_charged=line.carriage_charged,
        carriage_cost=line.carriage_cost,
        handling_cost=line.handling_cost,
        duty=line.duty,
    )


def _texts(ids: Iterable[UUID]) -> list[str]:
    return [str(id) for id in ids]


def _timestamp(moment: datetime) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(moment)
    return timestamp
