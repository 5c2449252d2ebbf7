"""The table of rates that stands in for a treasury's feed.

A deployment brings its own; what was sold keeps the rate of its sale.
"""

from decimal import Decimal

from services.order.domain import Rates

TABLE_RATES = Rates(
    {
        "USD": Decimal(1),
        "EUR": Decimal("1.1000"),
        "GBP": Decimal("1.2800"),
        "CNY": Decimal("0.1400"),
        "VND": Decimal("0.00004"),
        "THB": Decimal("0.0290"),
    }
)
"""What one unit of each is worth in dollars."""
