"""An entry balances per currency and per book, or it does not exist."""

import pytest

from libs.books import Account, Book, Entry, Leg, Line, Side, Unbalanced, credit, debit

CASH = Account("1010", "Cash", Side.DEBIT)
PAYABLE = Account("2130", "Payable", Side.CREDIT, by=("market", "payee"))
SALES = Account("9010", "Sales", Side.DEBIT, Book.STAT)
SALES_CONTRA = Account("9019", "Sales, contra", Side.CREDIT, Book.STAT)

HERE = {"currency": "EUR", "market": "DE", "payee": "acme", "surface": "LIVE"}


def placed(*legs: Leg) -> list[Line]:
    return [leg.placed(HERE) for leg in legs]


def test_an_entry_has_as_much_on_the_left_as_on_the_right() -> None:
    entry = Entry.of("paid", placed(debit(CASH, 500), credit(PAYABLE, 500)))

    assert [(str(line.account), line.amount) for line in entry.lines] == [
        ("1010 Cash", 500),
        ("2130 Payable", -500),
    ]


def test_an_entry_that_does_not_balance_cannot_exist() -> None:
    with pytest.raises(Unbalanced, match="paid: MONEY EUR is off by 1"):
        Entry.of("paid", placed(debit(CASH, 500), credit(PAYABLE, 499)))


def test_each_currency_balances_alone() -> None:
    with pytest.raises(Unbalanced):
        Entry.of("changed", placed(debit(CASH, 500), credit(PAYABLE, 500, currency="USD")))


def test_each_book_balances_alone() -> None:
    with pytest.raises(Unbalanced):
        Entry.of("sold", placed(debit(SALES, 500), credit(CASH, 500)))

    assert Entry.of("sold", placed(debit(SALES, 500), credit(SALES_CONTRA, 500))).lines


def test_what_is_zero_falls_away() -> None:
    entry = Entry.of("waived", placed(debit(CASH, 0), credit(PAYABLE, 0)))

    assert entry.lines == ()


def test_lines_on_one_place_become_one() -> None:
    legs = [credit(PAYABLE, 200), credit(PAYABLE, 300, payee="zen"), credit(PAYABLE, 100)]

    entry = Entry.of("shared", placed(debit(CASH, 600), *legs))

    assert [(line.amount, line.dimensions) for line in entry.lines[1:]] == [
        (-300, ("DE", "acme")),
        (-300, ("DE", "zen")),
    ]


def test_a_line_is_placed_by_what_its_account_is_kept_by_and_nothing_else() -> None:
    line = credit(PAYABLE, 1).placed(HERE)

    assert line.dimensions == ("DE", "acme")
    assert (line.at("payee"), line.at("surface")) == ("acme", "")


def test_a_dimension_that_nobody_named_is_empty() -> None:
    assert credit(PAYABLE, 1).placed({"currency": "EUR"}).dimensions == ("", "")


def test_a_balance_reads_positive_on_its_normal_side() -> None:
    assert (CASH.natural(500), PAYABLE.natural(-500)) == (500, 500)
