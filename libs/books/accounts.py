"""An account of the chart: what it is called, which side it grows on, and how it is broken down."""

from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """The side of the account on which its balance normally stands."""

    DEBIT = "DEBIT"
    CREDIT = "CREDIT"


class Book(StrEnum):
    """A set of accounts that balances on its own."""

    MONEY = "MONEY"
    STAT = "STAT"
    """Memo accounts: what finance counts beside the money, such as GMV."""


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """`by` names the dimensions that the account is kept by; a line has a value for each.

    A chart makes each account once, and an account is equal to nothing but itself.
    """

    code: str
    name: str
    normal: Side
    book: Book = Book.MONEY
    by: tuple[str, ...] = ()

    def natural(self, balance: int) -> int:
        """A balance as an accountant reads it: positive on the account's normal side."""
        return balance if self.normal is Side.DEBIT else -balance

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
