"""Lines of an order: what was sold, what became of it, and how much of it may still come back."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from libs.domain import RuleViolated
from services.returns.domain.refund import NOTHING_CLEARED, Amounts, Cleared, clear
from services.returns.domain.words import Fault


class NotDelivered(RuleViolated):
    """Nothing of the line has been paid for and delivered."""


class ReturnWindowOver(RuleViolated):
    """The time in which the line could be given back has passed."""


class TooManyUnits(RuleViolated):
    """More units than were delivered and are neither returned nor in an open case."""


@dataclass(frozen=True, slots=True)
class Goods:
    """What a parcel holds, and whose it is."""

    line_id: UUID
    sku: str
    owner_id: str


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line as it was placed."""

    goods: Goods
    merchant_id: str
    quantity: int
    amounts: Amounts
    return_window_days: int


@dataclass(frozen=True, slots=True)
class LineUnits:
    """Units of a line in a parcel."""

    line_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class LineLost:
    """Units of a line that the carrier lost, and what the buyer gets for them."""

    line_id: UUID
    cleared: Cleared


@dataclass(frozen=True, slots=True)
class LineCancelled:
    """Units of a line that never left, and what was given back for them."""

    line_id: UUID
    quantity: int
    refunded: Amounts


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Whether units may come back; `obstacle` is what a request for them is refused with."""

    returnable: int
    window_ends_at: datetime | None
    obstacle: RuleViolated | None


@dataclass(frozen=True, slots=True)
class Progress:
    """What became of a line since it was sold."""

    delivered: int = 0
    delivered_at: datetime | None = None
    """When its latest unit arrived; the buyer's time runs from then."""
    returned: int = 0
    """Delivered units that were refunded, or came back unfit for it."""
    cleared: Cleared = NOTHING_CLEARED
    """All that was given back for the line, for units cancelled and returned."""

    def arrived(self, units: int, at: datetime) -> Self:
        latest = max(self.delivered_at or at, at)
        return replace(self, delivered=self.delivered + units, delivered_at=latest)

    def cancelled(self, units: int, refunded: Amounts) -> Self:
        return replace(self, cleared=self.cleared + Cleared(units, refunded))

    def lost(self, cleared: Cleared) -> Self:
        return replace(self, cleared=self.cleared + cleared)

    def went_back(self, cleared: Cleared, *, refused: int) -> Self:
        returned = self.returned + cleared.units + refused
        return replace(self, returned=returned, cleared=self.cleared + cleared)

    def eligibility(
        self, line: SoldLine, units: int, *, claimed: int, now: datetime, outside_window: bool
    ) -> Eligibility:
        """`claimed` units are in open cases already."""
        if self.delivered_at is None:
            return Eligibility(0, None, NotDelivered("it has not arrived", field="line_id"))
        returnable = self.delivered - self.returned - claimed
        ends_at = self.delivered_at + timedelta(days=line.return_window_days)
        obstacle: RuleViolated | None = None
        if units > returnable:
            obstacle = TooManyUnits(f"{returnable} can be returned", field="quantity")
        elif now > ends_at and not outside_window:
            obstacle = ReturnWindowOver(f"it ended on {ends_at:%Y-%m-%d}", field="line_id")
        return Eligibility(returnable, ends_at, obstacle)

    def worth(self, line: SoldLine, units: int, *, fault: Fault) -> Cleared:
        """What the buyer would get, or gets, for that many more units."""
        if units > line.quantity - self.cleared.units:
            raise TooManyUnits("they have been given back already", field="quantity")
        return clear(line.amounts, of=line.quantity, cleared=self.cleared, units=units, fault=fault)
