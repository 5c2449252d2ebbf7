"""The table of exchange rates that stands in for a treasury's feed."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

DOLLARS: Final[Mapping[str, Decimal]] = {
    "USD": Decimal(1),
    "EUR": Decimal("1.1000"),
    "GBP": Decimal("1.2800"),
    "CNY": Decimal("0.1400"),
    "VND": Decimal("0.00004"),
    "THB": Decimal("0.0290"),
}
"""What one unit of a currency is worth in dollars; a deployment brings its own table."""
