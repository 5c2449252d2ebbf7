"""What the other services tell about an order, as far as the books need it.

Topics know no order among themselves, so a note may come before what it builds on.
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from services.ledger.domain.sale import Fault, Value


class Authorization(NamedTuple):
    """The provider holds an amount for us."""

    payment: str
    amount: int
    at: datetime


class Void(NamedTuple):
    """The provider released what it held."""

    payment: str
    amount: int
    at: datetime


class Capture(NamedTuple):
    """Money was taken; `total` counts all captures of the payment, this one included."""

    payment: str
    amount: int
    total: int
    at: datetime


class Conflict(NamedTuple):
    """The provider took what it was not asked for; it is the buyer's, and goes back."""

    payment: str
    refund: str
    amount: int
    currency: str
    at: datetime


class Funds(NamedTuple):
    """The provider paid us what it had captured, less its fee, or kept back a refund (negative)."""

    payment: str
    gross: int
    fee: int
    at: datetime
    currency: str = ""
    """Empty in notes from before it could be another than the order's."""


class Carriage(NamedTuple):
    """What carrying and handling units of a line costs, and what the merchant is charged for it."""

    order_line: str
    units: int
    charged: int = 0
    cost: int = 0
    handling: int = 0
    duty: int = 0


class Shipment(NamedTuple):
    """A parcel left the building."""

    lines: tuple[Carriage, ...]
    at: datetime


class Units(NamedTuple):
    """Some units of a line."""

    order_line: str
    units: int


class Arrival(NamedTuple):
    """A parcel arrived, or is lost: either way the merchant has done its part."""

    lines: tuple[Units, ...]
    at: datetime
    lost: bool = False


class RefundLine(NamedTuple):
    """What the buyer gets back of a line."""

    order_line: str
    units: int
    value: Value


class Refund(NamedTuple):
    """The buyer gets money back: units were cancelled, or a return was decided."""

    refund: str
    payment: str
    lines: tuple[RefundLine, ...]
    fault: Fault
    at: datetime
    cancelled: bool = False
    label_charged: int = 0
    label_cost: int = 0
    lost: bool = False
    """The goods never arrived and will not come back."""

    @property
    def amount(self) -> int:
        return sum(line.value.charged for line in self.lines)


class Repayment(NamedTuple):
    """The refund reached the buyer, or could not and is owed as credit."""

    refund: str
    payment: str
    amount: int
    at: datetime
    as_credit: bool = False
    currency: str = ""
    """As with funds."""


class Fate(StrEnum):
    """What becomes of goods of ours that came back."""

    SUPPLIER = "SUPPLIER"
    """They are the supplier's again."""
    CLAIMED = "CLAIMED"
    """Who carried or packed them answers for them."""


class Inspection(NamedTuple):
    """Goods came back, and somebody looked at them."""

    order_line: str
    units: int
    fate: Fate
    at: datetime


class Case(NamedTuple):
    """A return case about a line was opened, or is over."""

    order_line: str
    case: str
    open: bool
    at: datetime


class Note(NamedTuple):
    """Just one of them."""

    authorization: Authorization | None = None
    void: Void | None = None
    capture: Capture | None = None
    funds: Funds | None = None
    shipment: Shipment | None = None
    arrival: Arrival | None = None
    refund: Refund | None = None
    repayment: Repayment | None = None
    case: Case | None = None
    conflict: Conflict | None = None
    inspection: Inspection | None = None
