"""Amounts are whole minor units of one currency."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.money import CurrencyMismatch, Money, SubMinorAmount, UnknownCurrency
from libs.money.currency import EXPONENTS, exponent

AMOUNTS = st.builds(Money, st.integers(-(10**15), 10**15), st.sampled_from(sorted(EXPONENTS)))


@pytest.mark.parametrize(
    ("currency", "digits"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("XAF", 0)]
)
def test_a_currency_has_as_many_digits_as_iso_4217_says(currency: str, digits: int) -> None:
    assert exponent(currency) == digits


@pytest.mark.parametrize("code", ["", "eur", "EURO", "XXX", "XAU", "DEM", "HRK", "BGN"])
def test_what_is_no_current_currency_is_refused(code: str) -> None:
    with pytest.raises(UnknownCurrency):
        exponent(code)


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [("10.50", "EUR", 10_50), ("-0.01", "EUR", -1), ("700", "JPY", 700), ("1.001", "KWD", 1_001)],
)
def test_a_decimal_is_read_exactly(text: str, currency: str, amount: int) -> None:
    assert Money.parse(text, currency) == Money(amount, currency)


@pytest.mark.parametrize(("text", "currency"), [("10.505", "EUR"), ("0.5", "JPY")])
def test_what_is_finer_than_the_minor_unit_is_not_rounded(text: str, currency: str) -> None:
    with pytest.raises(SubMinorAmount):
        Money.parse(text, currency)


@given(AMOUNTS)
def test_an_amount_written_as_a_decimal_reads_back_the_same(money: Money) -> None:
    assert Money.parse(money.decimal(), money.currency) == money


def test_amounts_of_one_currency_add_up() -> None:
    assert Money(10_00, "EUR") + Money(50, "EUR") - Money(1, "EUR") == Money(10_49, "EUR")
    assert -Money(5, "EUR") == Money(-5, "EUR")
    assert 3 * Money(5, "EUR") == Money(5, "EUR") * 3 == Money(15, "EUR")


def test_amounts_of_one_currency_have_an_order() -> None:
    assert Money(1, "EUR") < Money(2, "EUR") <= Money(2, "EUR")
    assert max(Money(1, "EUR"), Money(2, "EUR")) == Money(2, "EUR")


def test_only_nothing_is_false() -> None:
    assert not Money.zero("EUR")
    assert Money(-1, "EUR")


EURO, DOLLAR = Money(1, "EUR"), Money(1, "USD")


@pytest.mark.parametrize(
    "mix", [lambda: EURO + DOLLAR, lambda: EURO - DOLLAR, lambda: EURO < DOLLAR]
)
def test_currencies_do_not_mix(mix: object) -> None:
    assert callable(mix)
    with pytest.raises(CurrencyMismatch):
        mix()


def test_equal_numbers_of_two_currencies_are_not_equal_amounts() -> None:
    assert EURO != DOLLAR


@pytest.mark.parametrize("factor", [0.5, Decimal("0.5")])
def test_money_is_multiplied_by_whole_units_only(factor: object) -> None:
    with pytest.raises(TypeError, match="whole units"):
        Money(10, "EUR") * factor  # type: ignore[operator]


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(1_234_56, "EUR"), "1,234.56 EUR"),
        (Money(-5, "EUR"), "-0.05 EUR"),
        (Money(700, "JPY"), "700 JPY"),
    ],
)
def test_an_amount_reads_as_people_write_it(money: Money, text: str) -> None:
    assert str(money) == text
