"""What a basket costs, and why it may not be sold."""

from dataclasses import replace
from datetime import timedelta

import pytest

from libs.domain import Refusal, happening
from libs.money import Money
from services.order.domain import (
    Amounts,
    Attribution,
    AttributionUnknown,
    BasketLine,
    Discount,
    DiscountTooLarge,
    Funding,
    MarketClosed,
    Mode,
    OfferUnavailable,
    RateMissing,
    Rates,
    Rule,
    ShipToBlocked,
    Supply,
    Surface,
    TermsMissing,
    WrongCurrency,
    price,
)
from services.order.domain.pricing import amounts_of, tax_within
from tests.services.order.samples import (
    BEFORE,
    DE,
    LAMP,
    MUG,
    NOON,
    RATES,
    US,
    basket,
    offer,
    shelf,
    sold,
    suspended,
    wanted,
)


def off(funding: Funding, minor: int, currency: str = "USD") -> Discount:
    return Discount("SPRING", funding, Money(minor, currency))


def test_a_basket_in_a_market_with_sales_tax_costs_goods_carriage_and_tax_on_the_goods() -> None:
    """The worked example: 2 x 25.00, coupons of merchant and platform, 8.25 % on the goods."""
    line = replace(
        wanted("mug", 2),
        discounts=(off(Funding.MERCHANT, 500), off(Funding.PLATFORM, 300)),
    )

    sale = sold(basket(line))

    assert sale.lines[0].amounts == Amounts(
        item=5000, merchant_discount=500, platform_discount=300, shipping=499, tax=371, duty=0
    )
    assert sale.total == 5070


def test_a_price_that_contains_tax_is_sold_net_of_it_to_the_last_digit() -> None:
    """The worked example: 24.00 with 20 % is 20.00 and 4.00; carriage 2.99 is 2.49 and 0.50."""
    sale = sold(basket(wanted("lamp"), country="DE"))

    assert sale.lines[0].amounts == Amounts(item=2000, shipping=249, tax=450, shipping_tax=50)
    assert sale.total == 2699


@pytest.mark.parametrize("goods", [1, 7, 99, 1234])
@pytest.mark.parametrize("by_merchant", [0, 1])
@pytest.mark.parametrize("shipping", [0, 1, 3, 299])
def test_what_the_buyer_pays_is_what_the_prices_with_tax_come_to(
    goods: int, by_merchant: int, shipping: int
) -> None:
    amounts = amounts_of(
        goods=goods,
        by_merchant=by_merchant,
        by_platform=0,
        shipping=shipping,
        duty_basis_points=0,
        settings=DE,
    )

    assert amounts.charged == goods - by_merchant + shipping
    assert amounts.goods_tax == tax_within(goods - by_merchant, 2000)
    assert amounts.shipping_tax == tax_within(shipping, 2000)


def test_the_platforms_discount_leaves_the_tax_as_it_is() -> None:
    without = sold(basket(wanted("lamp"), country="DE"))
    line = replace(wanted("lamp"), discounts=(off(Funding.PLATFORM, 400, "EUR"),))

    sale = sold(basket(line, country="DE"))

    assert sale.lines[0].amounts.tax == without.lines[0].amounts.tax
    assert sale.total == without.total - 400


def test_shipping_is_shared_by_weight_and_no_cent_is_lost() -> None:
    lines = (wanted("mug"), wanted("bowl"), wanted("mug"))
    bowl = replace(MUG, offer_id="bowl", weight_grams=401)

    sale = sold(basket(*lines), shelf(offer(MUG, 100), offer(bowl, 100)))

    assert [line.amounts.shipping for line in sale.lines] == [166, 167, 166]


def test_goods_without_weight_share_shipping_by_units() -> None:
    light = replace(MUG, weight_grams=0)

    sale = sold(basket(wanted("mug", 3), wanted("mug", 1)), shelf(offer(light, 100)))

    assert [line.amounts.shipping for line in sale.lines] == [374, 125]


@pytest.mark.parametrize(("units", "shipping"), [(4, 499), (5, 0)])
def test_shipping_is_free_from_the_goods_value_that_the_market_sets(
    units: int, shipping: int
) -> None:
    on = shelf(us=replace(US, free_shipping_from=12_500))

    sale = sold(basket(wanted("mug", units)), on)

    assert sum(line.amounts.shipping for line in sale.lines) == shipping


def test_shipping_that_a_service_gives_takes_the_place_of_the_table() -> None:
    sale = sold(replace(basket(), shipping=Money(1500, "USD")))

    assert sale.lines[0].amounts.shipping == 1500


def test_both_modes_are_sold_in_one_basket_and_the_supplier_is_owed_at_todays_rate() -> None:
    sale = sold(basket(wanted("mug-de", 2), wanted("lamp"), country="DE"))

    assert [line.mode for line in sale.lines] == [Mode.MARKETPLACE, Mode.FULL_SERVICE]
    assert [line.supply for line in sale.lines] == [
        None,
        Supply(cost=6200, currency="CNY", converted=800),
    ]
    assert sale.total == sum(line.amounts.charged for line in sale.lines)


def test_terms_are_frozen_once_and_named_on_each_line() -> None:
    sale = sold(basket(wanted("mug"), wanted("mug", 3)))

    assert [line.terms_id for line in sale.lines] == ["acme-1", "acme-1"]
    assert list(sale.terms) == ["acme-1"]
    assert sale.terms["acme-1"].referral_basis_points == 600


def test_the_host_of_a_live_session_is_credited_with_agency_and_partner() -> None:
    line = replace(wanted("mug"), surface=Surface.LIVE, live_session_id="friday")

    sale = sold(basket(line))

    assert sale.lines[0].attribution == Attribution(
        creator_id="mei",
        agency_id="starlight",
        agency_basis_points=2000,
        partner_id="studio-9",
        live_session_id="friday",
    )


def test_a_sample_costs_nothing_at_all() -> None:
    on = shelf(offer(MUG, 0), us=replace(US, shipping=0))

    assert sold(basket(), on).total == 0


def test_a_price_of_tomorrow_is_not_asked_today() -> None:
    mug = offer(MUG, 2500)
    with happening(BEFORE):
        mug.reprice(unit_price=1900, supply_price=0, effective_at=NOON + timedelta(hours=1))
    on = shelf(mug, us=replace(US, shipping=0, tax_basis_points=0))

    assert price(basket(), on, RATES, now=NOON).total == 5000
    assert price(basket(), on, RATES, now=NOON + timedelta(hours=1)).total == 3800


def test_duty_to_a_country_is_on_the_goods_net_of_tax() -> None:
    on = shelf()
    with happening(BEFORE):
        on.markets["DE"].learn_rule(Rule("customs", "AT", False, 1200, BEFORE, False))
    to_austria = replace(basket(wanted("lamp"), country="DE"), ship_to="AT")

    assert sold(to_austria, on).lines[0].amounts.duty == 240
    assert sold(basket(wanted("lamp"), country="DE"), on).lines[0].amounts.duty == 0


@pytest.mark.parametrize(
    ("lines", "because"),
    [
        ((wanted("unheard-of"),), OfferUnavailable),
        ((wanted("lamp"),), OfferUnavailable),
        ((replace(wanted("mug"), creator_id="nobody"),), AttributionUnknown),
        ((replace(wanted("mug"), live_session_id="never"),), AttributionUnknown),
        ((replace(wanted("mug"), discounts=(off(Funding.PLATFORM, 1, "EUR"),)),), WrongCurrency),
        (
            (
                replace(
                    wanted("mug"),
                    discounts=(off(Funding.PLATFORM, 2000), off(Funding.MERCHANT, 501)),
                ),
            ),
            DiscountTooLarge,
        ),
    ],
    ids=["unknown", "other market", "creator", "session", "currency", "discount"],
)
def test_what_cannot_be_sold_as_asked_is_refused_by_name(
    lines: tuple[BasketLine, ...], because: type[Refusal]
) -> None:
    with pytest.raises(because):
        sold(basket(*lines))


def test_shipping_in_another_currency_is_refused() -> None:
    with pytest.raises(WrongCurrency):
        sold(replace(basket(), shipping=Money(100, "EUR")))


def test_a_withdrawn_product_is_not_sold() -> None:
    on = replace(shelf(), products={"mugs": suspended("mugs")})

    with pytest.raises(OfferUnavailable):
        sold(basket(), on)


def test_an_ended_offer_is_not_sold() -> None:
    mug = offer(MUG, 2500)
    with happening(BEFORE):
        mug.end(NOON)

    with pytest.raises(OfferUnavailable):
        sold(basket(), shelf(mug))


def test_a_merchant_without_terms_does_not_sell() -> None:
    with pytest.raises(TermsMissing):
        sold(basket(), replace(shelf(), merchants={}))


def test_a_market_that_is_held_or_unknown_takes_no_orders() -> None:
    on = shelf()
    with happening(BEFORE):
        on.markets["US"].hold("flood")

    with pytest.raises(MarketClosed):
        sold(basket(), on)
    with pytest.raises(MarketClosed):
        sold(basket(country="FR"), on)


def test_a_market_ships_to_its_own_countries_only() -> None:
    with pytest.raises(ShipToBlocked):
        sold(replace(basket(), ship_to="CA"))


@pytest.mark.parametrize(("repealed", "blocked"), [(False, True), (True, False)])
def test_a_rule_blocks_a_country_until_it_is_repealed(repealed: bool, blocked: bool) -> None:
    on = shelf()
    with happening(BEFORE):
        on.markets["US"].learn_rule(Rule("embargo", "US", True, 0, BEFORE, False))
        on.markets["US"].learn_rule(Rule("embargo", "US", True, 0, NOON, repealed))

    if blocked:
        with pytest.raises(ShipToBlocked):
            sold(basket(), on)
    else:
        assert sold(basket(), on).total > 0


def test_without_a_rate_the_supplier_cannot_be_owed() -> None:
    with pytest.raises(RateMissing):
        price(basket(wanted("lamp"), country="DE"), shelf(offer(LAMP, 1, 1)), Rates({}), now=NOON)
