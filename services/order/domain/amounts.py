"""Amounts of a line, and the part of them that some of its units are worth."""

from dataclasses import dataclass, replace

from libs.money import cumulative_share


@dataclass(frozen=True, slots=True)
class Amounts:
    """What units cost, or what is given back for them: minor units, net of tax but for `tax`.

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
    def goods(self) -> int:
        """What the merchant sells for: item price less the discount of the merchant's own."""
        return self.item - self.merchant_discount

    @property
    def goods_tax(self) -> int:
        """The tax that is not on shipping."""
        return self.tax - self.shipping_tax

    @property
    def charged(self) -> int:
        """What the buyer pays."""
        return self.goods - self.platform_discount + self.shipping + self.tax + self.duty

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


def given_back(sold: Amounts, *, units: int, of: int, already: Amounts) -> Amounts:
    """What the next units of a line are worth when `units` of its `of` have gone back in all.

    Every amount is its cumulative share, so the last unit clears the line to zero. Shares of
    price and discount may round apart by a minor unit; a discount takes that up, so that nobody
    is asked to pay for a cancellation, nor gets back more than they paid.
    """
    shipping_tax = cumulative_share(
        sold.shipping_tax, units=units, of=of, already=already.shipping_tax
    )
    goods_tax = cumulative_share(sold.goods_tax, units=units, of=of, already=already.goods_tax)
    part = Amounts(
        item=cumulative_share(sold.item, units=units, of=of, already=already.item),
        merchant_discount=cumulative_share(
            sold.merchant_discount, units=units, of=of, already=already.merchant_discount
        ),
        platform_discount=cumulative_share(
            sold.platform_discount, units=units, of=of, already=already.platform_discount
        ),
        shipping=cumulative_share(sold.shipping, units=units, of=of, already=already.shipping),
        tax=goods_tax + shipping_tax,
        duty=cumulative_share(sold.duty, units=units, of=of, already=already.duty),
        shipping_tax=shipping_tax,
    )
    excess = part.charged - min(max(part.charged, 0), sold.charged - already.charged)
    if excess and sold.platform_discount:
        return replace(part, platform_discount=part.platform_discount + excess)
    return replace(part, merchant_discount=part.merchant_discount + excess) if excess else part
