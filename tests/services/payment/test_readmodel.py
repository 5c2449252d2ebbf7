"""What payments can be listed by, and what we have booked, in a real database."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest

from libs.domain import Aggregate
from libs.eventstore.facts import START, Recorded
from libs.runtime.cause import Cause
from libs.testing import ID, NOW
from services.payment.domain import (
    CapturePolicy,
    Outcome,
    Payment,
    PaymentState,
    Payout,
    operation_key,
)
from services.payment.readmodel import PaymentLists, project
from tests.services.payment.samples import ORDER, REFUND, eur

Tell = Callable[[Aggregate], Awaitable[None]]
KEY = operation_key(ID, 1)


@pytest.fixture
def lists(pool: "asyncpg.Pool[asyncpg.Record]") -> PaymentLists:
    return PaymentLists(pool)


@pytest.fixture
def tell(pool: "asyncpg.Pool[asyncpg.Record]") -> Tell:
    """Project all facts of an aggregate, twice, as may happen."""

    async def tell(aggregate: Aggregate) -> None:
        facts = [
            Recorded(fact=fact, mark=START, recorded_at=NOW, cause=Cause())  # type: ignore[arg-type]  # A Started too.
            for fact in aggregate.pending_events
        ]
        async with pool.acquire() as connection:
            for _ in range(2):
                await project(connection, facts)

    return tell


def requested(policy: CapturePolicy = CapturePolicy.AT_PLACEMENT, *, id: UUID = ID) -> Payment:
    return Payment.requested(
        id=id,
        order_id=ORDER,
        buyer_id="buyer-1",
        amount=eur(100_00),
        method_token="tok_ok",
        capture_policy=policy,
    )


def refunded(amount: int) -> Payment:
    payment = requested()
    payment.record_success(KEY)
    payment.give_back(REFUND, eur(amount))
    payment.record_success(operation_key(ID, 5))
    return payment


def doubted() -> Payment:
    payment = requested()
    payment.record_doubt(KEY, now=NOW)
    return payment


def declined() -> Payment:
    payment = requested()
    payment.record_refusal(KEY, "stolen_card")
    return payment


def voided() -> Payment:
    payment = requested(CapturePolicy.AT_HAND_OVER)
    payment.record_success(KEY)
    payment.withdraw()
    payment.record_success(operation_key(ID, 4))
    return payment


def partly_captured() -> Payment:
    payment = requested(CapturePolicy.AT_HAND_OVER)
    payment.record_success(KEY)
    payment.capture(eur(60_00))
    payment.record_success(operation_key(ID, 3))
    return payment


@pytest.mark.parametrize(
    "payment",
    [
        requested,
        doubted,
        declined,
        voided,
        partly_captured,
        lambda: refunded(30_00),
        lambda: refunded(100_00),
    ],
)
async def test_a_payment_is_listed_as_it_stands(
    lists: PaymentLists, tell: Tell, payment: Callable[[], Payment]
) -> None:
    told = payment()

    await tell(told)

    for state in PaymentState:
        found = await lists.search(
            order_id=ORDER, buyer_id="buyer-1", state=state, after=None, limit=10
        )
        assert [row.payment_id for row in found] == ([ID] if state is told.state else [])


async def test_a_buyer_finds_none_of_others(lists: PaymentLists, tell: Tell) -> None:
    await tell(requested())

    found = await lists.search(order_id=None, buyer_id="buyer-2", state=None, after=None, limit=10)

    assert found == []


async def test_payments_are_listed_page_by_page(lists: PaymentLists, tell: Tell) -> None:
    for number in range(1, 4):
        await tell(requested(id=UUID(int=number)))

    first = await lists.search(order_id=ORDER, buyer_id=None, state=None, after=None, limit=2)
    rest = await lists.search(
        order_id=ORDER, buyer_id=None, state=None, after=first[-1].number, limit=2
    )

    assert [row.payment_id.int for row in [*first, *rest]] == [1, 2, 3]


async def test_every_operation_is_booked_with_its_outcome(lists: PaymentLists, tell: Tell) -> None:
    payout_id = UUID(int=31)
    payout = Payout.requested(
        id=payout_id, payee_id="silk-road", amount=eur(5), statement_id=UUID(int=9)
    )
    payout.record_refusal(operation_key(payout_id, 1), "account_closed")

    await tell(refunded(30_00))
    await tell(payout)
    await tell(requested(id=UUID(int=32)))

    booked = {each.key: (each.amount, each.outcome) for each in await lists.books(None, 10)}
    assert booked == {
        KEY: (eur(100_00), Outcome.SUCCEEDED),
        operation_key(ID, 5): (eur(30_00), Outcome.SUCCEEDED),
        operation_key(payout_id, 1): (eur(5), Outcome.REFUSED),
        operation_key(UUID(int=32), 1): (eur(100_00), Outcome.OPEN),
    }
