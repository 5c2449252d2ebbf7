"""Rates: what an amount of one currency is in another, rounded once."""

from collections.abc import Mapping
from decimal import Decimal

from libs.domain import RuleViolated
from libs.money.currency import exponent

_PRECISION = 12
"""Digits that are kept of what a unit is worth: eight where minor units have four."""


class RateMissing(RuleViolated):
    """No rate is known between two currencies."""


class Rates:
    """What one unit of each currency is worth, in a currency that all are measured in."""

    def __init__(self, worth: Mapping[str, Decimal]) -> None:
        self._worth_of_minor = {
            currency: int(one.scaleb(_PRECISION - exponent(currency)))
            for currency, one in worth.items()
        }

    def convert(self, amount: int, *, source: str, target: str) -> int:
        """Minor units of `source` as minor units of `target`, half rounded up."""
        if source == target:
            return amount
        try:
            factor, divisor = self._worth_of_minor[source], self._worth_of_minor[target]
        except KeyError as unknown:
            raise RateMissing(f"no rate of {unknown.args[0]} is known") from None
        return (amount * factor * 2 + divisor) // (2 * divisor)
