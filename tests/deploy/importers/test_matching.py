"""A cancellation takes back what the same customer bought of the same code, newest first."""

from hypothesis import given
from hypothesis import strategies as st

from deploy.local.importers.online_retail.matching import Match, Sales
from deploy.local.importers.online_retail.reading import Line
from tests.deploy.importers.retail import line


def sold(*lines: Line) -> Sales:
    sales = Sales()
    for sale in lines:
        sales.sell(sale)
    return sales


def cancelled(quantity: int, *, code: str = "85123A", customer: str = "17850") -> Line:
    return line(99, invoice="C1", quantity=-quantity, code=code, customer=customer)


OLD, NEW = line(2, quantity=4), line(3, quantity=2)


def test_the_newest_sale_comes_back_first() -> None:
    sales = sold(OLD, NEW)

    assert sales.take_back(cancelled(3)) == ([Match(NEW, 2), Match(OLD, 1)], 0)


def test_what_came_back_once_does_not_come_back_again() -> None:
    sales = sold(OLD)
    sales.take_back(cancelled(3))

    assert sales.take_back(cancelled(3)) == ([Match(OLD, 1)], 2)


def test_another_customers_sale_is_not_taken_back() -> None:
    assert sold(OLD).take_back(cancelled(1, customer="13047")) == ([], 1)


def test_another_code_is_not_taken_back() -> None:
    assert sold(OLD).take_back(cancelled(1, code="85123B")) == ([], 1)


def test_customers_without_a_name_cannot_be_told_apart() -> None:
    sales = sold(line(customer=""))

    assert sales.take_back(cancelled(1, customer="")) == ([], 1)


@given(st.lists(st.integers(1, 9), max_size=8), st.lists(st.integers(1, 9), max_size=8))
def test_no_unit_is_lost_or_taken_back_twice(bought: list[int], back: list[int]) -> None:
    sales = sold(*(line(number, quantity=units) for number, units in enumerate(bought)))

    answers = [sales.take_back(cancelled(units)) for units in back]

    taken = [sum(match.units for match in matches) for matches, _ in answers]
    assert [units + missing for units, (_, missing) in zip(taken, answers, strict=True)] == back
    assert sum(taken) == min(sum(bought), sum(back))
