"""What the warehouse does about the facts of others: it holds, allocates, gives back, expects."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC
from uuid import UUID

from libs.contracts.common.v1 import types_pb2
from libs.contracts.order.v1.events_pb2 import (
    LinesCancelled,
    OrderExpired,
    OrderLine,
    OrderPaid,
    OrderPlaced,
    OrderRejected,
    OrderReleased,
)
from libs.contracts.payment.v1.events_pb2 import (
    PaymentActionRequired,
    PaymentDeclined,
    PaymentUnknown,
)
from libs.contracts.returns.v1.events_pb2 import ReturnApproved, ReturnInspected
from libs.contracts.warehouse.v1.events_pb2 import ReservationExpired
from libs.messaging import Envelope, hears
from services.warehouse.commands import (
    AwaitPayment,
    ConfirmReservation,
    ExpectReturn,
    FreeExpiredStock,
    PutAwayInspected,
    ReleaseReservation,
    ReserveStock,
    SecureReservation,
    TakeBackLines,
)
from services.warehouse.domain import Condition, Wanted

FIRST = 1
"""The attempt of facts that name none. An order reserves once: a payment that succeeds after the
hold ran out is refunded, the goods are not asked for anew."""


@hears(OrderPlaced, OrderPaid, OrderReleased, OrderRejected, OrderExpired, LinesCancelled)
def warehouse_follows_order(
    event: Envelope,
) -> Iterator[
    ReserveStock | SecureReservation | ConfirmReservation | ReleaseReservation | TakeBackLines
]:
    match event.payload:
        case OrderPlaced() as order:
            yield ReserveStock(
                request_id=event.request_id(ReserveStock),
                order_id=UUID(order.order_id),
                attempt=order.attempt,
                currency=order.currency,
                ship_to_country=order.ship_to_country,
                lines=tuple(_wanted(line) for line in order.lines),
                until=order.hold_until.ToDatetime(tzinfo=UTC),
            )
        case OrderPaid() as order:
            yield SecureReservation(
                request_id=event.request_id(SecureReservation),
                order_id=UUID(order.order_id),
                attempt=FIRST,
            )
        case OrderReleased() as order:
            yield ConfirmReservation(
                request_id=event.request_id(ConfirmReservation),
                order_id=UUID(order.order_id),
                attempt=order.attempt,
            )
        case OrderRejected() as order:
            yield ReleaseReservation(
                request_id=event.request_id(ReleaseReservation),
                order_id=UUID(order.order_id),
                attempt=FIRST,
            )
        case OrderExpired() as order:
            yield ReleaseReservation(
                request_id=event.request_id(ReleaseReservation),
                order_id=UUID(order.order_id),
                attempt=order.attempt,
            )
        case LinesCancelled(whole_order=True) as cancelled:
            yield ReleaseReservation(
                request_id=event.request_id(ReleaseReservation),
                order_id=UUID(cancelled.order_id),
                attempt=cancelled.attempt,
            )
        case LinesCancelled() as cancelled:
            yield TakeBackLines(
                request_id=event.request_id(TakeBackLines),
                order_id=UUID(cancelled.order_id),
                attempt=cancelled.attempt,
                quantities=_quantities(cancelled),
            )


@hears(PaymentActionRequired, PaymentDeclined, PaymentUnknown)
def warehouse_follows_payment(event: Envelope) -> Iterator[AwaitPayment]:
    """As long as something happens about the payment, or nobody knows, the goods wait."""
    match event.payload:
        case (PaymentActionRequired() | PaymentDeclined() | PaymentUnknown()) as payment:
            yield AwaitPayment(
                request_id=event.request_id(AwaitPayment),
                order_id=UUID(payment.order_id),
                attempt=FIRST,
            )


@hears(ReturnApproved, ReturnInspected)
def warehouse_follows_returns(event: Envelope) -> Iterator[ExpectReturn | PutAwayInspected]:
    match event.payload:
        case ReturnApproved(refund_only=False) as approved:
            yield ExpectReturn(
                request_id=event.request_id(ExpectReturn),
                return_id=UUID(approved.return_id),
                order_id=UUID(approved.order_id),
                line_id=approved.line_id,
                sku=approved.sku,
                owner_id=approved.owner_id,
                quantity=approved.quantity,
            )
        case ReturnInspected() as inspected if inspected.disposition != types_pb2.DISPOSITION_EMPTY:
            yield PutAwayInspected(
                request_id=event.request_id(PutAwayInspected),
                return_id=UUID(inspected.return_id),
                quantity=inspected.quantity,
                condition=_condition(inspected.disposition),
            )


@hears(ReservationExpired)
def warehouse_follows_itself(event: Envelope) -> Iterator[FreeExpiredStock]:
    """A hold runs out on the reservation alone; the stock it claims is freed after it."""
    match event.payload:
        case ReservationExpired() as expired:
            yield FreeExpiredStock(
                request_id=event.request_id(FreeExpiredStock),
                order_id=UUID(expired.order_id),
                attempt=expired.attempt,
            )


def _wanted(line: OrderLine) -> Wanted:
    return Wanted(line.line_id, line.sku, line.owner_id, line.quantity, line.weight_grams)


def _quantities(cancelled: LinesCancelled) -> dict[str, int]:
    quantities = Counter[str]()
    for line in cancelled.lines:
        quantities[line.line_id] += line.quantity
    return dict(quantities)


def _condition(disposition: "types_pb2.Disposition.ValueType") -> Condition:
    """What is not as new waits apart until somebody has decided about it."""
    sellable = disposition == types_pb2.DISPOSITION_SELLABLE
    return Condition.SELLABLE if sellable else Condition.QUARANTINED
