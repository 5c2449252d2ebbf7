"""What a payment asks of the provider, and what it makes of the answers."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from libs.domain import derived_id
from libs.money import Money
from libs.testing import ID, NOW, fact, given, recorded
from services.payment.domain import (
    EXCEEDS_CAPTURED,
    CapturePolicy,
    Kind,
    NoActionRequired,
    NotCapturable,
    NotInDoubt,
    NotRefundable,
    NotVoidable,
    Operation,
    OperationAwaited,
    Payment,
    PaymentState,
    Resolution,
    operation_key,
)
from tests.services.payment.samples import (
    ORDER,
    OTHER_REFUND,
    REFUND,
    asked,
    authorized,
    captured,
    eur,
    held,
    operation,
    taken,
)

FIRST_KEY = operation_key(ID, 1)
LATER = NOW + timedelta(minutes=5)


def doubted() -> Payment:
    return given(
        Payment,
        asked(),
        fact(Payment.Doubted, order_id=ORDER, kind=Kind.SALE, ask_at=LATER),
    )


def waiting_for_buyer() -> Payment:
    return given(
        Payment,
        asked(),
        fact(
            Payment.ActionRequired,
            order_id=ORDER,
            action_url="https://provider.example",
            expires_at=NOW + timedelta(minutes=15),
        ),
    )


@pytest.mark.parametrize(
    ("policy", "kind"),
    [(CapturePolicy.AT_PLACEMENT, Kind.SALE), (CapturePolicy.AT_HAND_OVER, Kind.AUTHORIZE)],
)
def test_what_is_asked_of_the_provider_is_a_fact_first(policy: CapturePolicy, kind: Kind) -> None:
    payment = Payment.requested(
        id=ID,
        order_id=ORDER,
        buyer_id="buyer-1",
        amount=eur(100_00),
        method_token="tok_ok",
        capture_policy=policy,
    )

    assert recorded(payment) == [asked(kind)]


def test_a_key_follows_from_the_fact_that_asks() -> None:
    assert operation(1, Kind.SALE).key == derived_id("provider", ID, 1)


def test_a_sale_holds_and_takes_the_amount_at_once() -> None:
    payment = given(Payment, asked())

    payment.record_success(FIRST_KEY, eur(100_00))

    assert recorded(payment) == [authorized(), captured()]
    assert payment.state is PaymentState.CAPTURED


def test_an_authorisation_only_holds_it() -> None:
    payment = given(Payment, asked(Kind.AUTHORIZE))

    payment.record_success(FIRST_KEY, eur(100_00))

    assert recorded(payment) == [authorized()]
    assert payment.state is PaymentState.AUTHORIZED


def test_an_answer_counts_once() -> None:
    payment = taken()

    payment.record_success(FIRST_KEY, eur(100_00))
    payment.record_refusal(FIRST_KEY, "do_not_honor")
    payment.record_doubt(FIRST_KEY, now=NOW)

    assert recorded(payment) == []


def test_an_answer_to_something_else_is_no_answer() -> None:
    payment = given(Payment, asked())

    payment.record_success(operation_key(ID, 7), eur(100_00))

    assert recorded(payment) == []


def test_a_refusal_is_a_fact() -> None:
    payment = given(Payment, asked())

    payment.record_refusal(FIRST_KEY, "insufficient_funds")

    assert recorded(payment) == [
        fact(Payment.Declined, order_id=ORDER, key=FIRST_KEY, decline_code="insufficient_funds")
    ]
    assert payment.state is PaymentState.DECLINED


# In doubt


def test_no_answer_is_a_doubt_and_the_provider_is_asked_later() -> None:
    payment = given(Payment, asked())

    payment.record_doubt(FIRST_KEY, now=NOW)

    assert recorded(payment) == [
        fact(Payment.Doubted, order_id=ORDER, kind=Kind.SALE, ask_at=LATER)
    ]
    assert payment.state is PaymentState.UNKNOWN
    assert payment.due == LATER


def test_nothing_is_asked_before_its_time() -> None:
    payment = doubted()

    payment.fall_due(LATER - timedelta(seconds=1))

    assert recorded(payment) == []


def test_what_is_in_doubt_is_asked_about_and_not_sent_again() -> None:
    payment = doubted()

    payment.fall_due(LATER)
    payment.fall_due(LATER)

    assert recorded(payment) == [
        fact(
            Payment.InquiryRequested,
            operation=operation(1, Kind.SALE),
            ask_at=LATER + timedelta(hours=1),
        )
    ]


def test_the_provider_is_asked_after_five_minutes_an_hour_and_five_days_then_a_person() -> None:
    payment = doubted()
    moments = []

    while payment.due is not None:
        moments.append(payment.due)
        payment.fall_due(payment.due)

    gaps = [later - sooner for sooner, later in zip([NOW, *moments], moments, strict=False)]
    assert gaps == [timedelta(minutes=5), timedelta(hours=1), *[timedelta(days=1)] * 5]
    assert payment.state is PaymentState.UNKNOWN


def test_a_doubt_ends_with_what_the_provider_says() -> None:
    payment = doubted()

    payment.record_success(FIRST_KEY, eur(100_00))

    assert recorded(payment) == [authorized(), captured()]
    assert payment.due is None


@pytest.mark.parametrize(
    ("resolution", "state"),
    [
        (Resolution.SUCCEEDED, PaymentState.CAPTURED),
        (Resolution.FAILED, PaymentState.DECLINED),
        (Resolution.ASK_PROVIDER, PaymentState.UNKNOWN),
    ],
)
def test_a_person_can_end_a_doubt(resolution: Resolution, state: PaymentState) -> None:
    payment = doubted()

    payment.resolve(resolution, now=NOW)

    assert payment.state is state


def test_what_is_not_in_doubt_is_not_resolved() -> None:
    payment = taken()

    with pytest.raises(NotInDoubt):
        payment.resolve(Resolution.FAILED, now=NOW)

    assert recorded(payment) == []


def test_a_message_of_the_provider_only_makes_us_ask() -> None:
    payment = doubted()

    payment.hear(now=NOW)

    assert [each.cls for each in recorded(payment)] == [Payment.InquiryRequested]


def test_a_message_about_what_is_answered_changes_nothing() -> None:
    payment = taken()

    payment.hear(now=NOW)

    assert recorded(payment) == []


# The buyer's part


def test_the_buyer_may_have_to_confirm() -> None:
    payment = given(Payment, asked())
    expires_at = NOW + timedelta(minutes=15)

    for _ in range(2):
        payment.record_action(FIRST_KEY, action_url="https://x.example", expires_at=expires_at)

    assert recorded(payment) == [
        fact(
            Payment.ActionRequired,
            order_id=ORDER,
            action_url="https://x.example",
            expires_at=expires_at,
        )
    ]
    assert payment.state is PaymentState.REQUIRES_ACTION


def test_what_the_buyer_confirmed_goes_on() -> None:
    payment = waiting_for_buyer()

    payment.confirm_action()

    assert recorded(payment) == [fact(Payment.ActionConfirmed, operation=operation(1, Kind.SALE))]
    assert payment.due is None


def test_what_waits_for_nobody_is_not_confirmed() -> None:
    payment = taken()

    with pytest.raises(NoActionRequired):
        payment.confirm_action()

    assert recorded(payment) == []


def test_when_the_buyer_does_not_confirm_the_provider_says_what_became_of_it() -> None:
    payment = waiting_for_buyer()

    payment.fall_due(NOW + timedelta(minutes=15))

    assert [each.cls for each in recorded(payment)] == [Payment.InquiryRequested]


# Capturing at hand-over


def test_the_first_parcel_captures_all_that_is_held() -> None:
    payment = held()

    payment.hand_over()
    payment.hand_over()

    assert recorded(payment) == [
        fact(Payment.CaptureRequested, operation=operation(3, Kind.CAPTURE))
    ]


def test_what_was_captured_at_placement_is_not_captured_again() -> None:
    payment = taken()

    payment.hand_over()

    assert recorded(payment) == []


def test_what_was_cancelled_before_is_not_taken_in_the_first_place() -> None:
    payment = held()

    payment.cancel_lines(REFUND, eur(30_00), whole_order=False)
    payment.cancel_lines(REFUND, eur(30_00), whole_order=False)
    payment.hand_over()

    assert recorded(payment) == [
        fact(Payment.Waived, refund_id=REFUND, amount=eur(30_00)),
        fact(Payment.CaptureRequested, operation=operation(4, Kind.CAPTURE, eur(70_00))),
    ]


def test_what_is_left_held_after_the_capture_is_released() -> None:
    payment = held()
    payment.cancel_lines(REFUND, eur(30_00), whole_order=False)
    payment.hand_over()

    payment.record_success(operation_key(ID, 4), eur(70_00))

    assert recorded(payment)[2:] == [
        captured(4, eur(70_00)),
        fact(Payment.VoidRequested, operation=operation(6, Kind.VOID, eur(30_00))),
    ]


def test_a_refused_capture_ends_the_hold() -> None:
    payment = held()
    payment.hand_over()

    payment.record_refusal(operation_key(ID, 3), "expired")

    assert recorded(payment)[1] == fact(
        Payment.CaptureFailed,
        order_id=ORDER,
        key=operation_key(ID, 3),
        failure_code="expired",
        amount=eur(100_00),
    )
    assert [each.cls for each in recorded(payment)[2:]] == [Payment.VoidRequested]


def test_a_refused_void_waits_for_a_person() -> None:
    payment = held()
    payment.withdraw()

    payment.record_refusal(operation_key(ID, 4), "not_held")

    assert [each.cls for each in recorded(payment)[2:]] == [Payment.VoidFailed]
    payment.void()
    assert [each.cls for each in recorded(payment)[3:]] == [Payment.VoidRequested]


@pytest.mark.parametrize("amount", [eur(100_01), eur(0), eur(-1), Money(1, "USD")])
def test_what_is_not_held_cannot_be_captured(amount: Money) -> None:
    payment = held()

    with pytest.raises(NotCapturable):
        payment.capture(amount)

    assert recorded(payment) == []


def test_one_operation_is_awaited_at_a_time() -> None:
    payment = held()
    payment.capture(eur(40_00))

    with pytest.raises(OperationAwaited):
        payment.void()

    assert [each.cls for each in recorded(payment)] == [Payment.CaptureRequested]


def test_nothing_held_is_nothing_to_release() -> None:
    with pytest.raises(NotVoidable):
        taken().void()


# The order will not be


def test_what_is_held_for_an_order_that_will_not_be_is_released() -> None:
    payment = held()

    payment.withdraw()
    payment.withdraw()
    payment.record_success(operation_key(ID, 4), eur(100_00))

    assert recorded(payment) == [
        fact(Payment.Withdrawn),
        fact(Payment.VoidRequested, operation=operation(4, Kind.VOID)),
        fact(
            Payment.Voided,
            order_id=ORDER,
            key=operation_key(ID, 4),
            amount=eur(100_00),
            voided_total=eur(100_00),
        ),
    ]
    assert payment.state is PaymentState.VOIDED


def test_an_authorisation_that_comes_too_late_is_released_as_soon_as_it_is_known() -> None:
    payment = given(Payment, asked(Kind.AUTHORIZE))
    payment.record_doubt(FIRST_KEY, now=NOW)
    payment.withdraw()

    payment.record_success(FIRST_KEY, eur(100_00))

    assert [each.cls for each in recorded(payment)[2:]] == [
        Payment.Authorized,
        Payment.VoidRequested,
    ]


def test_a_sale_that_comes_too_late_is_given_back_when_the_order_says_under_which_id() -> None:
    payment = given(Payment, asked())
    payment.withdraw()
    payment.record_success(FIRST_KEY, eur(100_00))

    payment.cancel_lines(REFUND, eur(100_00), whole_order=True)

    assert [each.cls for each in recorded(payment)] == [
        Payment.Withdrawn,
        Payment.Authorized,
        Payment.Captured,
        Payment.RefundNoted,
        Payment.RefundRequested,
    ]


# Giving back


def test_a_refund_is_executed_once() -> None:
    payment = taken()

    payment.give_back(REFUND, eur(30_00))
    payment.record_success(operation_key(ID, 5), eur(100_00))
    payment.give_back(REFUND, eur(30_00))

    assert recorded(payment) == [
        fact(Payment.RefundNoted, refund_id=REFUND, amount=eur(30_00)),
        fact(
            Payment.RefundRequested,
            refund_id=REFUND,
            operation=operation(5, Kind.REFUND, eur(30_00), refund_id=REFUND),
        ),
        fact(
            Payment.RefundSucceeded,
            order_id=ORDER,
            refund_id=REFUND,
            key=operation_key(ID, 5),
            amount=eur(30_00),
            refunded_total=eur(30_00),
        ),
    ]
    assert payment.state is PaymentState.PARTIALLY_REFUNDED


def test_a_refund_of_nothing_is_none() -> None:
    payment = taken()

    payment.give_back(REFUND, eur(0))

    assert recorded(payment) == []


def test_a_refund_that_comes_before_the_capture_is_known_follows_it() -> None:
    payment = given(Payment, asked())
    payment.give_back(REFUND, eur(30_00))

    payment.record_success(FIRST_KEY, eur(100_00))

    assert [each.cls for each in recorded(payment)] == [
        Payment.RefundNoted,
        Payment.Authorized,
        Payment.Captured,
        Payment.RefundRequested,
    ]


def test_refunds_follow_one_another() -> None:
    payment = taken()
    payment.give_back(REFUND, eur(30_00))
    payment.give_back(OTHER_REFUND, eur(70_00))

    payment.record_success(operation_key(ID, 5), eur(100_00))

    assert [each.cls for each in recorded(payment)[3:]] == [
        Payment.RefundSucceeded,
        Payment.RefundRequested,
    ]


def test_more_than_was_captured_is_never_given_back() -> None:
    payment = taken()
    payment.give_back(REFUND, eur(70_00))
    payment.record_success(operation_key(ID, 5), eur(100_00))

    payment.give_back(OTHER_REFUND, eur(30_01))

    assert recorded(payment)[4:] == [
        fact(
            Payment.RefundFailed,
            order_id=ORDER,
            refund_id=OTHER_REFUND,
            key=None,
            amount=eur(30_01),
            failure_code=EXCEEDS_CAPTURED,
        )
    ]


def test_a_refund_that_the_provider_refuses_is_not_sent_again() -> None:
    payment = taken()
    payment.give_back(REFUND, eur(30_00))

    payment.record_refusal(operation_key(ID, 5), "refund_refused")

    assert [each.cls for each in recorded(payment)[2:]] == [Payment.RefundFailed]
    assert payment.state is PaymentState.CAPTURED


@pytest.mark.parametrize("amount", [eur(30_01), eur(0), eur(-1), Money(1, "USD")])
def test_nobody_can_ask_for_more_than_is_left_of_the_capture(amount: Money) -> None:
    payment = taken()
    payment.give_back(REFUND, eur(70_00))
    before = recorded(payment)

    with pytest.raises(NotRefundable):
        payment.refund(OTHER_REFUND, amount)

    assert recorded(payment) == before


# What the provider does otherwise than it was asked


OTHER = [eur(100_01), eur(99_99), Money(100_00, "USD")]


@pytest.mark.parametrize("other", OTHER, ids=str)
def test_what_was_taken_for_another_amount_or_currency_goes_back_whole(other: Money) -> None:
    payment = given(Payment, asked())

    payment.record_success(FIRST_KEY, other)

    conflicted, reversal = recorded(payment)
    assert conflicted == fact(
        Payment.Conflicted, order_id=ORDER, key=FIRST_KEY, kind=Kind.SALE, amount=other
    )
    wanted = reversal.fields["operation"]
    assert isinstance(wanted, Operation)
    assert (wanted.kind, wanted.amount) == (Kind.REFUND, other)
    assert payment.state is PaymentState.CONFLICTED


def test_what_was_held_for_another_amount_is_released() -> None:
    payment = given(Payment, asked(Kind.AUTHORIZE))

    payment.record_success(FIRST_KEY, eur(1))

    wanted = recorded(payment)[-1].fields["operation"]
    assert isinstance(wanted, Operation)
    assert (wanted.kind, wanted.amount) == (Kind.VOID, eur(1))


def conflicted() -> Payment:
    payment = given(Payment, asked())
    payment.record_success(FIRST_KEY, eur(100_01))
    return payment


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (lambda payment, key: payment.record_success(key, eur(100_01)), Payment.Reversed),
        (lambda payment, key: payment.record_refusal(key, "refused"), Payment.ReversalFailed),
    ],
    ids=["reversed", "refused"],
)
def test_a_conflicted_payment_stays_frozen_whatever_becomes_of_its_reversal(
    answer: Callable[[Payment, UUID], None], outcome: type
) -> None:
    payment = conflicted()

    answer(payment, operation_key(ID, 3))
    payment.give_back(REFUND, eur(10_00))
    payment.cancel_lines(OTHER_REFUND, eur(0), whole_order=True)

    assert [each.cls for each in recorded(payment)[2:]] == [outcome, Payment.RefundNoted]
    assert payment.state is PaymentState.CONFLICTED
    assert payment.awaited is None


def test_what_a_conflict_took_in_another_currency_is_settled_beside_the_payment() -> None:
    payment = given(Payment, asked())
    payment.record_success(FIRST_KEY, Money(100_00, "USD"))

    payment.record_settlement(FIRST_KEY, gross=Money(100_00, "USD"), fee=Money(3_20, "USD"))

    assert recorded(payment)[-1].cls is Payment.Settled
    assert (payment.settled, payment.fees) == (eur(0), eur(0))


def test_no_parcel_captures_what_is_in_conflict() -> None:
    payment = given(Payment, asked(Kind.AUTHORIZE))
    payment.record_success(FIRST_KEY, eur(1))
    payment.record_success(operation_key(ID, 3), eur(1))
    before = recorded(payment)

    payment.hand_over()

    assert recorded(payment) == before


# What the provider pays us


def test_a_settlement_counts_once() -> None:
    payment = taken()

    for _ in range(2):
        payment.record_settlement(FIRST_KEY, gross=eur(100_00), fee=eur(3_20))

    assert recorded(payment) == [
        fact(Payment.Settled, order_id=ORDER, key=FIRST_KEY, gross=eur(100_00), fee=eur(3_20))
    ]
    assert payment.fees == eur(3_20)
