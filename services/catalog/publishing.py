"""What the others may know of the catalog."""

from datetime import datetime
from functools import singledispatch
from uuid import UUID

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from libs.contracts.catalog.v1 import events_pb2 as events
from libs.contracts.common.v1 import terms_pb2, types_pb2
from services.catalog.domain import (
    Creator,
    JurisdictionRule,
    Listing,
    LiveSession,
    Market,
    MarketSettings,
    Merchant,
    Offer,
    Price,
    Product,
    Purchase,
    Review,
    Sku,
    Terms,
)


@singledispatch
def publish(fact: object) -> Message | None:
    raise AssertionError(f"it is not decided whether others may know of {type(fact).__qualname__}")


@publish.register
def _(fact: Merchant.Registered) -> Message:
    return events.MerchantRegistered(
        merchant_id=fact.merchant_id, name=fact.display_name, country=fact.country
    )


@publish.register
def _(fact: Merchant.TermsPut) -> Message:
    return events.TermsPublished(
        merchant_id=fact.merchant_id,
        terms=_terms(fact.terms, fact.merchant_id),
        effective_at=_timestamp(fact.effective_at),
    )


@publish.register
def _(fact: Product.Activated) -> Message:
    return events.ProductActivated(
        product_id=str(fact.originator_id), merchant_id=fact.merchant_id, title=fact.title
    )


@publish.register
def _(fact: Product.Paused) -> Message:
    return events.ProductSuspended(product_id=str(fact.originator_id), reason="paused")


@publish.register
def _(fact: Product.Suspended) -> Message:
    return events.ProductSuspended(product_id=str(fact.originator_id), reason=fact.reason)


@publish.register
def _(fact: Product.Archived) -> Message:
    return events.ProductSuspended(product_id=str(fact.originator_id), reason="archived")


@publish.register
def _(fact: Offer.Published) -> Message:
    return _offer(fact.originator_id, fact.listing, fact.price)


@publish.register
def _(fact: Offer.PublishedAgain) -> Message:
    return _offer(fact.originator_id, fact.listing, fact.price)


@publish.register
def _(fact: Offer.Resumed) -> Message:
    return _offer(fact.originator_id, fact.listing, fact.price)


@publish.register
def _(fact: Offer.PriceChanged) -> Message:
    return events.PriceChanged(
        offer_id=str(fact.originator_id),
        unit_price=fact.price.unit_price,
        supply_price=fact.price.supply_price,
        effective_at=_timestamp(fact.price.effective_at),
    )


@publish.register(Offer.Paused)
@publish.register(Offer.Ended)
def _(fact: Offer.Paused | Offer.Ended) -> Message:
    return events.OfferEnded(
        offer_id=str(fact.originator_id), effective_at=_timestamp(fact.timestamp)
    )


@publish.register
def _(fact: Market.Opened) -> Message:
    return _market(fact.market, fact.settings)


@publish.register
def _(fact: Market.Changed) -> Message | None:
    """A change says that the market is open, so it is said of an open one only."""
    return _market(fact.market, fact.settings) if fact.open else None


@publish.register
def _(fact: Market.Held) -> Message:
    return events.MarketHeld(market=fact.market, reason=fact.reason)


@publish.register
def _(fact: Market.Closed) -> Message:
    return events.MarketHeld(market=fact.market, reason="closed")


@publish.register
def _(fact: JurisdictionRule.Ruled) -> Message:
    return events.JurisdictionRuleChanged(
        rule_id=str(fact.originator_id),
        market=fact.market,
        ship_to=fact.ship_to,
        blocked=fact.ruling.blocked,
        duty_basis_points=fact.ruling.duty_basis_points,
        effective_at=_timestamp(fact.ruling.effective_at),
        repealed=fact.ruling.lifted,
    )


@publish.register(Creator.Registered)
@publish.register(Creator.AgencyChanged)
def _(fact: Creator.Registered | Creator.AgencyChanged) -> Message:
    return events.CreatorRegistered(
        creator_id=fact.creator_id,
        handle=fact.handle,
        agency_id=fact.agency_id,
        agency_basis_points=fact.agency_basis_points,
    )


@publish.register
def _(fact: LiveSession.Opened) -> Message:
    return events.LiveStarted(
        live_session_id=str(fact.originator_id),
        creator_id=fact.creator_id,
        partner_id=fact.partner_id,
        market=fact.market,
        offer_ids=[str(offer_id) for offer_id in fact.offer_ids],
    )


@publish.register
def _(fact: LiveSession.Ended) -> Message:
    return events.LiveEnded(live_session_id=str(fact.originator_id))


@publish.register
def _(fact: Review.Published) -> Message:
    return events.ReviewPublished(
        review_id=str(fact.originator_id),
        product_id=str(fact.product_id),
        line_id=str(fact.line_id),
        rating=fact.rating,
    )


@publish.register(Product.Drafted)
@publish.register(Product.VariantAdded)
@publish.register(Product.Submitted)
@publish.register(Product.Rejected)
@publish.register(Sku.Claimed)
@publish.register(Market.Planned)
@publish.register(JurisdictionRule.Opened)
@publish.register(LiveSession.Scheduled)
@publish.register(LiveSession.Cancelled)
@publish.register(Purchase.Begun)
@publish.register(Purchase.Ordered)
@publish.register(Purchase.Delivered)
@publish.register(Review.Submitted)
@publish.register(Review.Rejected)
@publish.register(Review.Removed)
def _(fact: object) -> None:
    """Stays here: nobody acts on it, or it is told again when they should."""


def _offer(offer_id: UUID, listing: Listing, price: Price) -> Message:
    return events.OfferPublished(
        offer_id=str(offer_id),
        product_id=str(listing.product_id),
        sku=listing.sku,
        merchant_id=listing.merchant_id,
        market=listing.market,
        mode=types_pb2.SellingMode.Value(f"SELLING_MODE_{listing.mode}"),
        unit_price=price.unit_price,
        currency=listing.currency,
        supply_price=price.supply_price,
        supply_currency=listing.supply_currency,
        per_buyer_cap=listing.per_buyer_cap,
        weight_grams=listing.weight_grams,
        title=listing.title,
        effective_at=_timestamp(price.effective_at),
    )


def _market(market: str, settings: MarketSettings) -> Message:
    return events.MarketOpened(
        market=market,
        currency=settings.currency,
        legal_entity=settings.legal_entity,
        ship_to=settings.ship_to,
        tax_inclusive=settings.tax_inclusive,
        tax_basis_points=settings.tax_basis_points,
        shipping=settings.shipping,
        free_shipping_from=settings.free_shipping_from,
        return_window_days=settings.return_window_days,
        remorse_hold_minutes=settings.remorse_hold_minutes,
        capture_policy=types_pb2.CapturePolicy.Value(f"CAPTURE_POLICY_{settings.capture_policy}"),
        reservation_hold_minutes=settings.reservation_hold_minutes,
    )


def _terms(terms: Terms, merchant_id: str) -> terms_pb2.Terms:
    return terms_pb2.Terms(
        terms_id=str(terms.terms_id),
        merchant_id=merchant_id,
        referral_basis_points=terms.referral_basis_points,
        fee_basis=terms_pb2.FeeBasis.Value(f"FEE_BASIS_{terms.fee_basis}"),
        referral_flat=terms.referral_flat,
        creator_basis_points=terms.creator_basis_points,
        partner_basis_points=terms.partner_basis_points,
        refund_administration_basis_points=terms.refund_administration_basis_points,
        reserve_basis_points=terms.reserve_basis_points,
        reserve_days=terms.reserve_days,
        settlement_hold_days=terms.settlement_hold_days,
        commission_hold_days=terms.commission_hold_days,
        payout_currency=terms.payout_currency,
        minimum_payout=terms.minimum_payout,
    )


def _timestamp(moment: datetime) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(moment)
    return timestamp
