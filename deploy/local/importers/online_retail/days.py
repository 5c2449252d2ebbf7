"""Days: what happens on one business day, in the words of the services."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import NamedTuple

from deploy.local.importers.online_retail.tally import Heading, Tally

REASON_MAX = 64


def utc_of(at: datetime) -> datetime:
    """The ledger's days are UTC. London's are ahead of them in summer: what happens in the first
    hour of one is dated at the end of that hour, so that both agree on the day."""
    return max(at.astimezone(UTC), datetime.combine(at.date(), time(), UTC))


class Sold(NamedTuple):
    """A line of an order, in pence; the discount is for all its units."""

    code: str
    units: int
    list_price: int
    discount: int

    @property
    def posted(self) -> int:
        return self.units * self.list_price - self.discount


class Order(NamedTuple):
    """The goods of an invoice with their carriage. `key` names it within the file."""

    key: str
    invoice: str
    at: datetime
    buyer: str
    country: str
    lines: tuple[Sold, ...]
    shipping: int

    @property
    def total(self) -> int:
        return sum(line.posted for line in self.lines) + self.shipping


class Return(NamedTuple):
    """Units that come back of an order's line; lines count from 0."""

    key: str
    order: str
    line: int
    units: int


class Adjustment(NamedTuple):
    """An amount that no order carries: pence, and thousandths that pence cannot hold."""

    key: str
    heading: Heading
    code: str
    minor: int
    residue: int
    at: datetime

    @property
    def reason(self) -> str:
        return f"{self.heading}: {self.code}"[:REASON_MAX]


class Move(StrEnum):
    """Why stock changes without a sale."""

    COUNT = "COUNT"
    WRITE_OFF = "WRITE_OFF"
    RETURN = "RETURN"


class StockMove(NamedTuple):
    """Units added, or taken when negative."""

    key: str
    code: str
    delta: int
    cause: Move


@dataclass(frozen=True, slots=True)
class Day:
    """Orders come first; then stock moves, adjustments and returns."""

    date: date
    opening: datetime
    closing: datetime
    orders: tuple[Order, ...]
    returns: tuple[Return, ...]
    adjustments: tuple[Adjustment, ...]
    moves: tuple[StockMove, ...]
    tally: Tally
    warnings: frozenset[str]
