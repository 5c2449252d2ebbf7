"""The amount type of every money path: an integer of minor units and its currency."""

from dataclasses import dataclass
from decimal import Decimal
from functools import total_ordering
from typing import Self

from libs.money.currency import Currency, exponent


class CurrencyMismatch(TypeError):
    """Amounts of two currencies met where only one makes sense."""


class SubMinorAmount(ValueError):
    """An amount is finer than the currency's minor unit; nothing here rounds it silently."""


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """`amount` minor units of `currency`: `Money(1050, "EUR")` is 10.50 euros."""

    amount: int
    currency: Currency | str

    @classmethod
    def zero(cls, currency: Currency | str) -> Self:
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str | Decimal, currency: Currency | str) -> Self:
        """Read a decimal amount in major units, exactly; raises `SubMinorAmount`."""
        minor = Decimal(text).scaleb(exponent(currency))
        if minor != int(minor):
            raise SubMinorAmount(f"{text} {currency} is finer than the minor unit")
        return cls(int(minor), currency)

    def decimal(self) -> Decimal:
        """The same amount in major units."""
        return Decimal(self.amount).scaleb(-exponent(self.currency))

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __mul__(self, units: int) -> "Money":
        if not isinstance(units, int):
            raise TypeError(f"money is multiplied by whole units, not {type(units).__name__}")
        return Money(self.amount * units, self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.amount < other.amount

    def __bool__(self) -> bool:
        return self.amount != 0

    def __str__(self) -> str:
        return f"{self.decimal():,} {self.currency}"

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not mix")
