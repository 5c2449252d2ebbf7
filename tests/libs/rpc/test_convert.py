"""Money, ids and moments cross the wire exactly or not at all."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from google.type.money_pb2 import Money as WireMoney
from hypothesis import given
from hypothesis import strategies as st

from libs.domain import Malformed
from libs.money import Money
from libs.money.currency import EXPONENTS
from libs.rpc.convert import from_money, timestamp, to_money, to_uuid, when
from libs.rpc.refusals import (
    AmountOutOfRange,
    InvalidRequest,
    MalformedAmount,
    SubMinorAmount,
    UnknownCurrency,
)


@pytest.mark.parametrize(
    ("wire", "money"),
    [
        (WireMoney(currency_code="EUR", units=10, nanos=500_000_000), Money(10_50, "EUR")),
        (WireMoney(currency_code="EUR", units=-1, nanos=-10_000_000), Money(-1_01, "EUR")),
        (WireMoney(currency_code="EUR", nanos=-10_000_000), Money(-1, "EUR")),
        (WireMoney(currency_code="JPY", units=700), Money(700, "JPY")),
        (WireMoney(currency_code="KWD", units=1, nanos=1_000_000), Money(1_001, "KWD")),
        (WireMoney(currency_code="CLF", nanos=100_000), Money(1, "CLF")),
        (WireMoney(currency_code="USD"), Money(0, "USD")),
    ],
)
def test_an_amount_is_so_many_minor_units(wire: WireMoney, money: Money) -> None:
    assert to_money(wire) == money
    assert from_money(money) == wire


@given(st.integers(-(2**63) + 1, 2**63 - 1), st.sampled_from(sorted(EXPONENTS)))
def test_every_amount_comes_back_as_it_went(amount: int, currency: str) -> None:
    assert to_money(from_money(Money(amount, currency))) == Money(amount, currency)


@pytest.mark.parametrize(
    ("wire", "refusal", "field"),
    [
        (
            WireMoney(currency_code="EUR", nanos=5_000_000),
            SubMinorAmount,
            "price.nanos",
        ),
        (WireMoney(currency_code="JPY", nanos=500_000_000), SubMinorAmount, "price.nanos"),
        (WireMoney(currency_code="EUR", nanos=-1), SubMinorAmount, "price.nanos"),
        (WireMoney(currency_code="XXX", units=1), UnknownCurrency, "price.currency_code"),
        (WireMoney(currency_code="eur", units=1), UnknownCurrency, "price.currency_code"),
        (WireMoney(units=1), UnknownCurrency, "price.currency_code"),
        (
            WireMoney(currency_code="EUR", units=1, nanos=-10_000_000),
            MalformedAmount,
            "price.nanos",
        ),
        (
            WireMoney(currency_code="EUR", units=-1, nanos=10_000_000),
            MalformedAmount,
            "price.nanos",
        ),
        (WireMoney(currency_code="EUR", nanos=1_000_000_000), MalformedAmount, "price.nanos"),
        (WireMoney(currency_code="EUR", units=2**62), AmountOutOfRange, "price.units"),
    ],
)
def test_an_amount_that_would_need_rounding_or_guessing_is_refused(
    wire: WireMoney, refusal: type[Malformed], field: str
) -> None:
    with pytest.raises(refusal) as refused:
        to_money(wire, field="price")

    assert refused.value.field == field


def test_an_id_may_stand_at_the_end_of_a_resource_name() -> None:
    text = "6f0a1f5e-3b1c-5c0e-9d53-0e3d1b8f7a42"

    assert to_uuid(text) == to_uuid(f"orders/{text}") == UUID(text)


@pytest.mark.parametrize("text", ["", "orders/", "orders/7", "6f0a1f5e"])
def test_what_is_no_id_is_refused_by_its_field(text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        to_uuid(text, field="name")

    assert refused.value.field == "name"


def test_a_moment_comes_back_in_utc() -> None:
    in_shanghai = datetime(2026, 6, 1, 20, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))

    assert when(timestamp(in_shanghai)) == in_shanghai
    assert when(timestamp(in_shanghai)).tzinfo is UTC


def test_a_time_without_a_zone_is_no_moment() -> None:
    with pytest.raises(AssertionError):
        timestamp(datetime(2026, 6, 1))  # noqa: DTZ001
