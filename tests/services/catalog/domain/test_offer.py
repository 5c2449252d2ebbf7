"""What can be on sale, and at which price at which moment."""

from dataclasses import replace
from datetime import timedelta

import pytest

from libs.domain import Malformed, NotFound, Refusal
from libs.money import Money
from libs.testing import fact, given, recorded
from services.catalog.domain import (
    CustomsDataMissing,
    Listing,
    Market,
    Merchant,
    NoTerms,
    Offer,
    OfferExists,
    OfferState,
    Price,
    Product,
    SellingMode,
    SupplyPriceMissing,
    SupplyPriceUnexpected,
    Variant,
    WrongCurrency,
    WrongMarketState,
    WrongOfferState,
    WrongProductState,
)
from services.catalog.domain.offer import draw_up
from tests.services.catalog.samples import (
    LISTING,
    NOW,
    SCARF,
    TOMORROW,
    YESTERDAY,
    a_market,
    a_merchant,
    a_product,
)

UNIT_PRICE = Money(2500, "GBP")
FULL_PRICE = Price(2500, 0, NOW)
FULL_SERVICE = replace(LISTING, mode=SellingMode.FULL_SERVICE, supply_currency="CNY")


def gbp(pence: int) -> Money:
    return Money(pence, "GBP")


def offer(listing: Listing = LISTING, *, price: Price = FULL_PRICE) -> Offer:
    return given(Offer, fact(Offer.Published, listing=listing, price=price))


def listing(
    *,
    product: Product | None = None,
    merchant: Merchant | None = None,
    market: Market | None = None,
    sku: str = SCARF.sku,
    mode: SellingMode = SellingMode.MARKETPLACE,
    unit_price: Money = UNIT_PRICE,
    supply_price: Money | None = None,
) -> Listing:
    return draw_up(
        product=product or a_product(),
        sku=sku,
        merchant=merchant or a_merchant(),
        market=market or a_market(),
        mode=mode,
        unit_price=unit_price,
        supply_price=supply_price,
        per_buyer_cap=3,
    )


def closed_market() -> Market:
    market = a_market()
    market.close()
    return market


def test_an_active_product_under_terms_can_be_offered_in_a_market() -> None:
    assert listing() == LISTING


def test_in_full_service_the_platform_says_what_it_pays() -> None:
    drawn = listing(mode=SellingMode.FULL_SERVICE, supply_price=Money(6200, "CNY"))

    assert drawn == FULL_SERVICE


def test_a_drafted_product_cannot_be_offered() -> None:
    with pytest.raises(WrongProductState):
        listing(product=a_product(active=False))


def test_a_merchant_without_terms_offers_nothing() -> None:
    with pytest.raises(NoTerms):
        listing(merchant=a_merchant(with_terms=False))


def test_a_closed_market_takes_no_offers() -> None:
    with pytest.raises(WrongMarketState):
        listing(market=closed_market())


def test_a_variant_must_exist_to_be_offered() -> None:
    with pytest.raises(NotFound):
        listing(sku="SCARF-GREEN")


def test_goods_for_a_market_over_a_border_need_customs_data() -> None:
    plain = a_product(Variant(sku=SCARF.sku))

    with pytest.raises(CustomsDataMissing):
        listing(product=plain, market=a_market(customs=True))


@pytest.mark.parametrize(
    ("mode", "unit_price", "supply_price", "refusal"),
    [
        (SellingMode.MARKETPLACE, Money(2500, "EUR"), None, WrongCurrency),
        (SellingMode.FULL_SERVICE, gbp(2500), None, SupplyPriceMissing),
        (SellingMode.FULL_SERVICE, gbp(2500), Money(0, "CNY"), SupplyPriceMissing),
        (SellingMode.MARKETPLACE, gbp(2500), Money(6200, "CNY"), SupplyPriceUnexpected),
    ],
)
def test_prices_fit_market_and_mode(
    mode: SellingMode, unit_price: Money, supply_price: Money | None, refusal: type[Malformed]
) -> None:
    with pytest.raises(refusal):
        listing(mode=mode, unit_price=unit_price, supply_price=supply_price)


def test_variant_market_and_mode_make_the_offers_id() -> None:
    def stream(market: str, mode: SellingMode) -> object:
        return Offer.stream(LISTING.product_id, LISTING.sku, market, mode)

    assert stream("GB", SellingMode.MARKETPLACE) == stream("GB", SellingMode.MARKETPLACE)
    assert stream("GB", SellingMode.MARKETPLACE) != stream("DE", SellingMode.MARKETPLACE)
    assert stream("GB", SellingMode.MARKETPLACE) != stream("GB", SellingMode.FULL_SERVICE)


def test_a_new_price_is_in_force_from_its_moment_on() -> None:
    scarf = offer()

    scarf.change_price(gbp(2000), supply_price=None, effective_at=TOMORROW, now=NOW)

    assert scarf.price_at(TOMORROW - timedelta(microseconds=1)).unit_price == 2500
    assert scarf.price_at(TOMORROW).unit_price == 2000


def test_a_new_price_leaves_later_ones_alone() -> None:
    scarf = offer()
    scarf.change_price(gbp(2000), supply_price=None, effective_at=TOMORROW, now=NOW)

    scarf.change_price(gbp(2200), supply_price=None, effective_at=None, now=NOW)

    assert scarf.price_at(NOW).unit_price == 2200
    assert scarf.price_at(TOMORROW).unit_price == 2000


def test_prices_that_are_over_are_forgotten() -> None:
    scarf = offer()
    scarf.change_price(gbp(2000), supply_price=None, effective_at=TOMORROW, now=NOW)

    scarf.change_price(gbp(1900), supply_price=None, effective_at=None, now=TOMORROW)

    assert scarf.prices == (Price(1900, 0, TOMORROW),)


def test_a_price_is_never_changed_backwards() -> None:
    scarf = offer(price=Price(2500, 0, YESTERDAY))

    scarf.change_price(gbp(2000), supply_price=None, effective_at=YESTERDAY, now=NOW)

    assert recorded(scarf) == [fact(Offer.PriceChanged, price=Price(2000, 0, NOW), changed_at=NOW)]


def test_a_supply_price_that_is_left_out_stays() -> None:
    scarf = offer(FULL_SERVICE, price=Price(2500, 6200, NOW))

    scarf.change_price(gbp(2400), supply_price=None, effective_at=TOMORROW, now=NOW)
    scarf.change_price(gbp(2400), supply_price=Money(6000, "CNY"), effective_at=None, now=NOW)

    assert scarf.price_at(TOMORROW).supply_price == 6200
    assert scarf.price_at(NOW).supply_price == 6000


@pytest.mark.parametrize(
    ("sold_as", "unit_price", "supply_price", "refusal"),
    [
        (LISTING, Money(2000, "EUR"), None, WrongCurrency),
        (LISTING, gbp(2000), Money(6000, "CNY"), SupplyPriceUnexpected),
        (FULL_SERVICE, gbp(2000), Money(6000, "USD"), WrongCurrency),
    ],
)
def test_a_new_price_fits_the_offer(
    sold_as: Listing, unit_price: Money, supply_price: Money | None, refusal: type[Refusal]
) -> None:
    scarf = offer(sold_as)

    with pytest.raises(refusal):
        scarf.change_price(unit_price, supply_price=supply_price, effective_at=None, now=NOW)

    assert recorded(scarf) == []


def test_an_offer_goes_live_when_its_first_price_does() -> None:
    scarf = offer(price=Price(2500, 0, TOMORROW))

    assert scarf.state(NOW) is OfferState.SCHEDULED
    assert scarf.state(TOMORROW) is OfferState.LIVE


def test_an_offer_that_is_resumed_says_its_price_and_those_to_come_again() -> None:
    scarf = offer()
    scarf.change_price(gbp(2000), supply_price=None, effective_at=TOMORROW, now=NOW)
    scarf.pause()
    assert scarf.state(NOW) is OfferState.PAUSED
    before = len(recorded(scarf))

    scarf.resume(NOW)

    assert recorded(scarf)[before:] == [
        fact(Offer.Resumed, listing=LISTING, price=Price(2500, 0, NOW)),
        fact(Offer.PriceChanged, price=Price(2000, 0, TOMORROW), changed_at=NOW),
    ]


def test_an_ended_offer_can_only_be_published_again() -> None:
    scarf = offer()
    scarf.end()

    for step in (scarf.pause, scarf.end, lambda: scarf.resume(NOW)):
        with pytest.raises(WrongOfferState):
            step()
    with pytest.raises(WrongOfferState):
        scarf.change_price(gbp(1), supply_price=None, effective_at=None, now=NOW)

    scarf.publish_again(LISTING, Price(1900, 0, NOW))
    assert scarf.state(NOW) is OfferState.LIVE
    assert scarf.prices == (Price(1900, 0, NOW),)


def test_what_is_on_sale_is_not_published_again() -> None:
    scarf = offer()

    with pytest.raises(OfferExists):
        scarf.publish_again(LISTING, Price(1900, 0, NOW))

    assert recorded(scarf) == []


def test_strangers_do_not_find_an_offer() -> None:
    with pytest.raises(NotFound):
        offer().seen_by("somebody-else")
