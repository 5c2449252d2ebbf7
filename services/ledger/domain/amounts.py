"""The named amounts of the ledger's facts: one row for each order line that a fact is about.

A row holds every amount resolved, in minor units, so that a posting rule has nothing to decide:
what does not apply is 0. `payee` is the line's merchant; amounts that belong to somebody else
stand beside that party's name. Rows are stored as arrays: new fields go to the end, with a default.
"""

from typing import NamedTuple


class Captured(NamedTuple):
    """A line's part of a capture, and where it waits until delivery."""

    order_line: str
    payee: str
    mode: str
    surface: str
    creator: str
    charged: int = 0
    promotion: int = 0
    escrow: int = 0
    contract: int = 0
    sales_tax: int = 0
    vat: int = 0
    duty: int = 0
    gmv: int = 0
    platform_discount: int = 0
    shipping: int = 0


class Carried(NamedTuple):
    """What carrying and handling cost; `charged` is what the merchant will be asked for it."""

    order_line: str
    payee: str
    mode: str
    units: int
    charged: int = 0
    carriage: int = 0
    handling: int = 0
    duty: int = 0


class Supplied(NamedTuple):
    """Full service: goods that became ours at hand-over, and what their supplier is owed.

    The `exchanged` amounts pass through the FX position, and are 0 where supplier and order share
    a currency.
    """

    order_line: str
    payee: str
    mode: str
    units: int
    supply_currency: str
    goods: int = 0
    goods_exchanged: int = 0
    supply: int = 0
    supply_exchanged: int = 0


class Delivered(NamedTuple):
    """A marketplace line's escrow that came into the hold."""

    order_line: str
    payee: str
    units: int
    escrow: int = 0


class Earned(NamedTuple):
    """Full service: what delivery turned from a contract liability into revenue."""

    order_line: str
    payee: str
    mode: str
    units: int
    creator: str = ""
    agency: str = ""
    partner: str = ""
    contract: int = 0
    revenue: int = 0
    shipping: int = 0
    goods: int = 0
    commission: int = 0
    agency_commission: int = 0
    partner_share: int = 0
    platform_discount: int = 0


class Lost(NamedTuple):
    """Full service: our own goods, at cost, that the carrier gave up; `claim` is to come back."""

    order_line: str
    payee: str
    mode: str
    units: int
    goods: int = 0
    claim: int = 0


class Settled(NamedTuple):
    """How a line's escrow was split when its hold ended; a shortfall is owed by the merchant."""

    order_line: str
    payee: str
    mode: str
    creator: str = ""
    agency: str = ""
    partner: str = ""
    escrow: int = 0
    shortfall: int = 0
    referral: int = 0
    administration: int = 0
    carriage: int = 0
    commission: int = 0
    agency_commission: int = 0
    reserve: int = 0
    available: int = 0
    promotion: int = 0
    partner_share: int = 0


class Released(NamedTuple):
    """A line's reserve that the merchant may have."""

    order_line: str
    payee: str
    mode: str
    reserve: int = 0


class Commissioned(NamedTuple):
    """A line's commissions that their earners may have."""

    order_line: str
    creator: str
    agency: str
    partner: str
    commission: int = 0
    agency_commission: int = 0
    partner_share: int = 0


class SupplyDue(NamedTuple):
    """What the supplier of a delivered line may have."""

    order_line: str
    payee: str
    mode: str
    supply_currency: str
    supply: int = 0


class Returned(NamedTuple):
    """A refund of what had not been settled, out of escrow or contract liability."""

    order_line: str
    payee: str
    mode: str
    surface: str
    creator: str
    units: int
    refund: int = 0
    undelivered: int = 0
    in_hold: int = 0
    contract: int = 0
    shortfall: int = 0
    promotion: int = 0
    sales_tax: int = 0
    vat: int = 0
    duty: int = 0
    gmv: int = 0
    platform_discount: int = 0
    shipping: int = 0


class Reversed(NamedTuple):
    """A refund of what had been settled: merchant first, fees and commissions in proportion.

    The `owed` amounts had been released to their earners already, who now owe them.
    """

    order_line: str
    payee: str
    mode: str
    surface: str
    creator: str
    agency: str
    partner: str
    units: int
    refund: int = 0
    available: int = 0
    reserve: int = 0
    shortfall: int = 0
    referral: int = 0
    administration: int = 0
    promotion: int = 0
    sales_tax: int = 0
    duty: int = 0
    commission: int = 0
    commission_owed: int = 0
    agency_commission: int = 0
    agency_owed: int = 0
    partner_share: int = 0
    partner_owed: int = 0
    gmv: int = 0
    platform_discount: int = 0
    shipping: int = 0


class Unearned(NamedTuple):
    """Full service: a refund of what had been delivered."""

    order_line: str
    payee: str
    mode: str
    surface: str
    creator: str
    agency: str
    partner: str
    units: int
    refund: int = 0
    revenue: int = 0
    shipping: int = 0
    vat: int = 0
    duty: int = 0
    commission: int = 0
    commission_owed: int = 0
    agency_commission: int = 0
    agency_owed: int = 0
    partner_share: int = 0
    partner_owed: int = 0
    gmv: int = 0
    platform_discount: int = 0


class GoodsBack(NamedTuple):
    """Full service: goods that came back, at what they had cost, and who has or answers for them.

    To the supplier they go at the rate at which they came; what was credited for them already is
    `owed` to us. The `exchanged` amounts are as in `Supplied`.
    """

    order_line: str
    payee: str
    mode: str
    units: int
    supply_currency: str
    goods: int = 0
    goods_exchanged: int = 0
    claim: int = 0
    unpaid: int = 0
    owed: int = 0
    supply_exchanged: int = 0


class Borne(NamedTuple):
    """A refund that the platform bears: the merchant settles as if nothing had been returned."""

    order_line: str
    payee: str
    mode: str
    surface: str
    creator: str
    units: int
    refund: int = 0
    claim: int = 0
    compensation: int = 0
    goodwill: int = 0
    sales_tax: int = 0
    vat: int = 0
    duty: int = 0
    gmv: int = 0


class Labelled(NamedTuple):
    """A return label: what the carrier bills, and what the merchant bears of it.

    What the hold lacks is charged `later`, when the line settles, as carriage is.
    """

    order_line: str
    payee: str
    mode: str
    in_hold: int = 0
    available: int = 0
    shortfall: int = 0
    cost: int = 0
    later: int = 0
