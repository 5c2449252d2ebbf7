"""What returns does about the facts of others: it notes what was sold, paid, delivered and
cancelled or lost, what came back, and what was refunded."""

from collections.abc import Iterable, Iterator
from datetime import UTC
from uuid import UUID

from libs.contracts.common.v1.types_pb2 import RefundLine
from libs.contracts.order.v1.events_pb2 import LinesCancelled, OrderLine, OrderPaid, OrderPlaced
from libs.contracts.payment.v1.events_pb2 import RefundFailed, RefundSucceeded
from libs.contracts.warehouse.v1.events_pb2 import (
    LineQuantity,
    PackageDelivered,
    PackageLost,
    ReturnReceived,
)
from libs.messaging import Envelope, hears
from services.returns.commands import (
    NoteArrival,
    NoteCancellation,
    NoteDelivery,
    NoteLoss,
    NotePayment,
    NoteRefund,
    NoteSale,
)
from services.returns.domain import Amounts, Goods, LineCancelled, LineUnits, SoldLine


@hears(OrderPlaced, OrderPaid, LinesCancelled)
def returns_follow_order(
    event: Envelope,
) -> Iterator[NoteSale | NotePayment | NoteCancellation]:
    match event.payload:
        case OrderPlaced() as order:
            yield NoteSale(
                request_id=event.request_id(NoteSale),
                order_id=UUID(order.order_id),
                buyer_id=order.buyer_id,
                currency=order.currency,
                lines=tuple(_sold(line) for line in order.lines),
            )
        case OrderPaid() as order:
            yield NotePayment(
                request_id=event.request_id(NotePayment),
                order_id=UUID(order.order_id),
                payment_id=UUID(order.payment_id) if order.payment_id else None,
            )
        case LinesCancelled() as cancelled:
            yield NoteCancellation(
                request_id=event.request_id(NoteCancellation),
                order_id=UUID(cancelled.order_id),
                cancellation_id=cancelled.refund_id,
                lines=tuple(_cancelled(line) for line in cancelled.lines),
            )


@hears(PackageDelivered, PackageLost, ReturnReceived)
def returns_follow_warehouse(event: Envelope) -> Iterator[NoteDelivery | NoteLoss | NoteArrival]:
    match event.payload:
        case PackageDelivered() as parcel:
            yield NoteDelivery(
                request_id=event.request_id(NoteDelivery),
                order_id=UUID(parcel.order_id),
                package_id=parcel.package_id,
                lines=_units(parcel.lines),
                delivered_at=parcel.delivered_at.ToDatetime(tzinfo=UTC),
            )
        case PackageLost() as parcel:
            yield NoteLoss(
                request_id=event.request_id(NoteLoss),
                order_id=UUID(parcel.order_id),
                package_id=parcel.package_id,
                lines=_units(parcel.lines),
            )
        case ReturnReceived() as received:
            yield NoteArrival(
                request_id=event.request_id(NoteArrival),
                order_id=UUID(received.order_id),
                return_id=UUID(received.return_id),
            )


@hears(RefundSucceeded, RefundFailed)
def returns_follow_payment(event: Envelope) -> Iterator[NoteRefund]:
    match event.payload:
        case RefundSucceeded() as refund:
            yield NoteRefund(
                request_id=event.request_id(NoteRefund),
                order_id=UUID(refund.order_id),
                refund_id=UUID(refund.refund_id),
                note="refunded",
            )
        case RefundFailed() as refund:
            yield NoteRefund(
                request_id=event.request_id(NoteRefund),
                order_id=UUID(refund.order_id),
                refund_id=UUID(refund.refund_id),
                note="refund failed; the buyer has credit",
            )


def _units(lines: Iterable[LineQuantity]) -> tuple[LineUnits, ...]:
    return tuple(LineUnits(UUID(line.line_id), line.quantity) for line in lines)


def _sold(line: OrderLine) -> SoldLine:
    return SoldLine(
        goods=Goods(UUID(line.line_id), line.sku, line.owner_id),
        merchant_id=line.merchant_id,
        quantity=line.quantity,
        amounts=Amounts(
            item=line.item,
            merchant_discount=line.merchant_discount,
            platform_discount=line.platform_discount,
            shipping=line.shipping,
            tax=line.tax,
            duty=line.duty,
            shipping_tax=line.shipping_tax,
        ),
        return_window_days=line.return_window_days,
    )


def _cancelled(line: RefundLine) -> LineCancelled:
    return LineCancelled(
        line_id=UUID(line.line_id),
        quantity=line.quantity,
        refunded=Amounts(
            item=line.item,
            merchant_discount=line.merchant_discount,
            platform_discount=line.platform_discount,
            shipping=line.shipping,
            tax=line.tax,
            duty=line.duty,
            shipping_tax=line.shipping_tax,
        ),
    )
