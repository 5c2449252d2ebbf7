"""What payments can be listed by, and what we have booked."""

from collections.abc import Callable
from uuid import UUID

import asyncpg
import pytest

from libs.eventstore import Store
from libs.eventstore.index import MemoryIndex, PostgresIndex, Streams
from libs.testing import ID, NOW
from services.payment.domain import (
    CapturePolicy,
    Outcome,
    Payment,
    PaymentState,
    Payout,
    operation_key,
)
from services.payment.readmodel import (
    TABLES,
    MemoryOurBooks,
    PaymentLists,
    PostgresOurBooks,
    project,
)
from tests.services.payment.samples import ORDER, REFUND, eur
from tests.services.places import InMemory, OnPostgres, Place

KEY = operation_key(ID, 1)


@pytest.fixture
def in_memory(store: Store) -> InMemory[PaymentLists]:
    return InMemory(PaymentLists(MemoryIndex(store), MemoryOurBooks(Streams(store))), store)


@pytest.fixture
def on_postgres(pool: "asyncpg.Pool[asyncpg.Record]") -> OnPostgres[PaymentLists]:
    index = PostgresIndex(pool, TABLES, id_column="payment_id")
    return OnPostgres(PaymentLists(index, PostgresOurBooks(pool)), pool, project)


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
    payment.record_success(KEY, eur(100_00))
    payment.give_back(REFUND, eur(amount))
    payment.record_success(operation_key(ID, 5), eur(100_00))
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
    payment.record_success(KEY, eur(100_00))
    payment.withdraw()
    payment.record_success(operation_key(ID, 4), eur(100_00))
    return payment


def partly_captured() -> Payment:
    payment = requested(CapturePolicy.AT_HAND_OVER)
    payment.record_success(KEY, eur(100_00))
    payment.capture(eur(60_00))
    payment.record_success(operation_key(ID, 3), eur(100_00))
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
    place: Place[PaymentLists], payment: Callable[[], Payment]
) -> None:
    told = payment()

    await place.tell(told)

    for state in PaymentState:
        found = await place.lists.search(
            order_id=ORDER, buyer_id="buyer-1", state=state, after=None, limit=10
        )
        assert [row.id for row in found] == ([ID] if state is told.state else [])


async def test_a_buyer_finds_none_of_others(place: Place[PaymentLists]) -> None:
    await place.tell(requested())

    found = await place.lists.search(
        order_id=None, buyer_id="buyer-2", state=None, after=None, limit=10
    )

    assert found == []


async def test_payments_are_listed_page_by_page(place: Place[PaymentLists]) -> None:
    for number in range(1, 4):
        await place.tell(requested(id=UUID(int=number)))

    first = await place.lists.search(order_id=ORDER, buyer_id=None, state=None, after=None, limit=2)
    rest = await place.lists.search(
        order_id=ORDER, buyer_id=None, state=None, after=first[-1].number, limit=2
    )

    assert [row.id.int for row in [*first, *rest]] == [1, 2, 3]


async def test_every_operation_is_booked_with_its_outcome(place: Place[PaymentLists]) -> None:
    payout_id = UUID(int=31)
    payout = Payout.requested(
        id=payout_id, payee_id="silk-road", amount=eur(5), statement_id=UUID(int=9)
    )
    payout.record_refusal(operation_key(payout_id, 1), "account_closed")

    await place.tell(refunded(30_00))
    await place.tell(payout)
    await place.tell(requested(id=UUID(int=32)))

    booked = {each.key: (each.amount, each.outcome) for each in await place.lists.books(None, 10)}
    assert booked == {
        KEY: (eur(100_00), Outcome.SUCCEEDED),
        operation_key(ID, 5): (eur(30_00), Outcome.SUCCEEDED),
        operation_key(payout_id, 1): (eur(5), Outcome.REFUSED),
        operation_key(UUID(int=32), 1): (eur(100_00), Outcome.OPEN),
    }
