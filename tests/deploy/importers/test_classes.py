"""Every line has one class, told from its code, sign and price."""

import pytest
from hypothesis import given

from deploy.local.importers.online_retail.classes import LineClass, class_of, is_product
from deploy.local.importers.online_retail.reading import Line
from tests.deploy.importers.retail import any_line, line


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("POST", LineClass.CARRIAGE),
        ("DOT", LineClass.CARRIAGE),
        ("C2", LineClass.CARRIAGE),
        ("M", LineClass.MANUAL),
        ("m", LineClass.MANUAL),
        ("D", LineClass.DISCOUNT),
        ("S", LineClass.SAMPLE),
        ("B", LineClass.BAD_DEBT),
        ("CRUK", LineClass.CHARITY),
        ("BANK CHARGES", LineClass.FEE),
        ("AMAZONFEE", LineClass.FEE),
        ("EBAYFEE", LineClass.FEE),
        ("PADS", LineClass.UNKNOWN),
        ("TEST", LineClass.UNKNOWN),
        ("12 345", LineClass.UNKNOWN),
    ],
)
def test_words_that_stand_for_a_stock_code_are_charges(code: str, kind: LineClass) -> None:
    assert class_of(line(code=code)) is kind
    assert class_of(line(code=code, quantity=-1, invoice="C1")) is kind
    assert class_of(line(code=code, price=0)) is kind


@pytest.mark.parametrize("code", ["85123A", "22423", "DCGS0003", "gift_0001_20", "47503J"])
def test_a_number_of_three_digits_makes_a_product(code: str) -> None:
    assert is_product(code)


def test_goods_that_are_paid_for_are_sold() -> None:
    assert class_of(line(quantity=6)) is LineClass.SALE


def test_goods_that_come_back_on_a_cancellation_are_cancelled() -> None:
    assert class_of(line(invoice="C536379", quantity=-6)) is LineClass.CANCELLATION


@pytest.mark.parametrize("quantity", [6, -6, 0])
@pytest.mark.parametrize("invoice", ["536365", "C536379"])
def test_goods_at_no_price_are_a_stock_adjustment(quantity: int, invoice: str) -> None:
    assert class_of(line(invoice=invoice, quantity=quantity, price=0)) is LineClass.STOCK


@pytest.mark.parametrize(
    "odd",
    [
        line(price=-1),
        line(quantity=-6),
        line(invoice="C536379", quantity=6),
        line(quantity=1_000_001),
    ],
)
def test_what_is_neither_sale_nor_cancellation_is_odd(odd: Line) -> None:
    assert class_of(odd) is LineClass.ODD


@given(any_line)
def test_every_line_has_a_class(it: Line) -> None:
    assert class_of(it) in LineClass
