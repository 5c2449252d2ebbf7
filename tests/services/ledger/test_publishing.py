"""What the others learn of the ledger."""

from datetime import UTC
from uuid import UUID

import pytest

from libs.contracts.ledger.v1 import events_pb2 as events
from libs.domain import Aggregate, happening
from libs.eventstore.mapper import facts_of
from services.ledger.domain import KINDS, OrderBook, Payee, Payout
from services.ledger.domain.rate import Rate
from services.ledger.domain.role import Role
from services.ledger.publishing import publish
from tests.services.ledger.orders import (
    ARRIVED,
    CAPTURED,
    DAY,
    DELIVERED,
    LINE,
    NEVER,
    O1,
    ORDER,
    SETTLED,
    SHIPPED,
    facts,
    opened,
    until,
)

EVERY_FACT = [fact for kind in KINDS for fact in facts_of(kind)]


@pytest.mark.parametrize("fact", EVERY_FACT, ids=lambda fact: fact.__qualname__)
def test_of_every_fact_it_is_decided_whether_others_may_know(fact: type[Aggregate.Event]) -> None:
    assert publish.dispatch(fact) is not publish.dispatch(object)


def published(kind: type[Aggregate.Event]) -> object:
    book = until(opened(O1, CAPTURED, SHIPPED, ARRIVED), NEVER)
    (fact,) = (fact for fact in facts(book) if isinstance(fact, kind))
    return publish(fact)


def test_others_learn_what_a_line_came_to() -> None:
    message = published(OrderBook.LinesSettled)

    assert isinstance(message, events.LinesSettled)
    assert message.order_id == str(ORDER)
    assert message.legal_entity == "US1"
    assert message.settled_at.ToDatetime(tzinfo=UTC) == SETTLED
    assert list(message.lines) == [
        events.SettledLine(line_id=LINE, merchant_id="acme", available=3266, reserve=363)
    ]


def test_everybody_who_earned_by_an_order_is_named_when_it_is_released() -> None:
    message = published(OrderBook.CommissionReleased)

    assert isinstance(message, events.EarningsReleased)
    assert message.released_at.ToDatetime(tzinfo=UTC) == DELIVERED + 15 * DAY
    assert [(earning.payee_id, earning.role) for earning in message.earnings] == [
        ("stars", events.PAYEE_ROLE_AGENCY),
        ("lina", events.PAYEE_ROLE_CREATOR),
        ("studio", events.PAYEE_ROLE_PARTNER),
    ]


def test_what_the_buyer_paid_stays_in_the_books() -> None:
    assert published(OrderBook.CaptureAllocated) is None


def test_a_payout_is_ordered_in_the_payees_currency() -> None:
    with happening(SETTLED):
        payee = Payee(
            id=UUID(int=1), role=Role.MERCHANT, payee="acme", legal_entity="US1", currency="USD"
        )
        payout = Payout.lock(
            UUID(int=2),
            payee,
            3266,
            statement=UUID(int=3),
            withheld=0,
            rate=Rate(71, 10, "terms"),
            payout_currency="CNY",
            at=SETTLED,
        )

    message = publish(facts(payout)[0])

    assert isinstance(message, events.PayoutDue)
    assert (message.payout_id, message.payee_id) == (str(UUID(int=2)), "acme")
    assert (message.amount, message.currency) == (23189, "CNY")
    assert message.statement_id == str(UUID(int=3))


def test_a_day_that_is_over_is_announced_to_the_ledger_itself() -> None:
    with happening(SETTLED):
        payee = Payee(
            id=UUID(int=1), role=Role.CREATOR, payee="lina", legal_entity="US1", currency="USD"
        )
        payee.expect_statement(SETTLED)
        payee.fall_due(NEVER)

    message = publish(facts(payee)[-1])

    assert isinstance(message, events.StatementDue)
    assert (message.payee_id, message.role) == ("lina", events.PAYEE_ROLE_CREATOR)
    assert message.legal_entity == "US1"
