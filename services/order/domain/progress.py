"""Progress: what became of the units of one line."""

from dataclasses import dataclass, replace

from services.order.domain.amounts import NOTHING, Amounts


@dataclass(frozen=True, slots=True)
class Units:
    """Some units of the nth line."""

    number: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Units of the nth line that will not be sent, and what the buyer gets back for them."""

    number: int
    quantity: int
    refund: Amounts


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What returns gave back for the nth line; no units where the goods stay or never came."""

    number: int
    quantity: int
    refund: int


@dataclass(frozen=True, slots=True)
class Progress:
    """ordered = open + cancelled + shipped; shipped = in transit + delivered + lost.

    `picking` units are open still, but no longer free to be cancelled.
    """

    cancelled: int = 0
    picking: int = 0
    shipped: int = 0
    delivered: int = 0
    lost: int = 0
    returned: int = 0
    refunded_cancelling: Amounts = NOTHING
    refunded_returning: int = 0

    @property
    def refunded(self) -> int:
        return self.refunded_cancelling.charged + self.refunded_returning

    def free_of(self, ordered: int) -> int:
        """Units that may still be cancelled."""
        return max(self.here_of(ordered) - self.picking, 0)

    def here_of(self, ordered: int) -> int:
        """Units that have not left the warehouse."""
        return max(ordered - self.cancelled - self.shipped, 0)

    def cancel(self, units: int, refund: Amounts) -> "Progress":
        return replace(
            self,
            cancelled=self.cancelled + units,
            refunded_cancelling=self.refunded_cancelling + refund,
        )

    def pick(self, units: int) -> "Progress":
        return replace(self, picking=self.picking + units)

    def ship(self, units: int) -> "Progress":
        return replace(self, picking=max(self.picking - units, 0), shipped=self.shipped + units)

    def deliver(self, units: int) -> "Progress":
        return replace(self, delivered=self.delivered + units)

    def lose(self, units: int) -> "Progress":
        return replace(self, lost=self.lost + units)

    def give_back(self, units: int, refund: int) -> "Progress":
        return replace(
            self,
            returned=self.returned + units,
            refunded_returning=self.refunded_returning + refund,
        )


UNTOUCHED = Progress()
