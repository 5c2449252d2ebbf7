"""What payment does about the facts of others: it takes, releases, gives back and pays out."""

from collections.abc import Iterator
from uuid import UUID

from libs.contracts.common.v1 import types_pb2
from libs.contracts.ledger.v1.events_pb2 import PayoutDue
from libs.contracts.order.v1.events_pb2 import LinesCancelled, OrderExpired, PaymentDue
from libs.contracts.returns.v1.events_pb2 import RefundDecided
from libs.contracts.warehouse.v1.events_pb2 import ShipmentHandedOver
from libs.messaging import Envelope, hears
from libs.money import Money
from services.payment.commands import (
    AuthorizePayment,
    CancelLines,
    CaptureAtHandOver,
    GiveBack,
    SubmitPayout,
    WithdrawPayment,
)
from services.payment.domain import CapturePolicy


@hears(PaymentDue, LinesCancelled, OrderExpired)
def payment_follows_order(
    event: Envelope,
) -> Iterator[AuthorizePayment | CancelLines | WithdrawPayment]:
    match event.payload:
        case PaymentDue() as due:
            yield AuthorizePayment(
                request_id=event.request_id(AuthorizePayment),
                payment_id=UUID(due.payment_id),
                order_id=UUID(due.order_id),
                buyer_id=due.buyer_id,
                amount=Money(due.amount, due.currency),
                method_token=due.method_token,
                capture_policy=_capture_policy(due.capture_policy),
            )
        case LinesCancelled() as cancelled if cancelled.payment_id:
            yield CancelLines(
                request_id=event.request_id(CancelLines),
                payment_id=UUID(cancelled.payment_id),
                refund_id=UUID(cancelled.refund_id),
                refund=Money(cancelled.refund, cancelled.currency),
                whole_order=cancelled.whole_order,
            )
        case OrderExpired() as expired if expired.payment_id:
            yield WithdrawPayment(
                request_id=event.request_id(WithdrawPayment),
                payment_id=UUID(expired.payment_id),
            )


@hears(ShipmentHandedOver)
def payment_follows_warehouse(event: Envelope) -> Iterator[CaptureAtHandOver]:
    match event.payload:
        case ShipmentHandedOver() as parcel:
            yield CaptureAtHandOver(
                request_id=event.request_id(CaptureAtHandOver), order_id=UUID(parcel.order_id)
            )


@hears(RefundDecided)
def payment_follows_returns(event: Envelope) -> Iterator[GiveBack]:
    match event.payload:
        case RefundDecided() as decided if decided.refund and decided.payment_id:
            yield GiveBack(
                request_id=event.request_id(GiveBack),
                payment_id=UUID(decided.payment_id),
                refund_id=UUID(decided.refund_id),
                amount=Money(decided.refund, decided.currency),
            )


@hears(PayoutDue)
def payment_follows_ledger(event: Envelope) -> Iterator[SubmitPayout]:
    match event.payload:
        case PayoutDue() as due:
            yield SubmitPayout(
                request_id=event.request_id(SubmitPayout),
                payout_id=UUID(due.payout_id),
                payee_id=due.payee_id,
                amount=Money(due.amount, due.currency),
                statement_id=UUID(due.statement_id),
            )


def _capture_policy(policy: "types_pb2.CapturePolicy.ValueType") -> CapturePolicy:
    """Captured at placement, into escrow, unless the order says otherwise."""
    at_hand_over = policy == types_pb2.CAPTURE_POLICY_AT_HAND_OVER
    return CapturePolicy.AT_HAND_OVER if at_hand_over else CapturePolicy.AT_PLACEMENT
