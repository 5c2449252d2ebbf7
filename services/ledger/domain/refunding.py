"""Who bears a refund, and out of what."""

from collections.abc import Iterable
from enum import Enum, auto

from services.ledger.domain.amounts import Borne, Labelled, Returned, Reversed, Unearned
from services.ledger.domain.fees import Fees, fees
from services.ledger.domain.notes import Refund, RefundLine
from services.ledger.domain.position import Position
from services.ledger.domain.sale import Fault

BORNE_BY_US = frozenset({Fault.CARRIER, Fault.WAREHOUSE, Fault.PLATFORM})
"""The merchant had done its part; it keeps what the line earns."""


class Source(Enum):
    """Out of what a refund of a line comes."""

    CANCELLED = auto()
    UNSETTLED = auto()
    SETTLED = auto()
    REVENUE = auto()
    OURS = auto()


def source_of(position: Position, line: RefundLine, refund: Refund) -> Source:
    """What was not delivered is still set aside, whoever is at fault; after that, fault decides."""
    if refund.cancelled and line.units <= position.expected:
        return Source.CANCELLED
    if not position.marketplace:
        earned = not refund.lost and line.units <= position.refundable(lost=False)
        return Source.REVENUE if earned else Source.UNSETTLED
    if refund.fault in BORNE_BY_US:
        return Source.OURS
    return Source.SETTLED if position.settled_at else Source.UNSETTLED


def returned(position: Position, line: RefundLine, *, cancelled: bool) -> Returned:
    """Before settlement the money is still set aside for the line.

    Cancelled units were not delivered, returned ones were; what one side lacks the other has, and
    what both lack (a concession beyond what the line holds) the merchant owes.
    """
    sold, value, ours = position.sold, line.value, not position.marketplace
    needed = value.gmv + value.shipping - (value.platform_discount if ours else 0)
    if ours:
        undelivered, in_hold = needed, 0
    elif cancelled:
        undelivered = min(needed, position.undelivered)
        in_hold = min(needed - undelivered, position.in_hold)
    else:
        in_hold = min(needed, position.in_hold)
        undelivered = min(needed - in_hold, position.undelivered)
    return Returned(
        order_line=sold.order_line,
        payee=sold.merchant,
        mode=sold.mode,
        surface=sold.surface,
        creator=sold.creator,
        units=line.units,
        refund=value.charged,
        undelivered=0 if ours else undelivered,
        in_hold=in_hold,
        contract=undelivered if ours else 0,
        shortfall=needed - undelivered - in_hold,
        promotion=0 if ours else value.platform_discount,
        sales_tax=0 if ours else value.tax,
        vat=value.tax if ours else 0,
        duty=value.duty,
        gmv=value.gmv,
        platform_discount=value.platform_discount,
        shipping=value.shipping,
    )


def reversed_row(position: Position, line: RefundLine, *, available: int) -> Reversed:
    """After settlement all who had a part give back their part; the merchant bears the rest.

    The merchant pays out of `available`, then out of this line's reserve, then owes it.
    """
    sold, value = position.sold, line.value
    back = _given_back(position, line)
    borne = (
        value.charged
        + back.administration
        + value.platform_discount
        - back.referral
        - back.commission
        - back.agency_commission
        - value.tax
        - value.duty
    )
    from_available = min(borne, available)
    from_reserve = min(borne - from_available, position.reserve)
    gone = position.commission_released
    return Reversed(
        order_line=sold.order_line,
        payee=sold.merchant,
        mode=sold.mode,
        surface=sold.surface,
        creator=sold.creator,
        agency=sold.agency,
        partner=sold.partner,
        units=line.units,
        refund=value.charged,
        available=from_available,
        reserve=from_reserve,
        shortfall=borne - from_available - from_reserve,
        referral=back.referral,
        administration=back.administration,
        promotion=value.platform_discount,
        sales_tax=value.tax,
        duty=value.duty,
        commission=0 if gone else back.commission,
        commission_owed=back.commission if gone else 0,
        agency_commission=0 if gone else back.agency_commission,
        agency_owed=back.agency_commission if gone else 0,
        partner_share=0 if gone else back.partner_share,
        partner_owed=back.partner_share if gone else 0,
        gmv=value.gmv,
        platform_discount=value.platform_discount,
        shipping=value.shipping,
    )


def reversed_rows(
    lines: Iterable[tuple[Position, RefundLine]], funds: dict[str, int]
) -> tuple[Reversed, ...]:
    """Refund settled lines one after the other, each out of what the one before has left."""
    rows = []
    for position, line in lines:
        merchant = position.sold.merchant
        row = reversed_row(position, line, available=funds.get(merchant, 0))
        funds[merchant] = funds.get(merchant, 0) - row.available
        rows.append(row)
    return tuple(rows)


def unearned(position: Position, line: RefundLine) -> Unearned:
    """Full service: our own revenue goes back, and with it the commissions."""
    sold, value = position.sold, line.value
    back = _given_back(position, line)
    gone = position.commission_released
    return Unearned(
        order_line=sold.order_line,
        payee=sold.merchant,
        mode=sold.mode,
        surface=sold.surface,
        creator=sold.creator,
        agency=sold.agency,
        partner=sold.partner,
        units=line.units,
        refund=value.charged,
        revenue=value.gmv - value.platform_discount,
        shipping=value.shipping,
        vat=value.tax,
        duty=value.duty,
        commission=0 if gone else back.commission,
        commission_owed=back.commission if gone else 0,
        agency_commission=0 if gone else back.agency_commission,
        agency_owed=back.agency_commission if gone else 0,
        partner_share=0 if gone else back.partner_share,
        partner_owed=back.partner_share if gone else 0,
        gmv=value.gmv,
        platform_discount=value.platform_discount,
    )


def borne(position: Position, line: RefundLine, fault: Fault) -> Borne:
    """Carrier's, warehouse's or our own fault: the merchant settles as if nothing came back."""
    sold, value = position.sold, line.value
    goods = value.charged - value.tax - value.duty
    return Borne(
        order_line=sold.order_line,
        payee=sold.merchant,
        mode=sold.mode,
        surface=sold.surface,
        creator=sold.creator,
        units=line.units,
        refund=value.charged,
        claim=goods if fault is Fault.CARRIER else 0,
        compensation=goods if fault is Fault.WAREHOUSE else 0,
        goodwill=goods if fault is Fault.PLATFORM else 0,
        sales_tax=value.tax,
        duty=value.duty,
        gmv=value.gmv,
    )


def labelled(position: Position, *, charged: int, cost: int, available: int) -> Labelled:
    """The way back: out of the hold, or once settled out of what is available, or owed."""
    sold, over = position.sold, position.settled_at is not None
    charged = charged if position.marketplace else 0
    in_hold = min(charged, position.in_hold)
    rest = charged - in_hold
    from_available = min(rest, available) if over else 0
    return Labelled(
        order_line=sold.order_line,
        payee=sold.merchant,
        mode=sold.mode,
        in_hold=in_hold,
        available=from_available,
        shortfall=rest - from_available if over else 0,
        cost=cost,
        later=0 if over else rest,
    )


def _given_back(position: Position, line: RefundLine) -> Fees:
    """What the fees of the line lose by the refund; `administration` is what they gain."""
    earned = position.value if position.marketplace else position.earned
    now = fees(
        position,
        value=earned.less(line.value),
        returned=position.returned.plus(line.value),
        units_returned=position.units_returned + line.units,
    )
    return Fees(
        referral=position.referral - now.referral,
        administration=now.administration - position.administration,
        commission=position.commission - now.commission,
        agency_commission=position.agency_commission - now.agency_commission,
        partner_share=position.partner_share - now.partner_share,
    )
