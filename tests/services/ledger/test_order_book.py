"""What is decided about one order's money."""

from collections import Counter
from datetime import timedelta

import pytest

from libs.books import Book
from libs.domain import happening
from services.ledger.domain import OrderBook
from services.ledger.domain.facts import OrderPosted
from services.ledger.domain.notes import (
    Arrival,
    Capture,
    Case,
    Conflict,
    Fate,
    Funds,
    Inspection,
    Note,
    Repayment,
    Units,
    Void,
)
from services.ledger.domain.order_book import CaptureExceedsOrder
from services.ledger.domain.sale import Fault, Value
from services.ledger.rules import RULES, entry_for
from tests.services.ledger.orders import (
    ARRIVED,
    AUTHORIZED,
    CAPTURED,
    DAY,
    DELIVERED,
    FULL_SERVICE,
    LINE,
    NEVER,
    O1,
    ONE_UNIT,
    ORDER,
    PAYMENT,
    PLACED,
    REFUND,
    SETTLED,
    SHIPPED,
    TERMS,
    WHOLE,
    cancelled,
    facts,
    opened,
    returned,
    settled,
    told,
    until,
)

HALF = Value(gmv=1000, shipping=125, tax=225)
OTHER_HALF = Value(gmv=1000, shipping=124, tax=225)


def names(book: OrderBook) -> list[str]:
    return [type(fact).__name__ for fact in facts(book)]


def one_unit_arrived() -> Note:
    return Note(arrival=Arrival((Units(LINE, 1),), DELIVERED))


# What waits for what


def test_what_comes_before_the_order_waits_for_it() -> None:
    with happening(PLACED):
        book = OrderBook(id=ORDER, order_id=ORDER)
        book.note(CAPTURED)
        book.place(O1)

    assert names(book) == ["Opened", "Awaited", "Placed", "TakenUp", "CaptureAllocated"]


def test_a_delivery_waits_for_the_money() -> None:
    book = opened(O1, ARRIVED)
    facts(book)

    told(book, CAPTURED)

    assert names(book) == ["CaptureAllocated", "TakenUp", "EscrowHeld"]


def test_a_return_waits_for_the_delivery() -> None:
    book = opened(O1, CAPTURED, returned(DELIVERED + DAY))
    facts(book)

    told(book, ARRIVED)

    assert names(book) == ["EscrowHeld", "TakenUp", "EscrowRefunded"]


def test_money_given_back_waits_for_the_decision() -> None:
    repayment = Note(repayment=Repayment(REFUND, PAYMENT, 5070, PLACED))
    book = opened(O1, CAPTURED, repayment)
    facts(book)

    told(book, cancelled())

    assert names(book) == ["EscrowRefunded", "TakenUp", "RefundPaid"]


def test_the_same_thing_told_twice_is_taken_once() -> None:
    book = opened(O1, AUTHORIZED, CAPTURED, ARRIVED, returned(DELIVERED))
    facts(book)

    for note in (AUTHORIZED, CAPTURED, ARRIVED, returned(DELIVERED)):
        told(book, note)
    book.place(O1)

    assert names(book) == []


# Money comes in


def test_more_than_the_order_costs_is_not_taken_into_the_books() -> None:
    book = opened(O1)
    facts(book)

    with pytest.raises(CaptureExceedsOrder):
        told(book, Note(capture=Capture(PAYMENT, 5071, 5071, PLACED)))

    assert names(book) == []


@pytest.mark.parametrize("capture_first", [True, False])
def test_what_was_cancelled_and_never_captured_leaves_the_rest_paid(capture_first: bool) -> None:
    capture = Note(capture=Capture(PAYMENT, 5070 - 2286, 5070 - 2286, PLACED))
    cancellation = cancelled(ONE_UNIT, units=1)
    notes = [capture, cancellation] if capture_first else [cancellation, capture]

    book = opened(O1, AUTHORIZED, *notes)

    assert book.lines[LINE].value == WHOLE.less(ONE_UNIT)
    assert (book.lines[LINE].undelivered, book.lines[LINE].units) == (2749, 1)
    assert book.owed == {REFUND: 0}


def test_two_captures_add_up_to_the_line() -> None:
    book = opened(O1, Note(capture=Capture(PAYMENT, 1000, 1000, PLACED)))
    told(book, Note(capture=Capture(PAYMENT, 4070, 5070, PLACED)))

    assert book.lines[LINE].value == WHOLE
    assert book.lines[LINE].undelivered == 4999


def test_what_was_taken_in_conflict_is_settled_and_given_back_and_leaves_the_fee() -> None:
    book = opened(
        O1,
        AUTHORIZED,
        Note(conflict=Conflict(PAYMENT, REFUND, 5071, "EUR", PLACED)),
        Note(funds=Funds(PAYMENT, 5071, 177, PLACED + DAY, "EUR")),
        Note(repayment=Repayment(REFUND, PAYMENT, 5071, PLACED + DAY, currency="EUR")),
        Note(funds=Funds(PAYMENT, -5071, 0, PLACED + DAY, "EUR")),
    )

    lines = [line for fact in facts(book) if type(fact) in RULES for line in entry_for(fact).lines]
    left = Counter[str]()
    for line in lines:
        if line.account.book is Book.MONEY:
            assert line.currency == "EUR"
            left[line.account.code] += line.amount
    assert {code: amount for code, amount in left.items() if amount} == {"1020": -177, "5110": 177}
    assert book.held == {PAYMENT: 0}


def test_a_void_of_what_is_gone_ends_no_memo_twice() -> None:
    gone = Note(void=Void(PAYMENT, 5070, PLACED + DAY))
    book = opened(O1, AUTHORIZED, gone)
    facts(book)

    told(book, gone)

    assert facts(book) == []


def test_a_void_ends_the_memo_of_what_was_held() -> None:
    book = opened(O1, AUTHORIZED, Note(void=Void(PAYMENT, 5070, PLACED + DAY)))

    assert names(book) == ["Opened", "Placed", "AuthorizationHeld", "AuthorizationReleased"]


# Holds


def test_a_line_settles_when_its_hold_is_over_and_not_before() -> None:
    book = opened(O1, CAPTURED, SHIPPED, ARRIVED)
    facts(book)

    until(book, SETTLED - timedelta(seconds=1))
    assert names(book) == []
    assert book.due == SETTLED

    until(book, SETTLED)
    assert names(book) == ["LinesSettled"]


def test_what_falls_due_falls_due_once_and_at_its_own_moment() -> None:
    book = opened(O1, CAPTURED, SHIPPED, ARRIVED)
    facts(book)

    until(until(book, NEVER), NEVER)

    ended = [fact for fact in facts(book) if isinstance(fact, OrderPosted)]
    assert [(type(fact).__name__, fact.effective_at) for fact in ended] == [
        ("LinesSettled", SETTLED),
        ("CommissionReleased", DELIVERED + 15 * DAY),
        ("ReserveReleased", SETTLED + 30 * DAY),
    ]
    assert book.due is None


def test_a_line_waits_for_the_last_of_its_units() -> None:
    book = opened(O1, CAPTURED, SHIPPED, one_unit_arrived())

    assert book.lines[LINE].in_hold == 2500
    assert book.due is None


def test_an_open_case_stops_the_clock_and_its_end_starts_it_again() -> None:
    book = opened(
        O1, CAPTURED, SHIPPED, ARRIVED, Note(case=Case(LINE, "case", True, DELIVERED + DAY))
    )
    facts(book)

    assert names(until(book, NEVER)) == []

    closed_at = SETTLED + 3 * DAY
    told(book, Note(case=Case(LINE, "case", False, closed_at)))
    assert book.due == closed_at


def test_commission_never_comes_before_the_merchants_own_money() -> None:
    slow = O1._replace(terms=(TERMS._replace(settlement_hold_days=20),))
    book = opened(slow, CAPTURED, SHIPPED, ARRIVED)
    facts(book)

    until(book, DELIVERED + 20 * DAY)

    assert names(book) == ["LinesSettled", "CommissionReleased"]


def test_fees_beyond_the_escrow_are_owed_by_the_merchant() -> None:
    whole = returned(DELIVERED + DAY, value=WHOLE, units=2)
    book = opened(O1, CAPTURED, SHIPPED, ARRIVED, whole)

    until(book, SETTLED)

    (fact,) = (fact for fact in facts(book) if isinstance(fact, OrderBook.LinesSettled))
    (line,) = fact.items
    assert (line.escrow, line.available, line.reserve) == (0, 0, 0)
    assert line.shortfall == line.carriage + line.administration == 650 + 60


# Money goes back


def test_a_cancelled_unit_leaves_the_rest_on_its_way() -> None:
    book = opened(O1, CAPTURED, cancelled(ONE_UNIT, units=1), one_unit_arrived())

    assert (book.lines[LINE].undelivered, book.lines[LINE].in_hold) == (0, 2749)
    assert book.due == SETTLED


def test_shipping_that_is_kept_of_a_cancelled_line_settles_too() -> None:
    kept = Value(gmv=4500, platform_discount=300, tax=371)

    book = opened(O1, CAPTURED, cancelled(kept))

    assert book.lines[LINE].in_hold == 499
    assert book.due == PLACED + timedelta(hours=5) + 7 * DAY


@pytest.mark.parametrize(
    ("fault", "account"),
    [
        (Fault.CARRIER, "claim"),
        (Fault.WAREHOUSE, "compensation"),
        (Fault.PLATFORM, "goodwill"),
    ],
)
def test_what_is_not_the_merchants_fault_costs_the_merchant_nothing(
    fault: Fault, account: str
) -> None:
    book = opened(O1, CAPTURED, SHIPPED, ARRIVED, returned(DELIVERED + DAY, fault=fault))

    (fact,) = (fact for fact in facts(book) if isinstance(fact, OrderBook.RefundBorne))

    assert getattr(fact.items[0], account) == 2286 - 186
    assert book.lines[LINE].in_hold == 4999


def test_a_lost_parcel_settles_for_its_merchant() -> None:
    book = opened(O1, CAPTURED, SHIPPED, Note(arrival=Arrival((Units(LINE, 2),), DELIVERED, True)))

    assert book.due == SETTLED


def test_a_merchants_goods_that_came_back_are_no_concern_of_the_books() -> None:
    book = opened(O1, CAPTURED, ARRIVED)
    facts(book)

    told(book, Note(inspection=Inspection(LINE, 1, Fate.SUPPLIER, DELIVERED + DAY)))

    assert facts(book) == []


def test_our_goods_that_are_seen_before_their_arrival_is_known_wait_for_it() -> None:
    book = opened(
        FULL_SERVICE,
        Note(capture=Capture(PAYMENT, 2699, 2699, PLACED)),
        Note(inspection=Inspection(LINE, 1, Fate.SUPPLIER, DELIVERED + DAY)),
    )
    facts(book)

    told(book, one_unit_arrived())

    assert names(book)[-2:] == ["TakenUp", "GoodsCameBack"]
    assert book.lines[LINE].supply_owed == 0


def test_of_our_own_goods_what_is_lost_goes_back_and_what_arrived_is_earned() -> None:
    (line,) = FULL_SERVICE.lines
    two = FULL_SERVICE._replace(lines=(line._replace(quantity=2),))
    book = opened(
        two,
        Note(capture=Capture(PAYMENT, 2699, 2699, PLACED)),
        one_unit_arrived(),
        Note(arrival=Arrival((Units(LINE, 1),), DELIVERED, lost=True)),
        returned(DELIVERED, value=HALF, fault=Fault.CARRIER, lost=True),
    )

    told(book, returned(DELIVERED + DAY, value=OTHER_HALF, refund="later"))

    sources = [type(fact).__name__ for fact in facts(book) if hasattr(fact, "refund")]
    assert sources == ["EscrowRefunded", "RevenueReversed"]
    assert book.lines[LINE].undelivered == 0
    assert book.lines[LINE].goods == 0


def test_a_refund_after_settlement_asks_the_merchant_for_its_part() -> None:
    book = settled()
    refund = returned(SETTLED + DAY).refund
    assert refund is not None

    assert book.draws(refund) == {"acme": 1932}


def test_without_funds_the_reserve_pays_and_then_the_merchant_owes() -> None:
    book = told(settled(), returned(SETTLED + DAY))

    (fact,) = (fact for fact in facts(book) if isinstance(fact, OrderBook.SettlementReversed))
    (line,) = fact.items
    assert (line.available, line.reserve, line.shortfall) == (0, 363, 1569)
    assert book.lines[LINE].reserve_released_at is None


def test_commission_that_was_paid_already_is_owed_by_its_earner() -> None:
    book = told(until(settled(), DELIVERED + 15 * DAY), returned(DELIVERED + 16 * DAY))

    (fact,) = (fact for fact in facts(book) if isinstance(fact, OrderBook.SettlementReversed))
    (line,) = fact.items
    assert (line.commission, line.agency_commission, line.partner_share) == (0, 0, 0)
    assert (line.commission_owed, line.agency_owed, line.partner_owed) == (168, 42, 45)
