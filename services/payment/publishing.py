"""What the others may know of payments and payouts."""

from datetime import datetime
from functools import singledispatch

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from libs.contracts.payment.v1 import events_pb2 as events
from libs.domain import derived_id
from services.payment.domain import Kind, OrderPayments, Payment, Payout


@singledispatch
def publish(fact: object) -> Message | None:
    raise AssertionError(f"it is not decided whether others may know of {type(fact).__qualname__}")


@publish.register
def _(fact: Payment.ActionRequired) -> Message:
    return events.PaymentActionRequired(
        payment_id=str(fact.originator_id),
        order_id=str(fact.order_id),
        action_url=fact.action_url,
        expires_at=_timestamp(fact.expires_at),
    )


@publish.register
def _(fact: Payment.Doubted) -> Message | None:
    """The others wait for a payment; that a void or a refund is in doubt is our own affair."""
    if fact.kind in (Kind.VOID, Kind.REFUND):
        return None
    return events.PaymentUnknown(
        payment_id=str(fact.originator_id),
        order_id=str(fact.order_id),
        unknown_since=_timestamp(fact.timestamp),
    )


@publish.register
def _(fact: Payment.Authorized) -> Message:
    return events.PaymentAuthorized(
        payment_id=str(fact.originator_id),
        order_id=str(fact.order_id),
        amount=fact.amount.amount,
        currency=fact.amount.currency,
        authorized_at=_timestamp(fact.timestamp),
    )


@publish.register
def _(fact: Payment.Declined) -> Message:
    return events.PaymentDeclined(
        payment_id=str(fact.originator_id),
        order_id=str(fact.order_id),
        decline_code=fact.decline_code,
        declined_at=_timestamp(fact.timestamp),
    )


@publish.register
def _(fact: Payment.Captured) -> Message:
    return events.PaymentCaptured(
        payment_id=str(fact.originator_id),
        order_id=str(fact.order_id),
        amount=fact.amount.amount,
        captured_total=fact.captured_total.amount,
        currency=fact.amount.currency,
        captured_at=_timestamp(fact.timestamp),
    )


@publish.register
def _(fact: Payment.CaptureFailed) -> Message:
    return events.CaptureFailed(
        payment_id=str(fact.originator_id),
        order_id=str(fact.order_id),
        failure_code=fact.failure_code,
        failed_at=_timestamp(fact.timestamp),
        amount=fact.amount.amount if fact.amount else 0,
        currency=fact.amount.currency if fact.amount else "",
    )


@publish.register
def _(fact: Payment.Voided) -> Message:
    return events.PaymentVoided(
        payment_id=str(fact.originator_id),
        order_id=str(fact.order_id),
        amount=fact.amount.amount,
        currency=fact.amount.currency,
        voided_at=_timestamp(fact.timestamp),
    )


@publish.register
def _(fact: Payment.RefundSucceeded) -> Message:
    return events.RefundSucceeded(
        refund_id=str(fact.refund_id),
        payment_id=str(fact.originator_id),
        order_id=str(fact.order_id),
        amount=fact.amount.amount,
        currency=fact.amount.currency,
        refunded_at=_timestamp(fact.timestamp),
    )


@publish.register
def _(fact: Payment.Conflicted) -> Message:
    only_held = fact.kind is Kind.AUTHORIZE
    return events.PaymentConflicted(
        payment_id=str(fact.originator_id),
        order_id=str(fact.order_id),
        refund_id=str(derived_id("conflict", fact.originator_id)),
        amount=fact.amount.amount,
        currency=fact.amount.currency,
        taken=0 if only_held else fact.amount.amount,
        conflicted_at=_timestamp(fact.timestamp),
    )


@publish.register
def _(fact: Payment.Reversed) -> Message | None:
    """What was only held was never anybody's but the buyer's."""
    if fact.kind is Kind.VOID:
        return None
    return events.RefundSucceeded(
        refund_id=str(derived_id("conflict", fact.originator_id)),
        payment_id=str(fact.originator_id),
        order_id=str(fact.order_id),
        amount=fact.amount.amount,
        currency=fact.amount.currency,
        refunded_at=_timestamp(fact.timestamp),
    )


@publish.register
def _(fact: Payment.RefundFailed) -> Message:
    return events.RefundFailed(
        refund_id=str(fact.refund_id),
        payment_id=str(fact.originator_id),
        order_id=str(fact.order_id),
        amount=fact.amount.amount,
        currency=fact.amount.currency,
        failure_code=fact.failure_code,
        failed_at=_timestamp(fact.timestamp),
    )


@publish.register
def _(fact: Payment.Settled) -> Message:
    return events.ProviderSettled(
        payment_id=str(fact.originator_id),
        order_id=str(fact.order_id),
        gross=fact.gross.amount,
        fee=fact.fee.amount,
        currency=fact.gross.currency,
        settled_at=_timestamp(fact.timestamp),
    )


@publish.register
def _(fact: Payout.Paid) -> Message:
    return events.PayoutPaid(
        payout_id=str(fact.originator_id),
        payee_id=fact.payee_id,
        amount=fact.amount.amount,
        currency=fact.amount.currency,
        paid_at=_timestamp(fact.timestamp),
    )


@publish.register
def _(fact: Payout.Failed) -> Message:
    return events.PayoutFailed(
        payout_id=str(fact.originator_id),
        payee_id=fact.payee_id,
        amount=fact.amount.amount,
        currency=fact.amount.currency,
        failure_code=fact.failure_code,
        failed_at=_timestamp(fact.timestamp),
    )


@publish.register(Payment.AuthorizationRequested)
@publish.register(Payment.ActionConfirmed)
@publish.register(Payment.InquiryRequested)
@publish.register(Payment.CaptureRequested)
@publish.register(Payment.VoidRequested)
@publish.register(Payment.RefundRequested)
@publish.register(Payment.ReversalRequested)
@publish.register(Payout.Requested)
@publish.register(Payout.InquiryRequested)
def _(_fact: object) -> None:
    """Between the provider and us; what comes of it is told."""


@publish.register(Payment.VoidFailed)
@publish.register(Payment.ReversalFailed)
@publish.register(Payment.RefundNoted)
@publish.register(Payment.Withdrawn)
@publish.register(Payment.Waived)
@publish.register(Payout.Doubted)
@publish.register(OrderPayments.Begun)
@publish.register(OrderPayments.Noted)
def _(_fact: object) -> None:
    """Notes of our own about what others decided, or what a person has to look at."""


def _timestamp(moment: datetime) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(moment)
    return timestamp
