"""The laws of the books, on orders at random."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from libs.books import Book, Entry, Line
from libs.domain import Aggregate, happening
from libs.eventstore.mapper import facts_of
from services.ledger import chart, domain
from services.ledger.domain import OrderBook, Payee, Payout
from services.ledger.domain.notes import Arrival, Capture, Note, Refund, RefundLine, Units
from services.ledger.domain.rate import Rate
from services.ledger.domain.role import Role
from services.ledger.domain.sale import Fault, Sale
from services.ledger.rules import RULES, SILENT, entry_for
from tests.services.ledger.orders import (
    ARRIVED,
    CAPTURED,
    DAY,
    DELIVERED,
    NEVER,
    O1,
    PAYMENT,
    PLACED,
    SETTLED,
    facts,
    opened,
    until,
)
from tests.services.ledger.stories import Story, interleaved, sales, stories, told, worth

Place = tuple[str, str, tuple[str, ...]]

NEVER_NEGATIVE = {"2060", "2110", "2120", "2140", "2150", "2210", "2220", "2230", "2310"}
"""Accounts that may run out but not turn round (L3)."""

CLIENTS_HOLD = {"1020", "1110"}
OWED_TO_CLIENTS = {
    "2060",
    "2070",
    "2110",
    "2120",
    "2130",
    "2140",
    "2150",
    "2210",
    "2211",
    "2220",
    "2221",
} | {"2230", "2231", "2310", "2410", "2420", "2430"}


def entries(recorded: Iterable[Aggregate.Event]) -> list[Entry]:
    return [entry_for(fact) for fact in recorded if type(fact) in RULES]


def balances(posted: Iterable[Entry]) -> dict[Place, int]:
    """What stands where, afterwards."""
    sums: defaultdict[Place, int] = defaultdict(int)
    for entry in posted:
        for line in entry.lines:
            sums[place(line)] += line.amount
    return {where: amount for where, amount in sums.items() if amount}


def place(line: Line) -> Place:
    return line.account.code, line.currency, line.dimensions


def total(of: dict[Place, int], *codes: str, currency: str = "GBP") -> int:
    """The accounts' balance as their normal side reads it."""
    return sum(
        chart.CHART[code].natural(amount)
        for (code, unit, _), amount in of.items()
        if code in codes and unit == currency
    )


# L1, L3, L4


@given(stories())
def test_every_entry_balances_per_currency_and_book(story: Story) -> None:
    book = until(told(story.straight()), NEVER)

    for entry in entries(facts(book)):
        sums: defaultdict[tuple[Book, str], int] = defaultdict(int)
        for line in entry.lines:
            sums[line.account.book, line.currency] += line.amount
        assert not any(sums.values())


@given(stories().flatmap(interleaved))
def test_what_is_set_aside_never_turns_negative(tellings: list[Sale | Note]) -> None:
    standing: defaultdict[Place, int] = defaultdict(int)

    for entry in entries(facts(until(told(tellings), NEVER))):
        for line in entry.lines:
            standing[place(line)] += line.amount
            if line.account.code in NEVER_NEGATIVE:
                assert line.account.natural(standing[place(line)]) >= 0, entry


@given(stories())
def test_nothing_is_left_in_escrow_when_all_is_over(story: Story) -> None:
    after = balances(entries(facts(until(told(story.straight()), NEVER))))

    left = {
        where for where in after if where[0] in {"2110", "2120", "2140", "2620", "1330", "1150"}
    }
    assert left == set()


# Any order of arrival


@settings(max_examples=200)
@given(st.data(), stories())
def test_the_order_in_which_topics_arrive_changes_no_balance(
    data: st.DataObject, story: Story
) -> None:
    mixed = data.draw(interleaved(story))

    straight = until(told(story.straight()), NEVER)
    otherwise = until(told(mixed), NEVER)

    assert balances(entries(facts(otherwise))) == balances(entries(facts(straight)))


# L11


@given(sales(), st.booleans())
def test_refunds_unit_by_unit_give_back_all_that_was_earned(sale: Sale, released: bool) -> None:
    """The last unit clears to zero what the first took a share of."""
    total_charged = sum(line.value.charged for line in sale.lines)
    capture = Note(capture=Capture(PAYMENT, total_charged, total_charged, PLACED))
    book = told([sale, capture, _all_arrives(sale)])
    until(book, NEVER if released else DELIVERED + 60 * DAY)
    with happening(NEVER):
        for number in range(max(line.quantity for line in sale.lines)):
            book.note(Note(refund=_one_of_each(sale, number)))

    after = balances(entries(facts(book)))

    assert total(after, "4010", "5140", "4130", "5130") == 0
    assert total(after, "4110") == total(after, "4120")
    assert total(after, "9010") == total(after, "9011")
    assert total(after, "2060") == total_charged
    assert total(after, "2410", "2420", "2430") == 0
    assert total(after, "2210", "2211", "2220", "2221", "2230", "2231") == total(after, "1220")


def _all_arrives(sale: Sale) -> Note:
    units = tuple(Units(line.order_line, line.quantity) for line in sale.lines)
    return Note(arrival=Arrival(units, DELIVERED))


def _one_of_each(sale: Sale, number: int) -> Refund:
    return Refund(
        refund=str(UUID(int=number)),
        payment=PAYMENT,
        lines=tuple(
            RefundLine(line.order_line, 1, worth(line, units=1, before=number))
            for line in sale.lines
            if number < line.quantity
        ),
        fault=Fault.BUYER,
        at=NEVER,
    )


# L2


def test_every_fact_posts_by_one_rule_or_is_known_to_post_nothing() -> None:
    kinds = domain.KINDS
    every = {fact for kind in kinds for fact in facts_of(kind)}

    assert set(RULES) | SILENT == every
    assert set(RULES) & SILENT == set()
    assert len({rule.name for rule in RULES.values()}) == len(RULES)


# L5


@given(stories())
def test_topping_up_covers_what_clients_are_owed(story: Story) -> None:
    after = balances(entries(facts(until(told(story.straight()), NEVER))))
    held = total(after, *CLIENTS_HOLD)
    owed = total(after, *OWED_TO_CLIENTS)
    with happening(NEVER):
        treasury = domain.Treasury(id=UUID(int=1), legal_entity="UK1", currency="GBP")
        treasury.safeguard(held=held, owed=owed, at=NEVER)

    covered = balances(entries(facts(treasury)))

    assert held + total(covered, *CLIENTS_HOLD) >= owed


# L7


@given(
    st.integers(1, 10**9),
    st.integers(1, 10**6),
    st.integers(1, 10**6),
    st.booleans(),
    st.sampled_from(Role),
)
def test_a_closed_payout_leaves_no_position(
    amount: int, payee_rate: int, market_rate: int, paid: bool, role: Role
) -> None:
    with happening(SETTLED):
        payee = Payee(id=UUID(int=1), role=role, payee="acme", legal_entity="UK1", currency="GBP")
        payout = Payout.lock(
            UUID(int=2),
            payee,
            amount,
            statement=UUID(int=3),
            withheld=amount // 10,
            rate=Rate(payee_rate, 10_000, "terms"),
            payout_currency="CNY",
            at=SETTLED,
        )
        if paid:
            payout.pay(payout.paid, Rate(market_rate, 10_000, "market"), SETTLED)
        else:
            payout.fail("CLOSED", SETTLED)

    after = balances(entries(facts(payout)))

    assert not {where for where in after if where[0] in {"1900", "2310"}}


# L10


def test_what_is_learnt_late_keeps_the_day_on_which_it_happened() -> None:
    book = opened(O1, CAPTURED, ARRIVED)
    with happening(NEVER):
        book.fall_due(NEVER)

    (fact,) = [fact for fact in facts(book) if isinstance(fact, OrderBook.LinesSettled)]
    assert (fact.effective_at, fact.timestamp) == (SETTLED, NEVER)
