"""Tally: how many lines there are of each heading and month, and what they come to."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import NamedTuple, Self


class Heading(StrEnum):
    """A row of the closing table. Adjustments carry it in the ledger, as their reason begins."""

    SALE = "sale"
    CARRIAGE = "carriage"
    RETURN = "matched cancellation"
    UNMATCHED = "unmatched cancellation"
    CARRIAGE_APART = "carriage apart"
    """Postage without goods on the invoice, or postage given back."""
    MANUAL = "manual"
    DISCOUNT = "discount"
    FEE = "fee"
    CHARITY = "charity"
    SAMPLE = "sample"
    BAD_DEBT = "bad debt"
    ODD = "odd"
    UNKNOWN = "unknown"
    STOCK = "stock adjustment"


class Figure(NamedTuple):
    """Lines, and thousandths of a pound."""

    lines: int = 0
    amount: int = 0

    def plus(self, other: "Figure") -> "Figure":
        return Figure(self.lines + other.lines, self.amount + other.amount)


class Tally:
    """Figures by heading and month."""

    def __init__(self) -> None:
        self._figures: dict[tuple[Heading, str], Figure] = defaultdict(Figure)

    @classmethod
    def of(cls, tallies: Iterable["Tally"]) -> Self:
        """Several as one."""
        whole = cls()
        for tally in tallies:
            for (heading, month), figure in tally._figures.items():
                whole.add(heading, month, figure)
        return whole

    def count(self, heading: Heading, day: date, amount: int, *, lines: int = 1) -> None:
        self.add(heading, month_of(day), Figure(lines, amount))

    def add(self, heading: Heading, month: str, figure: Figure) -> None:
        self._figures[heading, month] = self._figures[heading, month].plus(figure)

    def figure(self, heading: Heading, month: str) -> Figure:
        return self._figures.get((heading, month), Figure())

    @property
    def months(self) -> list[str]:
        return sorted({month for _, month in self._figures})

    def of_heading(self, heading: Heading) -> Figure:
        return _sum(figure for (it, _), figure in self._figures.items() if it is heading)

    def of_month(self, month: str) -> Figure:
        return _sum(figure for (_, it), figure in self._figures.items() if it == month)

    @property
    def total(self) -> Figure:
        return _sum(self._figures.values())


def month_of(day: date) -> str:
    return f"{day:%Y-%m}"


def _sum(figures: Iterable[Figure]) -> Figure:
    total = Figure()
    for figure in figures:
        total = total.plus(figure)
    return total
