"""Draft: one business day while its lines are being sorted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from deploy.local.importers.online_retail.classes import LineClass, cancels
from deploy.local.importers.online_retail.days import (
    Adjustment,
    Day,
    Move,
    Order,
    Return,
    StockMove,
    utc_of,
)
from deploy.local.importers.online_retail.matching import Match
from deploy.local.importers.online_retail.pricing import MINOR, pence
from deploy.local.importers.online_retail.reading import Line
from deploy.local.importers.online_retail.tally import Heading, Tally

UNITS_MAX: Final = 1_000_000
"""What one correction of a count may come to."""

HEADINGS: Final = {
    LineClass.CARRIAGE: Heading.CARRIAGE_APART,
    LineClass.MANUAL: Heading.MANUAL,
    LineClass.DISCOUNT: Heading.DISCOUNT,
    LineClass.FEE: Heading.FEE,
    LineClass.CHARITY: Heading.CHARITY,
    LineClass.SAMPLE: Heading.SAMPLE,
    LineClass.BAD_DEBT: Heading.BAD_DEBT,
    LineClass.ODD: Heading.ODD,
    LineClass.UNKNOWN: Heading.UNKNOWN,
}
"""Under what a line is adjusted that is neither sold, nor taken back, nor stock."""


@dataclass(slots=True)
class Draft:
    """Every line goes into the tally once, and what it comes to into the plan of the day."""

    date: date
    matched: list[tuple[str, Match]] = field(default_factory=list)
    adjustments: list[Adjustment] = field(default_factory=list)
    moves: list[StockMove] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    warnings: set[str] = field(default_factory=set)

    def sell(self, line: Line) -> None:
        """The order posts whole pence a unit."""
        self.tally.count(Heading.SALE, self.date, line.amount)
        self._post(line, Heading.SALE, line.amount - line.quantity * pence(line.price) * MINOR)

    def ship(self, line: Line) -> None:
        """The order's shipping."""
        self.tally.count(Heading.CARRIAGE, self.date, line.amount)
        self._post(line, Heading.CARRIAGE, line.amount - pence(line.amount) * MINOR)

    def cancel(self, line: Line, matches: list[Match], missing: int) -> None:
        """What was sold comes back through returns, at the price that it was sold for; what the
        file gave for it beyond that, or less, is adjusted."""
        if matches:
            self.matched.extend((f"{line.number}/{it.sale.number}", it) for it in matches)
            amount = (line.quantity + missing) * line.price
            given_back = sum(it.units * pence(it.sale.price) for it in matches)
            self.tally.count(Heading.RETURN, self.date, amount)
            self._post(line, Heading.RETURN, amount + given_back * MINOR)
        if missing:
            amount = -missing * line.price
            self.tally.count(Heading.UNMATCHED, self.date, amount, lines=0 if matches else 1)
            self._post(line, Heading.UNMATCHED, amount)

    def move(self, line: Line) -> None:
        """Goods that were counted, written off or given away: no money moves."""
        self.tally.count(Heading.STOCK, self.date, line.amount)
        for part, delta in enumerate(parts(_delta(line), UNITS_MAX)):
            cause = _cause(line, delta)
            self.moves.append(StockMove(f"{line.number}/{part}", line.code, delta, cause))

    def adjust(self, line: Line, kind: LineClass) -> None:
        heading = HEADINGS[kind]
        if kind is LineClass.UNKNOWN:
            self.warnings.add(f"{line.code} is neither a product nor a known charge: adjusted")
        self.tally.count(heading, self.date, line.amount)
        self._post(line, heading, line.amount)

    def done(
        self, lines: list[Line], orders: tuple[Order, ...], placed: Mapping[int, tuple[str, int]]
    ) -> Day:
        """The day, once it is known which order's which line each sale became."""
        return Day(
            date=self.date,
            opening=utc_of(lines[0].at),
            closing=utc_of(lines[-1].at),
            orders=orders,
            returns=tuple(
                Return(key, *placed[match.sale.number], match.units) for key, match in self.matched
            ),
            adjustments=tuple(self.adjustments),
            moves=tuple(self.moves),
            tally=self.tally,
            warnings=frozenset(self.warnings),
        )

    def _post(self, line: Line, heading: Heading, amount: int) -> None:
        """An amount in thousandths as pence, and apart from them what they cannot hold."""
        minor = pence(amount)
        if amount:
            key = f"{line.number}/{heading}"
            at = utc_of(line.at)
            residue = amount - minor * MINOR
            self.adjustments.append(Adjustment(key, heading, line.code, minor, residue, at))


def parts(units: int, most: int) -> list[int]:
    """The units in as many parts as it takes for none to be over `most`."""
    sign, left = (-1 if units < 0 else 1), abs(units)
    whole, rest = divmod(left, most)
    return [sign * most] * whole + ([sign * rest] if rest else [])


def _delta(line: Line) -> int:
    """A customer who gets goods for nothing takes them out; without one it is a count."""
    given_away = line.customer and not cancels(line.invoice)
    return -abs(line.quantity) if given_away else _counted(line)


def _counted(line: Line) -> int:
    return abs(line.quantity) if cancels(line.invoice) else line.quantity


def _cause(line: Line, delta: int) -> Move:
    if cancels(line.invoice):
        return Move.RETURN
    return Move.COUNT if delta > 0 else Move.WRITE_OFF
