"""What leaving and arriving means for a line's money."""

from services.ledger.domain.amounts import Carried, Delivered, Earned, GoodsBack, Lost, Supplied
from services.ledger.domain.fees import fees
from services.ledger.domain.notes import Carriage, Fate, Inspection
from services.ledger.domain.position import NOTHING, Position
from services.ledger.domain.sale import Value


def portion(amount: int, *, units: int, of: int) -> int:
    """`units` of the `of` units that share an amount; the last of them takes what is left."""
    return amount if units >= of else (amount * units * 2 + of) // (2 * of)


def carried(position: Position, carriage: Carriage) -> Carried:
    """Carriage, handling, and the duty beyond what the buyer paid for these units in advance."""
    sold = position.sold
    shipped = min(position.shipped + carriage.units, sold.quantity)
    prepaid = portion(sold.duty, units=shipped, of=sold.quantity) - portion(
        sold.duty, units=position.shipped, of=sold.quantity
    )
    return Carried(
        order_line=sold.order_line,
        payee=sold.merchant,
        mode=sold.mode,
        units=carriage.units,
        charged=carriage.charged if position.marketplace else 0,
        carriage=carriage.cost,
        handling=carriage.handling,
        duty=max(carriage.duty - prepaid, 0),
    )


def supplied(position: Position, order_currency: str, units: int) -> Supplied:
    """The goods at cost in the order's currency, and the debt in the supplier's."""
    sold = position.sold
    taken = position.supply_taken
    goods = _between(sold.supply_cost_converted, taken, taken + units, sold.quantity)
    supply = _between(sold.supply_cost, taken, taken + units, sold.quantity)
    foreign = sold.supply_currency != order_currency
    return Supplied(
        order_line=sold.order_line,
        payee=sold.merchant,
        mode=sold.mode,
        units=units,
        supply_currency=sold.supply_currency,
        goods=goods,
        goods_exchanged=goods if foreign else 0,
        supply=supply,
        supply_exchanged=supply if foreign else 0,
    )


def delivered(position: Position, units: int) -> Delivered:
    """The escrow of these units comes into the hold; with the last of them, all that is left."""
    return Delivered(
        order_line=position.sold.order_line,
        payee=position.sold.merchant,
        units=units,
        escrow=portion(position.undelivered, units=units, of=position.expected),
    )


def lost(position: Position, units: int) -> Lost:
    """The goods of these units, which were ours already, and which the carrier answers for."""
    goods = _cost(position, units)
    return Lost(
        order_line=position.sold.order_line,
        payee=position.sold.merchant,
        mode=position.sold.mode,
        units=units,
        goods=goods,
        claim=goods,
    )


def earned(position: Position, units: int) -> Earned:
    """Revenue of these units, their cost, and the commissions that they bring."""
    sold = position.sold
    value = Value(
        *(portion(it, units=units, of=position.unearned_units) for it in position.unearned)
    )
    now = fees(position, value=position.earned.plus(value), returned=NOTHING, units_returned=0)
    return Earned(
        order_line=sold.order_line,
        payee=sold.merchant,
        mode=sold.mode,
        units=units,
        creator=sold.creator,
        agency=sold.agency,
        partner=sold.partner,
        contract=value.gmv - value.platform_discount + value.shipping,
        revenue=value.gmv - value.platform_discount,
        shipping=value.shipping,
        goods=_cost(position, units),
        commission=now.commission - position.commission,
        agency_commission=now.agency_commission - position.agency_commission,
        partner_share=now.partner_share - position.partner_share,
        platform_discount=value.platform_discount,
    )


def _between(amount: int, start: int, end: int, of: int) -> int:
    return portion(amount, units=end, of=of) - portion(amount, units=start, of=of)


def came_back(position: Position, inspection: Inspection, order_currency: str) -> GoodsBack:
    """Goods that are the supplier's again are not owed for; damaged ones are claimed."""
    sold, units = position.sold, inspection.units
    back, of = position.goods_back, sold.quantity
    goods = _between(sold.supply_cost_converted, back, back + units, of)
    to_supplier = inspection.fate is Fate.SUPPLIER
    supply = _between(sold.supply_cost, back, back + units, of) if to_supplier else 0
    unpaid = min(supply, position.supply_owed)
    foreign = sold.supply_currency != order_currency
    return GoodsBack(
        order_line=sold.order_line,
        payee=sold.merchant,
        mode=sold.mode,
        units=units,
        supply_currency=sold.supply_currency,
        goods=goods,
        goods_exchanged=goods if to_supplier and foreign else 0,
        claim=0 if to_supplier else goods,
        unpaid=unpaid,
        owed=supply - unpaid,
        supply_exchanged=supply if foreign else 0,
    )


def _cost(position: Position, units: int) -> int:
    """What the next units that arrive, or are lost, cost us, whenever we heard that they left."""
    done, sold = position.arrived + position.lost, position.sold
    return _between(sold.supply_cost_converted, done, done + units, sold.quantity)
