"""What was sold: the order's lines and terms as they were frozen at placement."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class Mode(StrEnum):
    """Who sells to the buyer."""

    MARKETPLACE = "MARKETPLACE"
    FULL_SERVICE = "FULL_SERVICE"


class Surface(StrEnum):
    """Where the buyer met the goods."""

    LIVE = "LIVE"
    VIDEO = "VIDEO"
    BRAND_PAGE = "BRAND_PAGE"
    MALL = "MALL"
    EXTERNAL = "EXTERNAL"


class FeeBasis(StrEnum):
    """What the referral commission is taken of."""

    ITEM_NET = "ITEM_NET"
    CUSTOMER_PAYMENT = "CUSTOMER_PAYMENT_PLUS_PLATFORM_DISCOUNT_MINUS_TAX"
    SUPPLY_PRICE = "SUPPLY_PRICE"
    FLAT_PER_UNIT = "FLAT_PER_UNIT"


class Fault(StrEnum):
    """Who answers for what went wrong."""

    BUYER = "BUYER"
    MERCHANT = "MERCHANT"
    CARRIER = "CARRIER"
    WAREHOUSE = "WAREHOUSE"
    PLATFORM = "PLATFORM"


class Terms(NamedTuple):
    """What merchant and platform had agreed; shares in basis points, periods in days."""

    terms_id: str
    fee_basis: FeeBasis = FeeBasis.ITEM_NET
    referral: int = 0
    referral_flat: int = 0
    creator: int = 0
    partner: int = 0
    refund_administration: int = 0
    reserve: int = 0
    reserve_days: int = 0
    settlement_hold_days: int = 0
    commission_hold_days: int = 0


class Value(NamedTuple):
    """What some units are worth: GMV is the price less what the merchant gave off it."""

    gmv: int = 0
    platform_discount: int = 0
    shipping: int = 0
    tax: int = 0
    duty: int = 0

    @property
    def charged(self) -> int:
        """What the buyer pays for it."""
        return self.gmv - self.platform_discount + self.shipping + self.tax + self.duty

    def plus(self, other: "Value") -> "Value":
        return Value(*(a + b for a, b in zip(self, other, strict=True)))

    def less(self, other: "Value") -> "Value":
        return Value(*(a - b for a, b in zip(self, other, strict=True)))

    def within(self, other: "Value") -> bool:
        """No part of it is more than the other's."""
        return all(a <= b for a, b in zip(self, other, strict=True))


class SoldLine(NamedTuple):
    """One line; amounts are for all its units, net of tax, in the order's currency."""

    order_line: str
    merchant: str
    mode: Mode
    surface: Surface
    quantity: int
    terms_id: str
    item: int = 0
    merchant_discount: int = 0
    platform_discount: int = 0
    shipping: int = 0
    tax: int = 0
    duty: int = 0
    creator: str = ""
    agency: str = ""
    agency_share: int = 0
    partner: str = ""
    supply_cost: int = 0
    supply_currency: str = ""
    supply_cost_converted: int = 0

    @property
    def value(self) -> Value:
        """All its units, as the buyer pays for them."""
        gmv = self.item - self.merchant_discount
        return Value(gmv, self.platform_discount, self.shipping, self.tax, self.duty)


class Sale(NamedTuple):
    """One order: whose books it enters, in which market and currency, and its lines."""

    order_id: UUID
    legal_entity: str
    market: str
    currency: str
    lines: tuple[SoldLine, ...]
    terms: tuple[Terms, ...]
    placed_at: datetime
