"""What the others are told of payments and payouts."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from google.protobuf.message import Message

from libs.contracts.payment.v1 import events_pb2 as events
from libs.domain import Aggregate, derived_id
from libs.rpc.convert import timestamp
from libs.testing import ID, NOW, Fact, fact
from services.payment.domain import Kind, Payment, Payout
from services.payment.publishing import publish
from tests.services.payment.samples import ORDER, REFUND, asked, authorized, captured, eur

KEY = UUID(int=5)
AT = timestamp(NOW)
UNASKED = str(derived_id("conflict", ID))
SHARED: dict[str, Any] = {"payment_id": str(ID), "order_id": str(ORDER)}


def told(recorded: Fact, kind: type[Aggregate] = Payment) -> Message | None:
    return publish(recorded.at(id=ID, version=2, kind=kind))


@pytest.mark.parametrize(
    ("recorded", "message"),
    [
        (
            fact(Payment.ActionRequired, order_id=ORDER, action_url="https://x", expires_at=NOW),
            events.PaymentActionRequired(**SHARED, action_url="https://x", expires_at=AT),
        ),
        (
            authorized(),
            events.PaymentAuthorized(**SHARED, amount=100_00, currency="EUR", authorized_at=AT),
        ),
        (
            fact(Payment.Declined, order_id=ORDER, key=KEY, decline_code="stolen_card"),
            events.PaymentDeclined(**SHARED, decline_code="stolen_card", declined_at=AT),
        ),
        (
            captured(),
            events.PaymentCaptured(
                **SHARED, amount=100_00, captured_total=100_00, currency="EUR", captured_at=AT
            ),
        ),
        (
            fact(Payment.Conflicted, order_id=ORDER, key=KEY, kind=Kind.SALE, amount=eur(10_01)),
            events.PaymentConflicted(
                **SHARED,
                refund_id=UNASKED,
                amount=10_01,
                currency="EUR",
                taken=10_01,
                conflicted_at=AT,
            ),
        ),
        (
            fact(
                Payment.Conflicted,
                order_id=ORDER,
                key=KEY,
                kind=Kind.AUTHORIZE,
                amount=eur(10_01),
            ),
            events.PaymentConflicted(
                **SHARED, refund_id=UNASKED, amount=10_01, currency="EUR", conflicted_at=AT
            ),
        ),
        (
            fact(Payment.Reversed, order_id=ORDER, key=KEY, kind=Kind.REFUND, amount=eur(10_01)),
            events.RefundSucceeded(
                **SHARED, refund_id=UNASKED, amount=10_01, currency="EUR", refunded_at=AT
            ),
        ),
        (
            fact(
                Payment.CaptureFailed,
                order_id=ORDER,
                key=KEY,
                failure_code="expired",
                amount=eur(10_00),
            ),
            events.CaptureFailed(
                **SHARED, failure_code="expired", failed_at=AT, amount=10_00, currency="EUR"
            ),
        ),
        (
            fact(Payment.Voided, order_id=ORDER, key=KEY, amount=eur(1), voided_total=eur(1)),
            events.PaymentVoided(**SHARED, amount=1, currency="EUR", voided_at=AT),
        ),
        (
            fact(
                Payment.RefundSucceeded,
                order_id=ORDER,
                refund_id=REFUND,
                key=KEY,
                amount=eur(1),
                refunded_total=eur(3),
            ),
            events.RefundSucceeded(
                **SHARED, refund_id=str(REFUND), amount=1, currency="EUR", refunded_at=AT
            ),
        ),
        (
            fact(
                Payment.RefundFailed,
                order_id=ORDER,
                refund_id=REFUND,
                key=None,
                amount=eur(1),
                failure_code="refund_refused",
            ),
            events.RefundFailed(
                **SHARED,
                refund_id=str(REFUND),
                amount=1,
                currency="EUR",
                failure_code="refund_refused",
                failed_at=AT,
            ),
        ),
        (
            fact(Payment.Settled, order_id=ORDER, key=KEY, gross=eur(100), fee=eur(33)),
            events.ProviderSettled(**SHARED, gross=100, fee=33, currency="EUR", settled_at=AT),
        ),
    ],
    ids=lambda value: value.cls.__name__ if isinstance(value, Fact) else "",
)
def test_what_becomes_of_a_payment_is_told(recorded: Fact, message: Message) -> None:
    assert told(recorded) == message


def test_what_becomes_of_a_payout_is_told() -> None:
    paid = fact(Payout.Paid, payee_id="silk-road", key=KEY, amount=eur(5))
    failed = fact(
        Payout.Failed, payee_id="silk-road", key=KEY, amount=eur(5), failure_code="account_closed"
    )

    assert told(paid, Payout) == events.PayoutPaid(
        payout_id=str(ID), payee_id="silk-road", amount=5, currency="EUR", paid_at=AT
    )
    assert told(failed, Payout) == events.PayoutFailed(
        payout_id=str(ID),
        payee_id="silk-road",
        amount=5,
        currency="EUR",
        failure_code="account_closed",
        failed_at=AT,
    )


@pytest.mark.parametrize("kind", list(Kind))
def test_a_doubt_is_told_where_others_wait_for_the_money(kind: Kind) -> None:
    doubt = fact(Payment.Doubted, order_id=ORDER, kind=kind, ask_at=NOW + timedelta(minutes=5))

    waited_for = kind not in (Kind.VOID, Kind.REFUND)
    unknown = events.PaymentUnknown(**SHARED, unknown_since=AT)
    assert told(doubt) == (unknown if waited_for else None)


def test_what_is_asked_of_the_provider_stays_here() -> None:
    assert told(asked()) is None
