"""What is decided about a payee: statements, debits, adjustments, payouts."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest

from libs.domain import happening
from services.ledger.domain import Adjustment, Payee, Payout
from services.ledger.domain.adjustment import AlreadyApproved, Kind, SamePerson
from services.ledger.domain.payout import AmountDiffers
from services.ledger.domain.rate import Rate
from services.ledger.domain.role import Role
from services.ledger.rules import entry_for
from tests.services.ledger.orders import DAY, NEVER, ORDER, SETTLED, facts

STATEMENT = UUID(int=9)
CUT = datetime(2026, 3, 13, tzinfo=UTC)
RATE = Rate(2, 1, "table")


def payee() -> Payee:
    with happening(SETTLED):
        who = Payee(
            id=UUID(int=1), role=Role.MERCHANT, payee="acme", legal_entity="US1", currency="USD"
        )
    facts(who)
    return who


def after(who: Payee, act: Callable[[Payee], object]) -> list[object]:
    with happening(SETTLED):
        act(who)
    return list(facts(who))


def test_the_first_movement_of_a_day_asks_for_a_statement_at_its_end() -> None:
    who = payee()

    (expected,) = after(who, lambda p: p.expect_statement(SETTLED))

    assert isinstance(expected, Payee.StatementExpected)
    assert (expected.cut_at, who.due) == (CUT, CUT)
    assert after(who, lambda p: p.expect_statement(SETTLED)) == []


def test_the_cut_comes_when_the_day_is_over_and_once() -> None:
    who = payee()
    after(who, lambda p: p.expect_statement(SETTLED))

    assert after(who, lambda p: p.fall_due(SETTLED)) == []
    (cut,) = after(who, lambda p: p.fall_due(CUT))
    assert isinstance(cut, Payee.CutReached)
    assert after(who, lambda p: p.fall_due(NEVER)) == []


def test_a_movement_learnt_late_is_for_the_next_statement() -> None:
    who = payee()
    after(who, lambda p: p.expect_statement(SETTLED))
    after(who, lambda p: p.fall_due(CUT))

    after(who, lambda p: p.expect_statement(SETTLED - 5 * DAY))

    assert who.due == CUT + DAY


def test_each_day_on_which_something_moved_is_cut_by_itself_however_late_we_look() -> None:
    who = payee()
    after(who, lambda p: p.expect_statement(SETTLED + 3 * DAY))
    after(who, lambda p: p.expect_statement(SETTLED))

    cuts = after(who, lambda p: p.fall_due(NEVER))

    assert [cut.cut_at for cut in cuts if isinstance(cut, Payee.CutReached)] == [CUT, CUT + 3 * DAY]
    assert who.due is None


def closed(who: Payee, *, available: int, sequence: int, cut_at: datetime = CUT) -> list[object]:
    return after(
        who,
        lambda p: p.close_statement(
            STATEMENT, cut_at=cut_at, available=available, reserve=0, sequence=sequence
        ),
    )


def test_a_statement_opens_where_the_last_one_closed() -> None:
    who = payee()
    closed(who, available=3266, sequence=40)

    (statement,) = closed(who, available=500, sequence=90, cut_at=CUT + DAY)

    assert isinstance(statement, Payee.StatementClosed)
    assert (statement.opening, statement.closing) == (3266, 500)
    assert (statement.from_sequence, statement.through_sequence) == (40, 90)
    assert (statement.opened_at, statement.cut_at) == (CUT, CUT + DAY)


def test_a_day_is_closed_once() -> None:
    who = payee()
    closed(who, available=1, sequence=40)

    assert closed(who, available=2, sequence=41) == []


def test_two_days_that_were_known_at_one_sequence_are_two_statements() -> None:
    who = payee()
    closed(who, available=100, sequence=40)

    (second,) = closed(who, available=300, sequence=40, cut_at=CUT + DAY)

    assert isinstance(second, Payee.StatementClosed)
    assert (second.opening, second.closing) == (100, 300)


@pytest.mark.parametrize(
    ("owed", "available", "left"), [(569, 3000, 2431), (569, 200, 0), (0, 200, 200), (569, 0, 0)]
)
def test_what_is_owed_to_us_comes_first(owed: int, available: int, left: int) -> None:
    who = payee()
    result: list[int] = []
    after(who, lambda p: result.append(p.recover(owed=owed, available=available, at=SETTLED)))
    assert result == [left]


def test_a_refund_draws_no_more_than_there_is() -> None:
    who = payee()

    (drawn,) = after(who, lambda p: p.draw(1932, available=1000, order_id=ORDER))

    assert isinstance(drawn, Payee.Drawn)
    assert drawn.amount == 1000
    assert after(who, lambda p: p.draw(1932, available=-5, order_id=ORDER)) == []


def adjusted(kind: Kind, amount: int, *, available: int) -> dict[tuple[str, str], int]:
    (fact,) = after(
        payee(),
        lambda p: p.adjust(
            UUID(int=3),
            kind=kind,
            reason="AMAZONFEE",
            amount=amount,
            market="US",
            available=available,
            at=SETTLED,
        ),
    )
    assert isinstance(fact, Payee.Adjusted)
    return {(line.account.code, line.currency): line.amount for line in entry_for(fact).lines}


def test_an_adjustment_against_a_payee_takes_what_is_there_and_leaves_the_rest_owed() -> None:
    assert adjusted(Kind.FEE, -1500, available=1000) == {
        ("2130", "USD"): 1000,
        ("1210", "USD"): 500,
        ("1911", "USD"): -1500,
    }


def test_an_adjustment_for_a_payee_is_simply_theirs() -> None:
    assert adjusted(Kind.MANUAL, 700, available=0) == {
        ("2130", "USD"): -700,
        ("1913", "USD"): 700,
    }


def test_a_cancellation_that_nobody_can_match_reverses_gmv() -> None:
    lines = adjusted(Kind.UNMATCHED_CANCELLATION, -700, available=700)

    assert (lines["9019", "USD"], lines["9011", "USD"]) == (700, -700)


def test_a_residue_is_counted_in_thousandths_beside_the_money() -> None:
    assert adjusted(Kind.RESIDUE, 4, available=0) == {
        ("9030", "USD/3"): 4,
        ("9039", "USD/3"): -4,
    }


def proposed() -> Adjustment:
    with happening(SETTLED):
        return Adjustment(
            id=UUID(int=3),
            role=Role.MERCHANT,
            payee="acme",
            legal_entity="US1",
            currency="USD",
            kind=Kind.GOODWILL,
            reason="LATE",
            amount=500,
            market="US",
            effective_at=SETTLED,
            proposed_by="ann",
        )


def test_an_adjustment_takes_two_persons() -> None:
    adjustment = proposed()

    with pytest.raises(SamePerson), happening(SETTLED):
        adjustment.approve("ann")
    assert adjustment.approved_by == ""

    with happening(SETTLED):
        adjustment.approve("bob")
    assert adjustment.approved_by == "bob"


def test_an_adjustment_is_approved_once() -> None:
    adjustment = proposed()
    with happening(SETTLED):
        adjustment.approve("bob")

    with pytest.raises(AlreadyApproved):
        adjustment.approve("eve")


def locked(currency: str = "EUR") -> Payout:
    with happening(SETTLED):
        return Payout.lock(
            UUID(int=4),
            payee(),
            1000,
            statement=STATEMENT,
            withheld=0,
            rate=RATE,
            payout_currency=currency,
            at=SETTLED,
        )


def test_the_rate_is_pinned_when_the_payout_is_ordered() -> None:
    (fact,) = facts(locked())

    assert isinstance(fact, Payout.Locked)
    assert (fact.paid, fact.rate) == (2000, "2/1 table")


def test_another_amount_than_was_ordered_is_not_believed() -> None:
    payout = locked()
    facts(payout)

    with pytest.raises(AmountDiffers), happening(SETTLED):
        payout.pay(1999, RATE, SETTLED)

    assert facts(payout) == []


def test_a_payout_ends_once() -> None:
    payout = locked("USD")
    with happening(SETTLED):
        payout.pay(1000, RATE, SETTLED)
        facts(payout)
        payout.pay(1000, RATE, SETTLED)
        payout.fail("CLOSED", SETTLED)

    assert facts(payout) == []


def test_a_loss_on_the_rate_is_ours_and_not_the_clients() -> None:
    payout = locked()
    with happening(SETTLED):
        payout.pay(2000, Rate(19, 10, "market"), SETTLED)

    _, bought, margin, _ = facts(payout)

    assert isinstance(bought, Payout.FxBought)
    assert isinstance(margin, Payout.FxMarginTaken)
    assert bought.client_cost == 1053
    assert (margin.loss, margin.gain, margin.client_gain) == (53, 0, -53)
