"""Payments and payouts from what others decide to what the provider answers."""

from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest

from libs.eventstore import StaleEtag, Store
from libs.runtime.clock import ManualClock
from services.payment import commands as c
from services.payment.app import PaymentApp
from services.payment.domain import CapturePolicy, PaymentState, PayoutState
from services.payment.simulator import Simulator
from tests.services.payment.gateway import Following
from tests.services.payment.samples import ORDER, REFUND, eur

PAYMENT, PAYOUT, STATEMENT = UUID(int=11), UUID(int=12), UUID(int=13)
_requests = count(1_000)


def due(
    token: str = "tok_ok",
    policy: CapturePolicy = CapturePolicy.AT_PLACEMENT,
    *,
    payment_id: UUID = PAYMENT,
) -> c.AuthorizePayment:
    return c.AuthorizePayment(
        request_id=UUID(int=next(_requests)),
        payment_id=payment_id,
        order_id=ORDER,
        buyer_id="buyer-1",
        amount=eur(100_00),
        method_token=token,
        capture_policy=policy,
    )


async def fall_due(store: Store) -> None:
    for deadline in await store.recorder.due(store.clock.now(), 10):
        await store.fall_due(deadline)


async def test_a_payment_that_is_due_is_taken(app: PaymentApp, following: Following) -> None:
    await app.authorize_payment(due())

    facts = await following.catch_up()

    assert facts == ["AuthorizationRequested", "Authorized", "Captured"]


async def test_asking_again_and_hearing_again_take_it_once(
    app: PaymentApp, following: Following, provider: Simulator
) -> None:
    command = due()
    await app.authorize_payment(command)
    await following.catch_up()

    await app.authorize_payment(command)
    for recorded in list(following.seen):
        await following.react(recorded)

    assert await following.catch_up() == []
    assert len(await provider.books(None, 10)) == 1


async def test_a_parcel_takes_what_its_order_has_held(
    app: PaymentApp, following: Following
) -> None:
    await app.authorize_payment(due(policy=CapturePolicy.AT_HAND_OVER))
    await following.catch_up()

    await app.capture_at_hand_over(
        c.CaptureAtHandOver(request_id=UUID(int=next(_requests)), order_id=ORDER)
    )

    assert await following.catch_up() == ["CaptureRequested", "Captured"]


async def test_a_parcel_of_an_order_that_is_paid_takes_nothing(
    app: PaymentApp, following: Following
) -> None:
    await app.authorize_payment(due())
    await following.catch_up()

    await app.capture_at_hand_over(
        c.CaptureAtHandOver(request_id=UUID(int=next(_requests)), order_id=ORDER)
    )

    assert await following.catch_up() == []


@pytest.mark.parametrize(
    ("token", "state"),
    [
        ("tok_timeout_succeeds", PaymentState.CAPTURED),
        ("tok_webhook_late", PaymentState.CAPTURED),
        ("tok_timeout_fails", PaymentState.DECLINED),
    ],
)
async def test_a_doubt_ends_when_the_provider_is_asked(
    app: PaymentApp,
    following: Following,
    store: Store,
    clock: ManualClock,
    token: str,
    state: PaymentState,
) -> None:
    await app.authorize_payment(due(token))
    await following.catch_up()
    assert (await app.get(PAYMENT)).state is PaymentState.UNKNOWN

    clock.advance(timedelta(minutes=5))
    await fall_due(store)
    await following.catch_up()

    assert (await app.get(PAYMENT)).state is state


async def test_a_message_ends_a_doubt_at_once_and_counts_once(
    app: PaymentApp, following: Following
) -> None:
    await app.authorize_payment(due("tok_webhook_late"))
    await following.catch_up()
    message = c.HearProvider(request_id=UUID(int=7), payment_id=PAYMENT, event_id="evt-1")

    for _ in range(2):
        await app.hear_provider(message)

    assert await following.catch_up() == ["InquiryRequested", "Authorized", "Captured"]


async def test_what_the_buyer_confirms_is_taken(app: PaymentApp, following: Following) -> None:
    await app.authorize_payment(due("tok_3ds"))
    await following.catch_up()

    await app.confirm_action(
        c.ConfirmAction(request_id=UUID(int=7), payment_id=PAYMENT, buyer_id="buyer-1")
    )

    assert await following.catch_up() == ["ActionConfirmed", "Authorized", "Captured"]


async def test_what_the_buyer_does_not_confirm_in_time_is_declined(
    app: PaymentApp, following: Following, store: Store, clock: ManualClock
) -> None:
    await app.authorize_payment(due("tok_3ds"))
    await following.catch_up()

    clock.advance(timedelta(minutes=15))
    await fall_due(store)

    assert await following.catch_up() == ["InquiryRequested", "Declined"]


async def test_a_second_attempt_is_a_payment_of_its_own(
    app: PaymentApp, following: Following
) -> None:
    await app.authorize_payment(due("tok_decline_once"))
    await following.catch_up()

    await app.authorize_payment(due("tok_decline_once", payment_id=UUID(int=99)))
    await following.catch_up()

    assert (await app.get(PAYMENT)).state is PaymentState.DECLINED
    assert (await app.get(UUID(int=99))).state is PaymentState.CAPTURED


async def test_a_settlement_file_is_noted_once(app: PaymentApp, following: Following) -> None:
    await app.authorize_payment(due())
    await following.catch_up()

    for _ in range(2):
        await app.settle_provider(c.SettleProvider(request_id=UUID(int=7)))

    assert await following.catch_up() == ["Settled"]
    payment = await app.get(PAYMENT)
    assert (payment.settled, payment.fees) == (eur(100_00), eur(3_20))


async def test_what_was_settled_comes_to_nothing_when_all_was_given_back(
    app: PaymentApp, following: Following
) -> None:
    await app.authorize_payment(due())
    await following.catch_up()
    await app.settle_provider(c.SettleProvider(request_id=UUID(int=7)))
    await app.give_back(
        c.GiveBack(
            request_id=UUID(int=next(_requests)),
            payment_id=PAYMENT,
            refund_id=UUID(int=8),
            amount=eur(100_00),
        )
    )
    await following.catch_up()

    await app.settle_provider(c.SettleProvider(request_id=UUID(int=9)))

    payment = await app.get(PAYMENT)
    assert (payment.settled, payment.fees) == (eur(0), eur(3_20))


async def test_another_amount_than_was_asked_is_given_back_at_once(
    app: PaymentApp, following: Following, provider: Simulator
) -> None:
    await app.authorize_payment(due("tok_amount_differs"))

    facts = await following.catch_up()

    assert facts == ["AuthorizationRequested", "Conflicted", "ReversalRequested", "Reversed"]
    assert (await app.get(PAYMENT)).state is PaymentState.CONFLICTED
    settled = await provider.settle(UUID(int=7))
    assert sum((line.gross for line in settled), eur(0)) == eur(0)


@pytest.mark.parametrize(
    ("payee_id", "state"),
    [("silk-road", PayoutState.PAID), ("no-bank", PayoutState.FAILED)],
)
async def test_a_payout_reaches_the_payee_or_not(
    app: PaymentApp, following: Following, payee_id: str, state: PayoutState
) -> None:
    await app.submit_payout(
        c.SubmitPayout(
            request_id=UUID(int=7),
            payout_id=PAYOUT,
            payee_id=payee_id,
            amount=eur(500_00),
            statement_id=STATEMENT,
        )
    )

    await following.catch_up()

    assert (await app.get_payout(PAYOUT)).state is state


async def test_who_saw_an_earlier_state_does_not_decide(
    app: PaymentApp, following: Following
) -> None:
    await app.authorize_payment(due(policy=CapturePolicy.AT_HAND_OVER))
    await following.catch_up()

    with pytest.raises(StaleEtag):
        await app.void_payment(c.VoidPayment(request_id=UUID(int=7), payment_id=PAYMENT, etag="1"))

    assert await following.catch_up() == []


async def test_a_refused_refund_is_told_and_not_sent_again(
    app: PaymentApp, following: Following
) -> None:
    await app.authorize_payment(due("tok_refund_fails"))
    await following.catch_up()

    await app.give_back(
        c.GiveBack(request_id=UUID(int=7), payment_id=PAYMENT, refund_id=REFUND, amount=eur(1_00))
    )

    assert await following.catch_up() == ["RefundNoted", "RefundRequested", "RefundFailed"]
