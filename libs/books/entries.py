"""Entries: legs say what moves, lines say where exactly, and an entry holds lines that balance.

Amounts are signed minor units: debits are positive, credits negative.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from libs.books.accounts import Account, Book


class Unbalanced(AssertionError):
    """Debits and credits differ in some currency of some book: the rule that made this is wrong."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an entry; `dimensions` are the values for the account's `by`, in that order."""

    account: Account
    amount: int
    currency: str
    dimensions: tuple[str, ...] = ()

    def at(self, dimension: str) -> str:
        """The line's value in a dimension; empty where the account is not kept by it."""
        by = self.account.by
        return self.dimensions[by.index(dimension)] if dimension in by else ""


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of an entry as a rule states it: only what differs from the fact is named.

    Nothing here looks at a value, so a rule may as well be given columns of amounts and of text.
    """

    account: Account
    amount: int
    named: Mapping[str, str]

    def placed(self, row: Mapping[str, str]) -> Line:
        """The leg as a line: currency and dimensions are the leg's own, or else the row's."""
        named = self.named
        return Line(
            self.account,
            self.amount,
            named["currency"] if "currency" in named else row["currency"],
            tuple(named[name] if name in named else row.get(name, "") for name in self.account.by),
        )


def debit(account: Account, amount: int, **named: str) -> Leg:
    """A leg on the left."""
    return Leg(account, amount, named)


def credit(account: Account, amount: int, **named: str) -> Leg:
    """A leg on the right."""
    return Leg(account, -amount, named)


@dataclass(frozen=True, slots=True)
class Entry:
    """What one fact does to the books. Made with `of`, so that an unbalanced one cannot exist."""

    description: str
    lines: tuple[Line, ...]

    @classmethod
    def of(cls, description: str, lines: Iterable[Line]) -> "Entry":
        """Lines on one place become one, zero lines vanish; raises `Unbalanced`."""
        sums: dict[tuple[Account, str, tuple[str, ...]], int] = {}
        for line in lines:
            place = (line.account, line.currency, line.dimensions)
            sums[place] = sums.get(place, 0) + line.amount
        totals: defaultdict[tuple[Book, str], int] = defaultdict(int)
        for (account, currency, _), amount in sums.items():
            totals[account.book, currency] += amount
        for (book, currency), total in totals.items():
            if total:
                raise Unbalanced(f"{description}: {book} {currency} is off by {total}")
        return cls(
            description,
            tuple(
                Line(account, amount, currency, dimensions)
                for (account, currency, dimensions), amount in sums.items()
                if amount
            ),
        )
