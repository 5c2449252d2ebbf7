"""What is done when the holds are over."""

from libs.money import share
from services.ledger.domain.amounts import Commissioned, Released, Settled, SupplyDue
from services.ledger.domain.fees import fees
from services.ledger.domain.position import Position


def settled(position: Position) -> Settled:
    """Split the escrow: fees and commissions first, a reserve of the rest, the rest is available.

    Fees beyond the escrow are owed by the merchant, so that escrow always ends at zero.
    """
    sold = position.sold
    due = fees(
        position,
        value=position.value,
        returned=position.returned,
        units_returned=position.units_returned,
    )
    rest = position.in_hold - (
        due.referral
        + due.administration
        + position.carriage
        + due.commission
        + due.agency_commission
    )
    reserve = share(max(rest, 0), position.terms.reserve)
    return Settled(
        order_line=sold.order_line,
        payee=sold.merchant,
        mode=sold.mode,
        creator=sold.creator,
        agency=sold.agency,
        partner=sold.partner,
        escrow=position.in_hold,
        shortfall=max(-rest, 0),
        referral=due.referral,
        administration=due.administration,
        carriage=position.carriage,
        commission=due.commission,
        agency_commission=due.agency_commission,
        reserve=reserve,
        available=max(rest, 0) - reserve,
        promotion=position.value.platform_discount,
        partner_share=due.partner_share,
    )


def released(position: Position) -> Released:
    sold = position.sold
    return Released(
        order_line=sold.order_line,
        payee=sold.merchant,
        mode=sold.mode,
        reserve=position.reserve,
    )


def commissioned(position: Position) -> Commissioned:
    sold = position.sold
    return Commissioned(
        order_line=sold.order_line,
        creator=sold.creator,
        agency=sold.agency,
        partner=sold.partner,
        commission=position.commission,
        agency_commission=position.agency_commission,
        partner_share=position.partner_share,
    )


def supply_due(position: Position) -> SupplyDue:
    sold = position.sold
    return SupplyDue(
        order_line=sold.order_line,
        payee=sold.merchant,
        mode=sold.mode,
        supply_currency=sold.supply_currency,
        supply=position.supply_owed,
    )
