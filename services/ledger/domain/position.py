"""Where one order line stands in the books."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.ledger.domain.amounts import (
    Captured,
    Carried,
    Delivered,
    Earned,
    GoodsBack,
    Labelled,
    Lost,
    Returned,
    Reversed,
    Settled,
    Supplied,
    SupplyDue,
    Unearned,
)
from services.ledger.domain.notes import RefundLine
from services.ledger.domain.sale import Mode, SoldLine, Terms, Value

NOTHING = Value()


@dataclass(slots=True)
class Position:
    """One order line. Amounts are what still stands on the account that the name says.

    `undelivered` is escrow for a marketplace line, and contract liability in full service.
    `value` is what was captured and not given back, `returned` what was given back of goods that
    had arrived, `earned` what full service took as revenue; fees follow from these.
    """

    sold: SoldLine
    terms: Terms
    uncaptured: Value
    value: Value = NOTHING
    returned: Value = NOTHING
    earned: Value = NOTHING
    cancelled: int = 0
    shipped: int = 0
    arrived: int = 0
    lost: int = 0
    units_returned: int = 0
    lost_refunded: int = 0
    undelivered: int = 0
    in_hold: int = 0
    carriage: int = 0
    referral: int = 0
    administration: int = 0
    reserve: int = 0
    commission: int = 0
    agency_commission: int = 0
    partner_share: int = 0
    goods: int = 0
    supply_taken: int = 0
    supply_owed: int = 0
    goods_back: int = 0
    cases: list[str] = field(default_factory=list)
    arrived_at: datetime | None = None
    resumed_at: datetime | None = None
    settled_at: datetime | None = None
    commission_released: bool = False

    @property
    def marketplace(self) -> bool:
        return self.sold.mode is Mode.MARKETPLACE

    @property
    def units(self) -> int:
        """Units that were not cancelled."""
        return self.sold.quantity - self.cancelled

    @property
    def expected(self) -> int:
        """Units that may still arrive."""
        return self.units - self.arrived - self.lost

    @property
    def unearned(self) -> Value:
        """Full service: what is to become revenue; tax and duty never do."""
        return self.value.less(self.earned)._replace(tax=0, duty=0)

    @property
    def unearned_units(self) -> int:
        """The units that this is for; what was lost is set aside until it is given back."""
        return self.expected + self.lost - self.lost_refunded

    @property
    def waiting(self) -> bool:
        """Some of its money waits for goods to arrive."""
        return bool(self.undelivered) if self.marketplace else any(self.unearned)

    def refundable(self, *, lost: bool) -> int:
        """Units that arrived, or were lost, and were not given back; a merchant's count as one."""
        if self.marketplace:
            return self.arrived - self.units_returned
        return self.lost - self.lost_refunded if lost else self.arrived - self.units_returned

    @property
    def complete(self) -> bool:
        """Nothing more will arrive."""
        return self.expected <= 0

    @property
    def settles_at(self) -> datetime | None:
        """When the merchant's hold ends, or the supplier is due; not while a case is open."""
        waiting = self.in_hold or self.carriage if self.marketplace else self.supply_owed
        if self.settled_at or not waiting or not self.complete:
            return None
        return self._after(self.terms.settlement_hold_days)

    @property
    def reserve_released_at(self) -> datetime | None:
        if not self.reserve or self.cases or not self.settled_at:
            return None
        return self.settled_at + timedelta(days=self.terms.reserve_days)

    @property
    def commission_released_at(self) -> datetime | None:
        """Never before the merchant's own money."""
        earned = self.commission or self.agency_commission or self.partner_share
        if self.commission_released or not earned or not (self.settled_at or not self.marketplace):
            return None
        released_at = self._after(self.terms.commission_hold_days)
        if released_at is None or self.settled_at is None:
            return released_at
        return max(released_at, self.settled_at)

    @property
    def due(self) -> datetime | None:
        """The first of what time brings."""
        moments = (self.settles_at, self.reserve_released_at, self.commission_released_at)
        return min((moment for moment in moments if moment is not None), default=None)

    def _after(self, days: int) -> datetime | None:
        if self.arrived_at is None or self.cases:
            return None
        ends_at = self.arrived_at + timedelta(days=days)
        return ends_at if self.resumed_at is None else max(ends_at, self.resumed_at)

    # What was decided, recorded

    def captured(self, row: Captured) -> None:
        tax = row.sales_tax + row.vat
        value = Value(row.gmv, row.platform_discount, row.shipping, tax, row.duty)
        self.uncaptured = self.uncaptured.less(value)
        self.value = self.value.plus(value)
        self.undelivered += row.escrow + row.contract

    def waived(self, line: RefundLine) -> None:
        self.cancelled += line.units
        self.uncaptured = self.uncaptured.less(line.value)

    def carried(self, row: Carried) -> None:
        self.shipped += row.units
        self.carriage += row.charged

    def supplied(self, row: Supplied) -> None:
        self.supply_taken += row.units
        self.goods += row.goods
        self.supply_owed += row.supply

    def delivered(self, row: Delivered, at: datetime) -> None:
        self.arrived += row.units
        self.arrived_at = at
        self.undelivered -= row.escrow
        self.in_hold += row.escrow

    def has_earned(self, row: Earned, at: datetime) -> None:
        gmv = row.revenue + row.platform_discount
        self.arrived += row.units
        self.arrived_at = at
        self.earned = self.earned.plus(Value(gmv, row.platform_discount, row.shipping))
        self.undelivered -= row.contract
        self.goods -= row.goods
        self.commission += row.commission
        self.agency_commission += row.agency_commission
        self.partner_share += row.partner_share

    def has_lost(self, row: Lost, at: datetime) -> None:
        self.lost += row.units
        self.arrived_at = at
        self.goods -= row.goods

    def settled(self, row: Settled, at: datetime) -> None:
        self.settled_at = at
        self.in_hold -= row.escrow
        self.carriage -= row.carriage
        self.referral = row.referral
        self.administration = row.administration
        self.reserve = row.reserve
        self.commission = row.commission
        self.agency_commission = row.agency_commission
        self.partner_share = row.partner_share

    def supplier_credited(self, row: SupplyDue, at: datetime) -> None:
        self.supply_owed -= row.supply
        self.settled_at = at

    def came_back(self, row: GoodsBack) -> None:
        self.goods_back += row.units
        self.supply_owed -= row.unpaid

    def refunded(self, row: Returned, *, cancelled: bool, lost: bool) -> None:
        value = self._given_back(row, row.sales_tax + row.vat)
        self.undelivered -= row.undelivered + row.contract
        self.in_hold -= row.in_hold
        if cancelled:
            self.cancelled += row.units
        elif lost:
            self.lost_refunded += row.units
        else:
            self._came_back(row.units, value)

    def reversed(self, row: Reversed) -> None:
        self._came_back(row.units, self._given_back(row, row.sales_tax))
        self._commissions_given_back(row)
        self.reserve -= row.reserve
        self.referral -= row.referral
        self.administration += row.administration

    def revenue_reversed(self, row: Unearned) -> None:
        value = self._given_back(row, row.vat)
        self._came_back(row.units, value)
        self._commissions_given_back(row)
        self.earned = self.earned.less(value._replace(tax=0, duty=0))

    def labelled(self, row: Labelled) -> None:
        self.in_hold -= row.in_hold
        self.carriage += row.later

    def _given_back(self, row: Returned | Reversed | Unearned, tax: int) -> Value:
        value = Value(row.gmv, row.platform_discount, row.shipping, tax, row.duty)
        self.value = self.value.less(value)
        return value

    def _came_back(self, units: int, value: Value) -> None:
        self.units_returned += units
        self.returned = self.returned.plus(value)

    def _commissions_given_back(self, row: Reversed | Unearned) -> None:
        self.commission -= row.commission + row.commission_owed
        self.agency_commission -= row.agency_commission + row.agency_owed
        self.partner_share -= row.partner_share + row.partner_owed
