"""What payment does about the facts of others."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from google.protobuf.message import Message

from libs.contracts.common.v1 import types_pb2
from libs.contracts.ledger.v1 import events_pb2 as ledger
from libs.contracts.order.v1 import events_pb2 as order
from libs.contracts.returns.v1 import events_pb2 as returns
from libs.contracts.warehouse.v1 import events_pb2 as warehouse
from libs.messaging import Envelope
from services.payment.commands import (
    AuthorizePayment,
    CancelLines,
    CaptureAtHandOver,
    GiveBack,
    SubmitPayout,
    WithdrawPayment,
)
from services.payment.domain import CapturePolicy
from services.payment.policies import (
    payment_follows_ledger,
    payment_follows_order,
    payment_follows_returns,
    payment_follows_warehouse,
)
from tests.services.payment.samples import ORDER, REFUND, eur

PAYMENT, PAYOUT, STATEMENT = UUID(int=11), UUID(int=12), UUID(int=13)


def envelope(payload: Message) -> Envelope:
    return Envelope(
        payload=payload,
        event_id=UUID(int=77),
        occurred_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
        key=str(ORDER),
    )


@pytest.mark.parametrize(
    ("told", "policy"),
    [
        (types_pb2.CAPTURE_POLICY_UNSPECIFIED, CapturePolicy.AT_PLACEMENT),
        (types_pb2.CAPTURE_POLICY_AT_PLACEMENT, CapturePolicy.AT_PLACEMENT),
        (types_pb2.CAPTURE_POLICY_AT_HAND_OVER, CapturePolicy.AT_HAND_OVER),
    ],
)
def test_a_payment_that_is_due_is_asked_for(
    told: "types_pb2.CapturePolicy.ValueType", policy: CapturePolicy
) -> None:
    event = envelope(
        order.PaymentDue(
            order_id=str(ORDER),
            payment_id=str(PAYMENT),
            amount=100_00,
            currency="EUR",
            method_token="tok_ok",
            capture_policy=told,
            buyer_id="buyer-1",
        )
    )

    assert list(payment_follows_order(event)) == [
        AuthorizePayment(
            request_id=event.request_id(AuthorizePayment),
            payment_id=PAYMENT,
            order_id=ORDER,
            buyer_id="buyer-1",
            amount=eur(100_00),
            method_token="tok_ok",
            capture_policy=policy,
        )
    ]


def test_cancelled_lines_are_given_back_or_never_taken() -> None:
    event = envelope(
        order.LinesCancelled(
            order_id=str(ORDER),
            payment_id=str(PAYMENT),
            refund=30_00,
            currency="EUR",
            whole_order=True,
            refund_id=str(REFUND),
        )
    )

    assert list(payment_follows_order(event)) == [
        CancelLines(
            request_id=event.request_id(CancelLines),
            payment_id=PAYMENT,
            refund_id=REFUND,
            refund=eur(30_00),
            whole_order=True,
        )
    ]


def test_the_payment_of_an_expired_order_is_withdrawn() -> None:
    event = envelope(order.OrderExpired(order_id=str(ORDER), payment_id=str(PAYMENT)))

    assert list(payment_follows_order(event)) == [
        WithdrawPayment(request_id=event.request_id(WithdrawPayment), payment_id=PAYMENT)
    ]


def test_a_parcel_that_leaves_takes_what_is_held() -> None:
    event = envelope(warehouse.ShipmentHandedOver(order_id=str(ORDER)))

    assert list(payment_follows_warehouse(event)) == [
        CaptureAtHandOver(request_id=event.request_id(CaptureAtHandOver), order_id=ORDER)
    ]


def test_a_decided_refund_is_executed() -> None:
    event = envelope(
        returns.RefundDecided(
            refund_id=str(REFUND), payment_id=str(PAYMENT), refund=30_00, currency="EUR"
        )
    )

    assert list(payment_follows_returns(event)) == [
        GiveBack(
            request_id=event.request_id(GiveBack),
            payment_id=PAYMENT,
            refund_id=REFUND,
            amount=eur(30_00),
        )
    ]


def test_a_payout_that_is_due_is_sent() -> None:
    event = envelope(
        ledger.PayoutDue(
            payout_id=str(PAYOUT),
            payee_id="silk-road",
            amount=500_00,
            currency="EUR",
            statement_id=str(STATEMENT),
        )
    )

    assert list(payment_follows_ledger(event)) == [
        SubmitPayout(
            request_id=event.request_id(SubmitPayout),
            payout_id=PAYOUT,
            payee_id="silk-road",
            amount=eur(500_00),
            statement_id=STATEMENT,
        )
    ]


def test_what_was_never_asked_for_is_neither_withdrawn_nor_given_back() -> None:
    assert list(payment_follows_order(envelope(order.OrderExpired()))) == []
    assert list(payment_follows_order(envelope(order.LinesCancelled(refund=1)))) == []


@pytest.mark.parametrize(
    "decided", [returns.RefundDecided(payment_id=str(PAYMENT)), returns.RefundDecided(refund=1)]
)
def test_a_refund_of_nothing_or_without_a_payment_is_none(decided: Message) -> None:
    assert list(payment_follows_returns(envelope(decided))) == []


def test_other_facts_are_no_concern() -> None:
    assert list(payment_follows_order(envelope(order.OrderPlaced()))) == []
    assert list(payment_follows_warehouse(envelope(warehouse.PackageDelivered()))) == []
    assert list(payment_follows_returns(envelope(returns.ReturnClosed()))) == []
    assert list(payment_follows_ledger(envelope(ledger.StatementClosed()))) == []
