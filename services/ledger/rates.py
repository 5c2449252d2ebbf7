"""Exchange rates from a table: the default where no treasury system is connected."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from libs.domain import NotFound
from libs.money.currency import exponent
from libs.money.rates import DOLLARS
from services.ledger.domain.rate import Rate

PRECISION: Final = 10**8
MARGIN_BASIS_POINTS: Final = 30


class NoRate(NotFound):
    """Nobody said what these two currencies are worth to each other."""


class TableRates:
    """Market rates from a table, and payees' rates a margin below them."""

    def __init__(
        self, dollars: Mapping[str, Decimal] = DOLLARS, *, margin: int = MARGIN_BASIS_POINTS
    ) -> None:
        self._dollars = dollars
        self._margin = margin

    def market_rate(self, sold: str, bought: str) -> Rate:
        try:
            rate = self._dollars[sold] / self._dollars[bought]
        except KeyError as missing:
            raise NoRate(f"no rate for {missing}", sold=sold, bought=bought) from None
        minor = rate.scaleb(exponent(bought) - exponent(sold))
        return Rate(int(minor * PRECISION), PRECISION, "table")

    def payee_rate(self, sold: str, bought: str) -> Rate:
        market = self.market_rate(sold, bought)
        return market._replace(
            bought=market.bought * (10_000 - self._margin) // 10_000,
            source=f"table less {self._margin} basis points",
        )
