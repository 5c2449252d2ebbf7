"""What is known of an offer and of those who sell through it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from libs.testing import fact, given, happening, recorded
from services.order.domain import (
    DatedTerms,
    Market,
    Merchant,
    Offer,
    OfferUnavailable,
    Price,
    Product,
    Rule,
    TermsMissing,
)
from tests.services.order.samples import BEFORE, LAMP, NOON, TERMS, US

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with happening(NOON):
        yield


def listed() -> Offer:
    return given(Offer, fact(Offer.Listed, listing=LAMP, price=Price(BEFORE, 2400, 6200)))


def test_a_price_holds_from_its_moment_until_the_next() -> None:
    offer = listed()

    offer.reprice(unit_price=2200, supply_price=6000, effective_at=NOON + HOUR)
    offer.reprice(unit_price=2300, supply_price=6100, effective_at=NOON)

    times = (BEFORE, NOON - HOUR, NOON, NOON + HOUR)
    assert [offer.price_at(moment).unit_price for moment in times] == [2400, 2400, 2300, 2200]


def test_a_supply_price_of_zero_leaves_the_one_that_stands_by_then() -> None:
    offer = listed()
    offer.reprice(unit_price=2200, supply_price=6000, effective_at=NOON)

    offer.reprice(unit_price=2100, supply_price=0, effective_at=NOON + HOUR)

    assert offer.price_at(NOON + HOUR).supply_price == 6000


def test_a_second_price_from_the_same_moment_takes_the_place_of_the_first() -> None:
    offer = listed()

    offer.reprice(unit_price=1, supply_price=0, effective_at=NOON)
    offer.reprice(unit_price=2, supply_price=0, effective_at=NOON)

    assert offer.price_at(NOON).unit_price == 2
    assert len(offer.prices) == 2


def test_the_same_news_of_an_offer_twice_is_recorded_once() -> None:
    offer = listed()

    offer.list_again(LAMP, Price(BEFORE, 2400, 6200))
    assert recorded(offer) == []
    for _ in range(2):
        offer.reprice(unit_price=2200, supply_price=0, effective_at=NOON)
        offer.end(NOON + HOUR)

    assert recorded(offer) == [
        fact(Offer.Repriced, price=Price(NOON, 2200, 6200)),
        fact(Offer.Ended, ended_at=NOON + HOUR),
    ]


def test_an_ended_offer_can_be_listed_again() -> None:
    offer = listed()
    offer.end(NOON)

    with pytest.raises(OfferUnavailable):
        offer.price_at(NOON)
    offer.list_again(replace(LAMP, title="Lamp, new"), Price(NOON, 2000, 5000))

    assert offer.price_at(NOON).unit_price == 2000
    assert offer.listing.title == "Lamp, new"


def test_an_offer_is_not_for_sale_before_its_first_price() -> None:
    with pytest.raises(OfferUnavailable):
        listed().price_at(BEFORE - HOUR)


def test_terms_hold_from_their_moment_in_whichever_order_they_are_told() -> None:
    merchant = given(Merchant, fact(Merchant.HeardOf, merchant_id="acme"))
    later, sooner = replace(TERMS, terms_id="acme-2"), TERMS

    merchant.learn_terms(DatedTerms(NOON, later))
    merchant.learn_terms(DatedTerms(BEFORE, sooner))
    merchant.learn_terms(DatedTerms(BEFORE, sooner))

    assert merchant.terms_at(NOON - HOUR).terms_id == "acme-1"
    assert merchant.terms_at(NOON).terms_id == "acme-2"
    assert len(recorded(merchant)) == 2
    with pytest.raises(TermsMissing):
        merchant.terms_at(BEFORE - HOUR)


def test_a_product_is_withdrawn_and_comes_back() -> None:
    product = given(Product, fact(Product.HeardOf, product_id="mugs"))

    product.activate()
    product.suspend()
    product.suspend()
    product.activate()

    assert recorded(product) == [fact(Product.Suspended), fact(Product.Reactivated)]


def test_a_market_may_have_rules_before_it_opens() -> None:
    market = given(Market, fact(Market.HeardOf, market="US"))
    rule = Rule("customs", "US", False, 500, BEFORE, False)

    market.learn_rule(rule)
    market.open(US)
    market.learn_rule(rule)
    market.open(US)

    assert market.duty_to("US", NOON) == 500
    assert recorded(market) == [
        fact(Market.RuleLearnt, rule=rule),
        fact(Market.Opened, settings=US),
    ]


def test_a_rule_of_tomorrow_does_not_hold_today_and_replaces_its_own_version_then() -> None:
    market = given(Market, fact(Market.HeardOf, market="US"), fact(Market.Opened, settings=US))
    market.learn_rule(Rule("customs", "US", False, 900, NOON + HOUR, False))
    market.learn_rule(Rule("customs", "US", False, 500, BEFORE, False))

    assert market.duty_to("US", NOON) == 500
    assert market.duty_to("US", NOON + HOUR) == 900


def test_a_held_market_opens_again() -> None:
    market = given(Market, fact(Market.HeardOf, market="US"), fact(Market.Opened, settings=US))

    market.hold("flood")
    market.hold("flood")
    market.open(US)

    assert recorded(market) == [
        fact(Market.Held, reason="flood"),
        fact(Market.Opened, settings=US),
    ]
    assert market.selling() == US
