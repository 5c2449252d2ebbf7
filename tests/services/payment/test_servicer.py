"""Payment over gRPC: what a caller gets, sees and may do."""

from itertools import count
from uuid import UUID

import pytest
from google.type.money_pb2 import Money

from libs.contracts.payment.v1 import payment_service_pb2 as pb
from libs.domain import NotFound
from libs.eventstore import Store
from libs.eventstore.index import MemoryIndex, Streams
from libs.rpc import Caller, calling_as
from services.payment.app import PaymentApp
from services.payment.commands import AuthorizePayment
from services.payment.domain import CapturePolicy, NotRefundable
from services.payment.readmodel import MemoryOurBooks, PaymentLists
from services.payment.servicer import PaymentServicer
from services.payment.simulator import Simulator
from tests.services.payment.gateway import Following
from tests.services.payment.samples import ORDER, eur

PAYMENT = UUID(int=11)
NAME = f"payments/{PAYMENT}"
OPERATOR = Caller(subject="ann", roles=frozenset({"ops"}))
BUYER = Caller(subject="buyer-1", roles=frozenset({"buyer"}))
STRANGER = Caller(subject="buyer-2", roles=frozenset({"buyer"}))
_requests = count(1_000)


def request_id() -> str:
    return str(UUID(int=next(_requests)))


@pytest.fixture
def payments(app: PaymentApp, provider: Simulator, store: Store) -> PaymentServicer:
    lists = PaymentLists(MemoryIndex(store), MemoryOurBooks(Streams(store)))
    return PaymentServicer(app, lists, provider_books=provider.books)


async def paid(
    app: PaymentApp,
    following: Following,
    token: str = "tok_ok",
    policy: CapturePolicy = CapturePolicy.AT_PLACEMENT,
) -> None:
    await app.authorize_payment(
        AuthorizePayment(
            request_id=UUID(int=next(_requests)),
            payment_id=PAYMENT,
            order_id=ORDER,
            buyer_id="buyer-1",
            amount=eur(100_00),
            method_token=token,
            capture_policy=policy,
        )
    )
    await following.catch_up()


def refund(units: int) -> pb.RefundPaymentRequest:
    amount = Money(currency_code="EUR", units=units)
    return pb.RefundPaymentRequest(request_id=request_id(), name=NAME, amount=amount)


async def test_a_payment_is_shown_with_its_amounts(
    payments: PaymentServicer, app: PaymentApp, following: Following
) -> None:
    await paid(app, following)

    with calling_as(BUYER):
        payment = await payments.GetPayment(pb.GetPaymentRequest(name=NAME), None)

    assert payment.state == pb.Payment.STATE_CAPTURED
    assert payment.captured == Money(currency_code="EUR", units=100)
    assert payment.order == f"orders/{ORDER}"


async def test_nobody_sees_or_confirms_the_payments_of_others(
    payments: PaymentServicer, app: PaymentApp, following: Following
) -> None:
    await paid(app, following, token="tok_3ds")

    with calling_as(STRANGER):
        with pytest.raises(NotFound):
            await payments.GetPayment(pb.GetPaymentRequest(name=NAME), None)
        with pytest.raises(NotFound):
            await payments.ConfirmAction(
                pb.ConfirmActionRequest(request_id=request_id(), name=NAME), None
            )

    assert await following.catch_up() == []


async def test_a_buyer_confirms_their_own(
    payments: PaymentServicer, app: PaymentApp, following: Following
) -> None:
    await paid(app, following, token="tok_3ds")

    with calling_as(BUYER):
        before = await payments.GetPayment(pb.GetPaymentRequest(name=NAME), None)
        await payments.ConfirmAction(
            pb.ConfirmActionRequest(request_id=request_id(), name=NAME), None
        )
    await following.catch_up()

    assert before.state == pb.Payment.STATE_REQUIRES_ACTION
    assert before.action_url
    assert (await app.get(PAYMENT)).captured == eur(100_00)


async def test_what_is_held_is_captured_and_released(
    payments: PaymentServicer, app: PaymentApp, following: Following
) -> None:
    await paid(app, following, policy=CapturePolicy.AT_HAND_OVER)

    await payments.CapturePayment(
        pb.CapturePaymentRequest(
            request_id=request_id(), name=NAME, amount=Money(currency_code="EUR", units=60)
        ),
        None,
    )
    await following.catch_up()
    await payments.VoidPayment(pb.VoidPaymentRequest(request_id=request_id(), name=NAME), None)
    await following.catch_up()

    with calling_as(OPERATOR):
        payment = await payments.GetPayment(pb.GetPaymentRequest(name=NAME), None)
    assert (payment.captured.units, payment.voided.units) == (60, 40)


async def test_a_refund_has_an_id_that_follows_from_its_request(
    payments: PaymentServicer, app: PaymentApp, following: Following
) -> None:
    await paid(app, following)
    request = refund(30)

    first = await payments.RefundPayment(request, None)
    again = await payments.RefundPayment(request, None)

    assert again == first
    assert [each.amount.units for each in first.refunds] == [30]


async def test_more_than_was_captured_is_refused(
    payments: PaymentServicer, app: PaymentApp, following: Following
) -> None:
    await paid(app, following)

    with pytest.raises(NotRefundable):
        await payments.RefundPayment(refund(101), None)


async def test_refunds_of_a_batch_fail_by_themselves(
    payments: PaymentServicer, app: PaymentApp, following: Following
) -> None:
    await paid(app, following)

    answer = await payments.BatchRefundPayments(
        pb.BatchRefundPaymentsRequest(requests=[refund(30), refund(101)]), None
    )

    assert [each.WhichOneof("result") for each in answer.results] == ["payment", "error"]


async def test_a_message_counts_once_under_whatever_request(
    payments: PaymentServicer, app: PaymentApp, following: Following
) -> None:
    await paid(app, following, token="tok_webhook_late")

    for _ in range(2):
        await payments.IngestProviderEvent(
            pb.IngestProviderEventRequest(
                request_id=request_id(), payment=NAME, provider="simulator", event_id="evt-1"
            ),
            None,
        )

    assert await following.catch_up() == ["InquiryRequested", "Authorized", "Captured"]


async def test_a_doubt_is_ended_by_hand(
    payments: PaymentServicer, app: PaymentApp, following: Following
) -> None:
    await paid(app, following, token="tok_timeout_fails")

    payment = await payments.ResolveUnknown(
        pb.ResolveUnknownRequest(
            request_id=request_id(), name=NAME, resolution=pb.RESOLUTION_FAILED
        ),
        None,
    )

    assert payment.state == pb.Payment.STATE_DECLINED
    assert payment.decline_code == "resolved_by_hand"


async def test_a_settlement_is_told_by_currency(
    payments: PaymentServicer, app: PaymentApp, following: Following
) -> None:
    await paid(app, following)
    await payments.RefundPayment(refund(40), None)
    await following.catch_up()

    answer = await payments.SettleProvider(pb.SettleProviderRequest(request_id=request_id()), None)

    assert list(answer.totals) == [
        pb.SettlementTotal(
            captures=1,
            gross=Money(currency_code="EUR", units=100),
            fee=Money(currency_code="EUR", units=3, nanos=200_000_000),
            refunds=1,
            refunded=Money(currency_code="EUR", units=40),
            net=Money(currency_code="EUR", units=56, nanos=800_000_000),
        )
    ]


async def test_a_payout_is_submitted_once(payments: PaymentServicer) -> None:
    payout_id, statement_id = UUID(int=12), UUID(int=13)

    async def submit() -> pb.Payout:
        return await payments.SubmitPayout(
            pb.SubmitPayoutRequest(
                request_id=request_id(),
                payout_id=str(payout_id),
                payee_id="silk-road",
                amount=Money(currency_code="EUR", units=500),
                statement_id=str(statement_id),
            ),
            None,
        )

    payout = await submit()

    assert await submit() == payout
    assert payout == await payments.GetPayout(
        pb.GetPayoutRequest(name=f"payouts/{payout_id}"), None
    )
    assert payout.etag == "1"
    assert payout.state == pb.Payout.STATE_SUBMITTED
