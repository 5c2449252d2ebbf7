"""How a payout is sent, once."""

from datetime import timedelta
from uuid import UUID

from libs.testing import ID, NOW, fact, given, recorded
from services.payment.domain import Kind, Operation, Payout, PayoutState, operation_key
from tests.services.payment.samples import eur

STATEMENT = UUID(int=9)
KEY = operation_key(ID, 1)
OPERATION = Operation(
    key=KEY,
    kind=Kind.PAYOUT,
    account=ID,
    amount=eur(500_00),
    instrument="silk-road",
    reference=STATEMENT,
)


def submitted() -> Payout:
    return given(
        Payout,
        fact(Payout.Requested, payee_id="silk-road", statement_id=STATEMENT, operation=OPERATION),
    )


def test_what_is_asked_of_the_bank_is_a_fact_first() -> None:
    payout = Payout.requested(
        id=ID, payee_id="silk-road", amount=eur(500_00), statement_id=STATEMENT
    )

    assert recorded(payout) == [
        fact(Payout.Requested, payee_id="silk-road", statement_id=STATEMENT, operation=OPERATION)
    ]


def test_an_answer_counts_once() -> None:
    payout = submitted()

    payout.record_success(KEY)
    payout.record_refusal(KEY, "account_closed")

    assert recorded(payout) == [
        fact(Payout.Paid, payee_id="silk-road", key=KEY, amount=eur(500_00))
    ]
    assert payout.state is PayoutState.PAID


def test_a_refusal_is_a_fact() -> None:
    payout = submitted()

    payout.record_refusal(KEY, "account_closed")

    assert recorded(payout) == [
        fact(
            Payout.Failed,
            payee_id="silk-road",
            key=KEY,
            amount=eur(500_00),
            failure_code="account_closed",
        )
    ]


def test_what_is_in_doubt_is_asked_about_and_not_sent_again() -> None:
    payout = submitted()
    later = NOW + timedelta(minutes=5)

    payout.record_doubt(KEY, now=NOW)
    payout.record_doubt(KEY, now=NOW)
    payout.fall_due(later)

    assert recorded(payout) == [
        fact(Payout.Doubted, ask_at=later),
        fact(Payout.InquiryRequested, operation=OPERATION, ask_at=later + timedelta(hours=1)),
    ]
    assert payout.state is PayoutState.UNKNOWN
