"""What a supplier is owed in the currency that was sold in."""

import pytest

from services.order.domain import RateMissing
from tests.services.order.samples import RATES


@pytest.mark.parametrize(
    ("amount", "source", "target", "converted"),
    [
        (6200, "CNY", "EUR", 800),
        (100, "EUR", "EUR", 100),
        (1_00, "CNY", "JPY", 20),
        (20, "JPY", "CNY", 1_00),
        (3, "CNY", "EUR", 0),
        (4, "CNY", "EUR", 1),
        (0, "CNY", "EUR", 0),
    ],
)
def test_minor_units_are_converted_by_what_they_are_worth(
    amount: int, source: str, target: str, converted: int
) -> None:
    assert RATES.convert(amount, source=source, target=target) == converted


def test_a_currency_without_a_rate_is_refused() -> None:
    with pytest.raises(RateMissing):
        RATES.convert(1, source="CNY", target="XAF")
