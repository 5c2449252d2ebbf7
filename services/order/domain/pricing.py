"""Pricing: from a basket to a sale, in integers, with each rounding named."""

from collections.abc import Sequence
from datetime import datetime

from libs.domain import Malformed
from libs.money import Money, allocate, share
from services.order.domain.amounts import Amounts
from services.order.domain.basket import Basket, BasketLine, Discount
from services.order.domain.market import Settings
from services.order.domain.merchant import Terms
from services.order.domain.offer import Listing, Price
from services.order.domain.rates import Rates
from services.order.domain.sale import Line, Sale, Supply
from services.order.domain.shelf import Shelf
from services.order.domain.words import Funding, Mode


class WrongCurrency(Malformed):
    """An amount is in another currency than the market's."""


class DiscountTooLarge(Malformed):
    """The discounts of a line come to more than its goods cost."""


def price(basket: Basket, shelf: Shelf, rates: Rates, *, now: datetime) -> Sale:
    """What the basket costs at this moment, line by line."""
    market = shelf.market(basket.market)
    settings = market.selling()
    duty_basis_points = market.duty_to(basket.ship_to, now)
    offered = [shelf.offered(line.offer_id, market=basket.market, now=now) for line in basket.lines]
    reductions = [
        _reductions(line, goods=offer.unit_price * line.quantity, currency=settings.currency)
        for line, (_, offer) in zip(basket.lines, offered, strict=True)
    ]
    shipping = _shipping(basket, settings, offered, reductions)
    terms: dict[str, Terms] = {}
    lines = []
    for line, (listing, offer), (by_merchant, by_platform), carriage in zip(
        basket.lines, offered, reductions, shipping, strict=True
    ):
        agreed = shelf.terms(listing.merchant_id, now)
        terms[agreed.terms_id] = agreed
        lines.append(
            Line(
                offer_id=listing.offer_id,
                product_id=listing.product_id,
                sku=listing.sku,
                merchant_id=listing.merchant_id,
                mode=listing.mode,
                title=listing.title,
                quantity=line.quantity,
                amounts=amounts_of(
                    goods=offer.unit_price * line.quantity,
                    by_merchant=by_merchant,
                    by_platform=by_platform,
                    shipping=carriage,
                    duty_basis_points=duty_basis_points,
                    settings=settings,
                ),
                terms_id=agreed.terms_id,
                surface=line.surface,
                weight_grams=listing.weight_grams * line.quantity,
                attribution=shelf.attribution(line),
                supply=_supply(line.quantity, listing, offer, settings.currency, rates),
                discounts=line.discounts,
            )
        )
    return Sale(
        buyer_id=basket.buyer_id,
        market=basket.market,
        legal_entity=settings.legal_entity,
        currency=settings.currency,
        ship_to=basket.ship_to,
        lines=tuple(lines),
        terms=terms,
        total=sum(line.amounts.charged for line in lines),
        capture_policy=settings.capture_policy,
        remorse_hold_minutes=settings.remorse_hold_minutes,
        return_window_days=settings.return_window_days,
        reservation_hold_minutes=settings.reservation_hold_minutes,
    )


def amounts_of(
    *,
    goods: int,
    by_merchant: int,
    by_platform: int,
    shipping: int,
    duty_basis_points: int,
    settings: Settings,
) -> Amounts:
    """A line's amounts net of tax, from amounts with tax in them or not as the market prices.

    The platform's discount does not lower the tax: the buyer pays less, the merchant sells for
    the same. Sales tax is on the goods alone, as carriage is stated apart; value-added tax is in
    the carriage too.
    """
    if settings.tax_inclusive:
        rate = settings.tax_basis_points
        tax_on_goods = tax_within(goods - by_merchant, rate)
        tax_on_discount = tax_within(goods, rate) - tax_on_goods
        tax_on_shipping = tax_within(shipping, rate)
        item = goods - tax_on_goods - tax_on_discount
        merchant_discount = by_merchant - tax_on_discount
        carriage = shipping - tax_on_shipping
        tax = tax_on_goods + tax_on_shipping
    else:
        item, merchant_discount, carriage = goods, by_merchant, shipping
        tax_on_shipping = 0
        tax = share(goods - by_merchant, settings.tax_basis_points)
    return Amounts(
        item=item,
        merchant_discount=merchant_discount,
        platform_discount=by_platform,
        shipping=carriage,
        tax=tax,
        duty=share(item - merchant_discount, duty_basis_points),
        shipping_tax=tax_on_shipping,
    )


def tax_within(gross: int, basis_points: int) -> int:
    """The tax contained in a price that includes it, half rounded up."""
    whole = 10_000 + basis_points
    return (gross * basis_points * 2 + whole) // (2 * whole)


def _reductions(line: BasketLine, *, goods: int, currency: str) -> tuple[int, int]:
    """What merchant and platform take off the price of a line."""
    if not line.discounts:
        return 0, 0
    by_merchant = _sum(line.discounts, Funding.MERCHANT, currency)
    by_platform = _sum(line.discounts, Funding.PLATFORM, currency)
    if by_merchant + by_platform > goods:
        raise DiscountTooLarge(
            f"discounts of {Money(by_merchant + by_platform, currency)} on goods of "
            f"{Money(goods, currency)}",
            field="basket.lines.discounts",
        )
    return by_merchant, by_platform


def _sum(discounts: Sequence[Discount], funding: Funding, currency: str) -> int:
    return sum(
        _minor(discount.amount, currency, field="basket.lines.discounts.amount")
        for discount in discounts
        if discount.funding is funding
    )


def _shipping(
    basket: Basket,
    settings: Settings,
    offered: Sequence[tuple[Listing, Price]],
    reductions: Sequence[tuple[int, int]],
) -> list[int]:
    """The order's shipping, shared over its lines by weight, or by units where none is known."""
    goods = sum(
        price.unit_price * line.quantity - by_merchant
        for line, (_, price), (by_merchant, _) in zip(
            basket.lines, offered, reductions, strict=True
        )
    )
    if basket.shipping is not None:
        total = _minor(basket.shipping, settings.currency, field="basket.shipping")
    else:
        total = 0 if 0 < settings.free_shipping_from <= goods else settings.shipping
    weights = [
        listing.weight_grams * line.quantity
        for line, (listing, _) in zip(basket.lines, offered, strict=True)
    ]
    return allocate(total, weights if any(weights) else [line.quantity for line in basket.lines])


def _supply(
    quantity: int, listing: Listing, price: Price, currency: str, rates: Rates
) -> Supply | None:
    """What the supplier of a full-service line is owed."""
    if listing.mode is not Mode.FULL_SERVICE:
        return None
    cost = price.supply_price * quantity
    return Supply(
        cost=cost,
        currency=listing.supply_currency,
        converted=rates.convert(cost, source=listing.supply_currency, target=currency),
    )


def _minor(amount: Money, currency: str, *, field: str) -> int:
    if amount.currency != currency:
        raise WrongCurrency(f"{amount} where the market sells in {currency}", field=field)
    return amount.amount
