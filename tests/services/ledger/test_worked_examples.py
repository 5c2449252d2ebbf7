"""The worked examples of the books, as an accountant wrote them in worked_examples.txt.

A row is: example, what happened, currency, debits | credits, as `account:amount` in minor units.
Rows of one example and its letters (A1, A1s) are one entry; a fact may post several examples.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest

from libs.domain import Aggregate, happening
from services.ledger.domain import OrderBook, Payee, Payout, Treasury
from services.ledger.domain.adjustment import Kind
from services.ledger.domain.notes import (
    Arrival,
    Capture,
    Carriage,
    Conflict,
    Fate,
    Funds,
    Inspection,
    Note,
    Repayment,
    Shipment,
    Units,
)
from services.ledger.domain.rate import Rate
from services.ledger.domain.role import Role
from services.ledger.domain.sale import Fault, Value
from services.ledger.domain.treasury import OpenPosition
from services.ledger.rules import entry_for
from tests.services.ledger.orders import (
    ARRIVED,
    AUTHORIZED,
    CAPTURED,
    DAY,
    DELIVERED,
    FULL_SERVICE,
    FUNDS,
    LINE,
    NEVER,
    O1,
    PAYMENT,
    PLACED,
    REFUND,
    SETTLED,
    SHIPPED,
    WHOLE,
    cancelled,
    facts,
    opened,
    returned,
    settled,
    told,
    until,
)

EXAMPLES = Path(__file__).with_name("worked_examples.txt").read_text()

Side = dict[tuple[str, str], int]
"""Signed amounts by currency and account; debits are positive."""

ROWS = {line.split()[0]: line for line in EXAMPLES.strip().splitlines()}


def read(*names: str) -> Side:
    """What the named examples say together, net: what goes in and out of one account is nothing."""
    net: Side = {}
    for name in names:
        for currency, account, amount in _legs(ROWS[name]):
            net[currency, account] = net.get((currency, account), 0) + amount
    return {place: amount for place, amount in net.items() if amount}


def _legs(row: str) -> Iterator[tuple[str, str, int]]:
    debits, credits = row.split(" | C ")
    before, debits = debits.split(" D ")
    currency = before.split()[-1]
    for sign, side in ((1, debits), (-1, credits)):
        for leg in side.split():
            account, amount = leg.split(":")
            yield currency, account, sign * int(amount)


def posted(*recorded: Aggregate.Event) -> Side:
    """What the facts post, as the examples put it."""
    net: Side = {}
    for fact in recorded:
        for line in entry_for(fact).lines:
            place = (line.currency, line.account.code)
            net[place] = net.get(place, 0) + line.amount
    return {place: amount for place, amount in net.items() if amount}


def last(aggregate: Aggregate, kind: type[Aggregate.Event]) -> Aggregate.Event:
    """The last fact of a kind."""
    return [fact for fact in facts(aggregate) if isinstance(fact, kind)][-1]


# What happens


def o1(kind: type[Aggregate.Event], *notes: Note) -> Aggregate.Event:
    return last(until(opened(O1, *notes), NEVER), kind)


def full_service(kind: type[Aggregate.Event], *more: Note) -> Aggregate.Event:
    capture = Note(capture=Capture(PAYMENT, 2699, 2699, PLACED))
    carriage = Carriage(LINE, 1, cost=410, handling=120, duty=300)
    shipment = Note(shipment=Shipment((carriage,), PLACED + DAY))
    arrival = Note(arrival=Arrival((Units(LINE, 1),), DELIVERED))
    book = opened(FULL_SERVICE, capture, shipment, arrival, *more)
    return last(until(book, NEVER), kind)


def seen(fate: Fate) -> Note:
    return Note(inspection=Inspection(LINE, 1, fate, DELIVERED + DAY))


def seen_after_the_supplier_was_credited() -> Aggregate.Event:
    capture = Note(capture=Capture(PAYMENT, 2699, 2699, PLACED))
    arrival = Note(arrival=Arrival((Units(LINE, 1),), DELIVERED))
    book = until(opened(FULL_SERVICE, capture, arrival), NEVER)
    return last(told(book, seen(Fate.SUPPLIER)), OrderBook.GoodsCameBack)


def lost_on_the_way(kind: type[Aggregate.Event]) -> Aggregate.Event:
    """Our own lamp is lost, and the buyer gets everything back."""
    capture = Note(capture=Capture(PAYMENT, 2699, 2699, PLACED))
    loss = Note(arrival=Arrival((Units(LINE, 1),), DELIVERED, lost=True))
    whole = Value(gmv=2000, shipping=249, tax=450)
    refund = returned(DELIVERED, value=whole, fault=Fault.CARRIER, lost=True)
    return last(until(opened(FULL_SERVICE, capture, loss, refund), NEVER), kind)


def refunded_after_settlement(available: int) -> Aggregate.Event:
    book = told(settled(), returned(SETTLED + DAY), acme=available)
    return last(book, OrderBook.SettlementReversed)


def repaid(*, as_credit: bool) -> Aggregate.Event:
    repayment = Repayment(REFUND, PAYMENT, 2286, SETTLED, as_credit)
    kind = OrderBook.RefundCredited if as_credit else OrderBook.RefundPaid
    in_hold = returned(DELIVERED + DAY)
    return o1(kind, CAPTURED, SHIPPED, ARRIVED, in_hold, Note(repayment=repayment))


def payee(role: Role = Role.MERCHANT, name: str = "acme") -> Payee:
    with happening(SETTLED):
        return Payee(id=UUID(int=1), role=role, payee=name, legal_entity="US1", currency="USD")


def of_payee(act: Callable[[Payee], object]) -> Aggregate.Event:
    who = payee()
    with happening(SETTLED):
        act(who)
    return facts(who)[-1]


def adjusted(kind: Kind, reason: str, amount: int) -> Aggregate.Event:
    return of_payee(
        lambda p: p.adjust(
            UUID(int=8),
            kind=kind,
            reason=reason,
            amount=amount,
            market="US",
            available=10_000,
            at=SETTLED,
        )
    )


def of_treasury(currency: str, act: Callable[[Treasury], object]) -> Aggregate.Event:
    with happening(SETTLED):
        treasury = Treasury(id=UUID(int=2), legal_entity="US1", currency=currency)
        act(treasury)
    return facts(treasury)[-1]


PAYEES = Rate(71000, 10000, "terms")
MARKET = Rate(71200, 10000, "market")


def payout(act: Callable[[Payout], object]) -> list[Aggregate.Event]:
    """3266 USD on their way in CNY."""
    with happening(SETTLED):
        on_its_way = Payout.lock(
            UUID(int=3),
            payee(),
            3266,
            statement=UUID(int=4),
            withheld=0,
            rate=PAYEES,
            payout_currency="CNY",
            at=SETTLED,
        )
        act(on_its_way)
    return facts(on_its_way)


def creator_payout() -> Aggregate.Event:
    with happening(SETTLED):
        on_its_way = Payout.lock(
            UUID(int=3),
            payee(Role.CREATOR, "lina"),
            336,
            statement=UUID(int=4),
            withheld=34,
            rate=PAYEES,
            payout_currency="USD",
            at=SETTLED,
        )
    return facts(on_its_way)[0]


def supplier_payout() -> list[Aggregate.Event]:
    with happening(SETTLED):
        supplier = Payee(
            id=UUID(int=5),
            role=Role.SUPPLIER,
            payee="supplier",
            legal_entity="EU1",
            currency="CNY",
        )
        on_its_way = Payout.lock(
            UUID(int=6),
            supplier,
            6200,
            statement=UUID(int=7),
            withheld=0,
            rate=PAYEES,
            payout_currency="CNY",
            at=SETTLED,
        )
        on_its_way.pay(6200, MARKET, SETTLED)
    return facts(on_its_way)


def bought_then_failed(on_its_way: Payout) -> None:
    on_its_way.buy_currency(MARKET, SETTLED)
    on_its_way.fail("ACCOUNT_CLOSED", SETTLED)


LOST = Note(arrival=Arrival((Units(LINE, 2),), DELIVERED, lost=True))
LOSS = returned(DELIVERED, value=WHOLE, units=2, fault=Fault.CARRIER, lost=True)
KEPT_BACK = Note(funds=Funds(PAYMENT, -2286, 0, SETTLED))
IN_CONFLICT = Note(conflict=Conflict(PAYMENT, REFUND, 5071, "USD", PLACED))
IN_HOLD = returned(DELIVERED + DAY, label=450)
GOODWILL = returned(DELIVERED + DAY, value=Value(gmv=500), units=0, fault=Fault.PLATFORM)
FULL_RETURN = returned(DELIVERED + DAY, value=Value(gmv=2000, shipping=249, tax=450))

Facts = Callable[[], "Aggregate.Event | list[Aggregate.Event]"]
STORIES: dict[str, Facts] = {
    "A1 A1s": lambda: o1(OrderBook.CaptureAllocated, CAPTURED),
    "A1x": lambda: o1(OrderBook.ConflictTaken, IN_CONFLICT),
    "A2": lambda: o1(OrderBook.FundsReceived, CAPTURED, FUNDS),
    "A3": lambda: of_treasury("USD", lambda t: t.safeguard(held=4893, owed=5370, at=SETTLED)),
    "A4": lambda: o1(OrderBook.CarriageAccrued, CAPTURED, SHIPPED),
    "A5": lambda: o1(OrderBook.EscrowHeld, CAPTURED, SHIPPED, ARRIVED),
    "A6 A7 A8": lambda: o1(OrderBook.LinesSettled, CAPTURED, SHIPPED, ARRIVED),
    "A9": lambda: o1(OrderBook.ReserveReleased, CAPTURED, SHIPPED, ARRIVED),
    "A10": lambda: o1(OrderBook.CommissionReleased, CAPTURED, SHIPPED, ARRIVED),
    "A11": lambda: of_treasury("USD", lambda t: t.sweep(860, held=5370, owed=4510, at=SETTLED)),
    "A12": lambda: of_treasury(
        "USD", lambda t: t.remit_tax(market="US", sales_tax=371, vat=0, at=SETTLED)
    ),
    "B1 B1s": lambda: o1(OrderBook.EscrowRefunded, CAPTURED, cancelled()),
    "B2 B2s": lambda: o1(OrderBook.EscrowRefunded, CAPTURED, SHIPPED, ARRIVED, IN_HOLD),
    "B3": lambda: o1(OrderBook.ReturnLabelCharged, CAPTURED, SHIPPED, ARRIVED, IN_HOLD),
    "B4 B4a": lambda: o1(OrderBook.LinesSettled, CAPTURED, SHIPPED, ARRIVED, IN_HOLD),
    "B5": lambda: repaid(as_credit=False),
    "B5s": lambda: o1(OrderBook.FundsReceived, CAPTURED, FUNDS, KEPT_BACK),
    "B5x": lambda: repaid(as_credit=True),
    "B6 B6a B6s": lambda: refunded_after_settlement(available=10_000),
    "B7 B7a B7s": lambda: refunded_after_settlement(available=1000),
    "B8": lambda: of_payee(lambda p: p.recover(owed=569, available=3000, at=SETTLED)),
    "B9": lambda: of_payee(lambda p: p.write_off(owed=569, reason="closed", at=SETTLED)),
    "B10 B10s": lambda: o1(OrderBook.RefundBorne, CAPTURED, SHIPPED, ARRIVED, GOODWILL),
    "B11 B11s": lambda: o1(OrderBook.RefundBorne, CAPTURED, SHIPPED, LOST, LOSS),
    "D1 D1c": lambda: payout(lambda p: None)[0],
    "D2 D2c": lambda: payout(lambda p: p.pay(23189, MARKET, SETTLED))[1],
    "D3": lambda: payout(lambda p: p.pay(23189, MARKET, SETTLED))[2],
    "D4": lambda: payout(lambda p: p.pay(23189, MARKET, SETTLED))[3],
    "D5": lambda: payout(bought_then_failed)[-1],
    "D6 D6c": lambda: payout(lambda p: p.fail("ACCOUNT_CLOSED", SETTLED))[-1],
    "D7": creator_payout,
    "E1": lambda: full_service(OrderBook.CaptureAllocated),
    "E2 E2c": lambda: full_service(OrderBook.SupplyTaken),
    "E3": lambda: full_service(OrderBook.CarriageAccrued),
    "E4": lambda: full_service(OrderBook.RevenueEarned),
    "E5": lambda: full_service(OrderBook.SupplierCredited),
    "E6 E6c E6m": lambda: of_treasury(
        "EUR",
        lambda t: t.buy_currency(
            OpenPosition(owed=6200, set_aside=800),
            bought_currency="CNY",
            bought=6200,
            cost=795,
            carried=800,
            at=SETTLED,
        ),
    ),
    "E6p": supplier_payout,
    "E7": lambda: full_service(OrderBook.RevenueReversed, FULL_RETURN),
    "E8 E8c": lambda: full_service(OrderBook.GoodsCameBack, seen(Fate.SUPPLIER)),
    "E8p E8q": seen_after_the_supplier_was_credited,
    "E10": lambda: full_service(OrderBook.GoodsCameBack, seen(Fate.CLAIMED)),
    "E13": lambda: lost_on_the_way(OrderBook.GoodsLost),
    "E14 E14s": lambda: lost_on_the_way(OrderBook.EscrowRefunded),
    "J1": lambda: adjusted(Kind.STORAGE, "MARCH", -4200),
    "J5": lambda: adjusted(Kind.COMPENSATION, "LOST", 3600),
    "J6": lambda: adjusted(Kind.INBOUND, "LABELS", -900),
    "J9": lambda: adjusted(Kind.LIVE_SLOT, "FRIDAY", -2500),
    "J10": lambda: adjusted(Kind.PENALTY, "LATE_DISPATCH", -1000),
    "H1": lambda: o1(OrderBook.AuthorizationHeld, AUTHORIZED, CAPTURED),
    "H2": lambda: o1(OrderBook.AuthorizationReleased, AUTHORIZED, CAPTURED),
}


@pytest.mark.parametrize("names", STORIES)
def test_a_worked_example_is_what_the_facts_post(names: str) -> None:
    recorded = STORIES[names]()

    assert posted(*(recorded if isinstance(recorded, list) else [recorded])) == read(*names.split())


def test_every_row_of_the_table_is_tried() -> None:
    assert sorted(ROWS) == sorted(name for names in STORIES for name in names.split())


@pytest.mark.parametrize("name", ROWS)
def test_every_row_of_the_table_balances_per_currency_and_book(name: str) -> None:
    totals: dict[tuple[str, bool], int] = {}
    for currency, account, amount in _legs(ROWS[name]):
        book = (currency, account.startswith("9"))
        totals[book] = totals.get(book, 0) + amount

    assert set(totals.values()) == {0}
