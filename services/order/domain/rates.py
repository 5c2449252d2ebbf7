"""Rates: what an amount of one currency is in another, rounded once."""

from collections.abc import Mapping
from decimal import Decimal

from libs.domain import RuleViolated
from libs.money.currency import exponent

_SCALE = 8


class RateMissing(RuleViolated):
    """No rate is known between two currencies."""


class Rates:
    """How many major units of each currency one unit of a common base buys."""

    def __init__(self, per_base: Mapping[str, Decimal]) -> None:
        self._minor_per_base = {
            currency: int(rate.scaleb(_SCALE + exponent(currency)))
            for currency, rate in per_base.items()
        }

    def convert(self, amount: int, *, source: str, target: str) -> int:
        """Minor units of `source` as minor units of `target`, half rounded up."""
        if source == target:
            return amount
        try:
            divisor = self._minor_per_base[source]
            factor = self._minor_per_base[target]
        except KeyError as unknown:
            raise RateMissing(f"no rate of {unknown.args[0]} is known") from None
        return (amount * factor * 2 + divisor) // (2 * divisor)
