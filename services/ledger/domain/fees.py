"""What a line's value comes to in fees and commissions, by the terms frozen on it."""

from typing import NamedTuple

from libs.money import share
from services.ledger.domain.position import Position
from services.ledger.domain.sale import FeeBasis, Value


class Fees(NamedTuple):
    """Who gets how much of a line; the live partner's share is borne by the platform."""

    referral: int
    administration: int
    commission: int
    agency_commission: int
    partner_share: int


def fees(position: Position, *, value: Value, returned: Value, units_returned: int) -> Fees:
    """The fees on what is left. They depend on totals only, so refunds in parts end at zero."""
    sold, terms = position.sold, position.terms
    left = position.units - units_returned
    referral = _referral(position, value, left)
    before = _referral(position, value.plus(returned), position.units)
    promoted = max(value.gmv - value.platform_discount, 0)
    commission = share(promoted, terms.creator) if sold.creator else 0
    agency = share(commission, sold.agency_share) if sold.agency else 0
    return Fees(
        referral=referral,
        administration=share(max(before - referral, 0), terms.refund_administration),
        commission=commission - agency,
        agency_commission=agency,
        partner_share=share(max(value.gmv, 0), terms.partner) if sold.partner else 0,
    )


def _referral(position: Position, value: Value, units: int) -> int:
    sold, terms = position.sold, position.terms
    match terms.fee_basis:
        case FeeBasis.ITEM_NET:
            return share(value.gmv, terms.referral)
        case FeeBasis.CUSTOMER_PAYMENT:
            return share(value.gmv + value.shipping, terms.referral)
        case FeeBasis.SUPPLY_PRICE:
            return share(sold.supply_cost_converted * units // sold.quantity, terms.referral)
        case FeeBasis.FLAT_PER_UNIT:
            return terms.referral_flat * units
