"""What the others may know of the catalog."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from libs.contracts.catalog.v1 import events_pb2 as events
from libs.contracts.common.v1 import terms_pb2, types_pb2
from libs.domain import Aggregate, happening
from libs.money import Money
from services.catalog.domain import (
    Creator,
    JurisdictionRule,
    LiveSession,
    Offer,
    Price,
    Purchase,
    PurchasedLine,
    Review,
    SellingMode,
    Sku,
)
from services.catalog.publishing import publish
from tests.services.catalog.samples import (
    GB,
    LISTING,
    NOW,
    PRODUCT,
    TOMORROW,
    a_market,
    a_merchant,
    a_product,
)


def at(moment: datetime) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(moment)
    return timestamp


def published(aggregate: Aggregate) -> list[Message]:
    return [message for fact in aggregate.pending_events if (message := publish(fact))]


def test_a_merchant_and_their_terms_are_told() -> None:
    registered, terms = published(a_merchant())

    assert registered == events.MerchantRegistered(
        merchant_id="silk-road", name="Silk Road", country="CN"
    )
    assert isinstance(terms, events.TermsPublished)
    assert terms.effective_at == at(NOW)
    assert terms.merchant_id == terms.terms.merchant_id == "silk-road"
    assert terms.terms.referral_basis_points == 600
    assert (
        terms.terms.fee_basis
        == terms_pb2.FEE_BASIS_CUSTOMER_PAYMENT_PLUS_PLATFORM_DISCOUNT_MINUS_TAX
    )
    assert terms.terms.payout_currency == "CNY"


def test_a_product_is_told_when_it_can_be_offered_and_when_it_cannot() -> None:
    with happening(NOW):
        product = a_product()
        product.pause()
        product.resume()
        product.suspend("recall")
        product.reinstate()
        product.archive()

    scarf = str(PRODUCT)
    active = events.ProductActivated(product_id=scarf, merchant_id="silk-road", title="Silk scarf")
    assert published(product) == [
        active,
        events.ProductSuspended(product_id=scarf, reason="paused"),
        active,
        events.ProductSuspended(product_id=scarf, reason="recall"),
        active,
        events.ProductSuspended(product_id=scarf, reason="archived"),
    ]


def test_drafts_and_reviews_stay_in_the_house() -> None:
    with happening(NOW):
        sku = Sku(id=Sku.stream("m", "s"), merchant_id="m", sku="s", product_id=PRODUCT)
        purchase = Purchase(id=UUID(int=8))
        purchase.note_order("buyer-1", (PurchasedLine(UUID(int=9), PRODUCT),))
        purchase.note_delivery((UUID(int=9),))

    assert published(a_product(active=False)) == []
    assert published(sku) == []
    assert published(purchase) == []


def test_an_offer_is_told_with_its_prices() -> None:
    full_service = replace(LISTING, mode=SellingMode.FULL_SERVICE, supply_currency="CNY")
    with happening(NOW):
        offer = Offer(id=UUID(int=7), listing=full_service, price=Price(2400, 6200, NOW))
        offer.change_price(Money(2000, "GBP"), supply_price=None, effective_at=TOMORROW, now=NOW)
        offer.end()
        offer.publish_again(full_service, Price(2400, 6200, NOW))

    on_sale = events.OfferPublished(
        offer_id=str(offer.id),
        product_id=str(PRODUCT),
        sku="SCARF-RED",
        merchant_id="silk-road",
        market="GB",
        mode=types_pb2.SELLING_MODE_FULL_SERVICE,
        unit_price=2400,
        currency="GBP",
        supply_price=6200,
        supply_currency="CNY",
        per_buyer_cap=3,
        weight_grams=180,
        title="Silk scarf",
        effective_at=at(NOW),
    )
    assert published(offer) == [
        on_sale,
        events.PriceChanged(
            offer_id=str(offer.id), unit_price=2000, supply_price=6200, effective_at=at(TOMORROW)
        ),
        events.OfferEnded(offer_id=str(offer.id), effective_at=at(NOW)),
        on_sale,
    ]


def test_to_the_others_a_paused_offer_has_ended_and_a_resumed_one_is_published() -> None:
    with happening(NOW):
        offer = Offer(id=UUID(int=7), listing=LISTING, price=Price(2400, 0, NOW))
        offer.pause()
        offer.resume(NOW)

    first, ended, again = published(offer)
    assert isinstance(ended, events.OfferEnded)
    assert first == again


def test_a_market_is_told_when_it_opens_changes_and_stops() -> None:
    dearer = replace(GB, shipping=399)
    with happening(NOW):
        market = a_market()
        market.change(dearer)
        market.hold("fraud")
        market.change(GB)
        market.close()

    opened, changed, held, closed = published(market)
    assert opened == events.MarketOpened(
        market="GB",
        currency="GBP",
        legal_entity="entrepot-uk",
        ship_to=["GB", "IE"],
        tax_inclusive=True,
        tax_basis_points=2000,
        shipping=299,
        free_shipping_from=5000,
        return_window_days=30,
        remorse_hold_minutes=60,
        reservation_hold_minutes=10,
        capture_policy=types_pb2.CAPTURE_POLICY_AT_PLACEMENT,
    )
    assert isinstance(changed, events.MarketOpened)
    assert changed.shipping == 399
    assert held == events.MarketHeld(market="GB", reason="fraud")
    assert closed == events.MarketHeld(market="GB", reason="closed")


def test_a_ruling_and_its_repeal_are_told_under_one_id() -> None:
    with happening(NOW):
        ireland = JurisdictionRule(
            id=JurisdictionRule.stream("GB", "IE"), market="GB", ship_to="IE"
        )
        ireland.rule(
            blocked=False, duty_basis_points=250, source="notice", effective_at=None, now=NOW
        )
        ireland.repeal(effective_at=TOMORROW, now=NOW)

    changed = partial(
        events.JurisdictionRuleChanged, rule_id=str(ireland.id), market="GB", ship_to="IE"
    )
    assert published(ireland) == [
        changed(duty_basis_points=250, effective_at=at(NOW)),
        changed(effective_at=at(TOMORROW), repealed=True),
    ]


def test_a_creator_is_told_again_with_another_agency() -> None:
    with happening(NOW):
        mei = Creator.register(
            creator_id="mei", handle="@mei", agency_id="stars", agency_basis_points=2000
        )
        mei.change_agency("", agency_basis_points=0)

    assert published(mei) == [
        events.CreatorRegistered(
            creator_id="mei", handle="@mei", agency_id="stars", agency_basis_points=2000
        ),
        events.CreatorRegistered(creator_id="mei", handle="@mei"),
    ]


def test_a_live_session_is_told_while_it_is_on_air() -> None:
    offer = UUID(int=7)
    with happening(NOW):
        session = LiveSession(
            id=UUID(int=6),
            creator_id="mei",
            partner_id="studio-9",
            market="GB",
            offer_ids=(offer,),
            starts_at=TOMORROW,
        )
        session.start(NOW)
        session.end(NOW)

    live = str(session.id)
    assert published(session) == [
        events.LiveStarted(
            live_session_id=live,
            creator_id="mei",
            partner_id="studio-9",
            market="GB",
            offer_ids=[str(offer)],
        ),
        events.LiveEnded(live_session_id=live),
    ]


def test_a_review_is_told_once_it_is_public_and_without_its_author() -> None:
    line = UUID(int=9)
    with happening(NOW):
        review = Review(
            id=Review.stream(line),
            order_id=UUID(int=8),
            line_id=line,
            product_id=PRODUCT,
            buyer_id="buyer-1",
            rating=4,
            text_ref="vault:review-1",
        )
        review.publish()
        review.remove("insult")

    assert published(review) == [
        events.ReviewPublished(
            review_id=str(review.id), product_id=str(PRODUCT), line_id=str(line), rating=4
        )
    ]
