"""Where one order line stands in the books."""

from dataclasses import dataclass, field
from datetime import datetime

from services.ledger.domain.sale import Mode, SoldLine, Value

NOTHING = Value()


@dataclass(slots=True)
class Position:
    """Amounts are balances: what still stands on the account that the name says, for this line.

    `undelivered` is escrow for a marketplace line, and contract liability in full service.
    `value` is what was captured and not given back, `returned` what was given back of goods that
    had arrived; the fees of a settled line follow from the two.
    """

    sold: SoldLine
    uncaptured: Value
    value: Value = NOTHING
    returned: Value = NOTHING
    undelivered: int = 0
    in_hold: int = 0
    cancelled: int = 0
    shipped: int = 0
    arrived: int = 0
    units_returned: int = 0
    arrived_at: datetime | None = None
    carriage: int = 0
    cases: list[str] = field(default_factory=list)
    settled_at: datetime | None = None
    referral: int = 0
    administration: int = 0
    reserve: int = 0
    commission: int = 0
    agency_commission: int = 0
    partner_share: int = 0
    commission_released: bool = False
    supplied: int = 0
    goods: int = 0
    supply_due: int = 0

    @property
    def marketplace(self) -> bool:
        return self.sold.mode is Mode.MARKETPLACE

    @property
    def units(self) -> int:
        """Units that were not cancelled."""
        return self.sold.quantity - self.cancelled

    @property
    def complete(self) -> bool:
        """Everything that was not cancelled has arrived."""
        return 0 < self.units <= self.arrived
