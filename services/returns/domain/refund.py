"""What units of a line are worth to the buyer who gives them back: the one place that computes it.

Every part of the price is shared over the line's units cumulatively (the k-th of n clears
round(total x k / n) less what was cleared before), so that the last unit clears the line to zero.
"""

from dataclasses import dataclass, replace

from libs.money import cumulative_share
from services.returns.domain.words import Fault


@dataclass(frozen=True, slots=True)
class Amounts:
    """Parts of a line's price, in minor units of the order's currency, net of tax but for `tax`.

    `shipping_tax` is the part of `tax` that is on shipping.
    """

    item: int = 0
    merchant_discount: int = 0
    platform_discount: int = 0
    shipping: int = 0
    tax: int = 0
    duty: int = 0
    shipping_tax: int = 0

    @property
    def goods_tax(self) -> int:
        """The tax that is not on shipping."""
        return self.tax - self.shipping_tax

    @property
    def paid(self) -> int:
        """What the buyer paid for it, or gets for it."""
        discounts = self.merchant_discount + self.platform_discount
        return self.item - discounts + self.shipping + self.tax + self.duty

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(
            self.item + other.item,
            self.merchant_discount + other.merchant_discount,
            self.platform_discount + other.platform_discount,
            self.shipping + other.shipping,
            self.tax + other.tax,
            self.duty + other.duty,
            self.shipping_tax + other.shipping_tax,
        )


NOTHING = Amounts()


@dataclass(frozen=True, slots=True)
class Cleared:
    """What went back of a line so far, in units and money."""

    units: int = 0
    refunded: Amounts = NOTHING
    shipping_kept: int = 0
    """Shipping of units whose return the buyer answered for."""
    shipping_tax_kept: int = 0
    """And the tax on it, which is owed as long as the shipping was."""

    def __add__(self, other: "Cleared") -> "Cleared":
        return Cleared(
            self.units + other.units,
            self.refunded + other.refunded,
            self.shipping_kept + other.shipping_kept,
            self.shipping_tax_kept + other.shipping_tax_kept,
        )


NOTHING_CLEARED = Cleared()


def clear(sold: Amounts, *, of: int, cleared: Cleared, units: int, fault: Fault) -> Cleared:
    """What the next `units` of a line of `of` come to.

    Shipping out is given back, with its tax, unless the buyer answers for the return. Where
    discount and price round apart by a minor unit, the discount takes it up: nobody gets more than
    they paid, nor pays for a return.
    """
    if not units:
        return NOTHING_CLEARED
    shares = _shares(sold, units=cleared.units + units, of=of, cleared=cleared)
    kept, tax_kept = (shares.shipping, shares.shipping_tax) if fault is Fault.BUYER else (0, 0)
    refund = replace(
        shares,
        shipping=shares.shipping - kept,
        tax=shares.tax - tax_kept,
        shipping_tax=shares.shipping_tax - tax_kept,
    )
    kept_before = cleared.shipping_kept + cleared.shipping_tax_kept
    left = sold.paid - cleared.refunded.paid - kept_before - kept - tax_kept
    excess = refund.paid - max(0, min(refund.paid, left))
    if excess and sold.platform_discount:
        refund = replace(refund, platform_discount=refund.platform_discount + excess)
    elif excess:
        refund = replace(refund, merchant_discount=refund.merchant_discount + excess)
    return Cleared(units, refund, kept, tax_kept)


def _shares(sold: Amounts, *, units: int, of: int, cleared: Cleared) -> Amounts:
    def share(total: int, already: int) -> int:
        return cumulative_share(total, units=units, of=of, already=already)

    before = cleared.refunded
    shipping_tax = share(sold.shipping_tax, before.shipping_tax + cleared.shipping_tax_kept)
    goods_tax = share(sold.goods_tax, before.goods_tax)
    return Amounts(
        item=share(sold.item, before.item),
        merchant_discount=share(sold.merchant_discount, before.merchant_discount),
        platform_discount=share(sold.platform_discount, before.platform_discount),
        shipping=share(sold.shipping, before.shipping + cleared.shipping_kept),
        tax=goods_tax + shipping_tax,
        duty=share(sold.duty, before.duty),
        shipping_tax=shipping_tax,
    )
