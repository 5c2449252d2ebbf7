"""The catalog's words on the wire: parts of requests to values, aggregates to resources."""

from datetime import datetime
from uuid import UUID

from google.type.money_pb2 import Money as MoneyMessage

from libs.contracts.catalog.v1 import catalog_service_pb2 as pb
from libs.contracts.common.v1 import terms_pb2, types_pb2
from libs.money import Money
from libs.money.currency import EXPONENTS
from libs.rpc.convert import from_money, timestamp, to_money
from libs.rpc.refusals import UnknownCurrency
from services.catalog.domain import (
    CapturePolicy,
    Creator,
    DatedTerms,
    FeeBasis,
    JurisdictionRule,
    LiveSession,
    LiveState,
    Market,
    MarketSettings,
    Merchant,
    Offer,
    Price,
    Product,
    ProductState,
    Review,
    ReviewState,
    Ruling,
    RulingState,
    SellingMode,
    Terms,
    Variant,
    WrongCurrency,
)
from services.catalog.domain.market import RESERVATION_HOLD_MINUTES


def slug(name: str) -> str:
    """The id of a resource whose name ends in the id that its maker chose."""
    return name.rpartition("/")[2]


# Requests.


def terms(message: pb.Terms, terms_id: UUID) -> Terms:
    minimum_payout = to_money(message.minimum_payout, field="terms.minimum_payout")
    return Terms(
        terms_id=terms_id,
        referral_basis_points=message.referral_basis_points,
        fee_basis=FeeBasis(terms_pb2.FeeBasis.Name(message.fee_basis).removeprefix("FEE_BASIS_")),
        referral_flat=message.referral_flat,
        creator_basis_points=message.creator_basis_points,
        partner_basis_points=message.partner_basis_points,
        refund_administration_basis_points=message.refund_administration_basis_points,
        reserve_basis_points=message.reserve_basis_points,
        reserve_days=message.reserve_days,
        settlement_hold_days=message.settlement_hold_days,
        commission_hold_days=message.commission_hold_days,
        payout_currency=minimum_payout.currency,
        minimum_payout=minimum_payout.amount,
    )


def variant(message: pb.Variant) -> Variant:
    return Variant(
        sku=message.sku,
        options=dict(message.options),
        gtin=message.gtin,
        weight_grams=message.weight_grams,
        length_mm=message.length_mm,
        width_mm=message.width_mm,
        height_mm=message.height_mm,
        hazmat=message.hazmat,
        hs_code=message.hs_code,
        origin_country=message.origin_country,
        customs_description=message.customs_description,
    )


def settings(message: pb.MarketSettings) -> MarketSettings:
    if message.currency not in EXPONENTS:
        raise UnknownCurrency("no current ISO 4217 currency", field="settings.currency")

    def amount(money: MoneyMessage, *, given: bool, field: str) -> int:
        if not given:
            return 0
        value = to_money(money, field=field)
        if value.currency != message.currency:
            raise WrongCurrency(f"the market sells in {message.currency}", field=field)
        return value.amount

    policy = types_pb2.CapturePolicy.Name(message.capture_policy)
    return MarketSettings(
        currency=message.currency,
        legal_entity=message.legal_entity,
        ship_to=tuple(message.ship_to),
        tax_inclusive=message.tax_inclusive,
        tax_basis_points=message.tax_basis_points,
        shipping=amount(
            message.shipping, given=message.HasField("shipping"), field="settings.shipping"
        ),
        free_shipping_from=amount(
            message.free_shipping_from,
            given=message.HasField("free_shipping_from"),
            field="settings.free_shipping_from",
        ),
        return_window_days=message.return_window_days,
        remorse_hold_minutes=message.remorse_hold_minutes,
        capture_policy=CapturePolicy(policy.removeprefix("CAPTURE_POLICY_")),
        customs=message.customs,
        reservation_hold_minutes=message.reservation_hold_minutes or RESERVATION_HOLD_MINUTES,
    )


def mode(number: types_pb2.SellingMode.ValueType) -> SellingMode:
    return SellingMode(types_pb2.SellingMode.Name(number).removeprefix("SELLING_MODE_"))


def product_state(number: pb.Product.State.ValueType) -> ProductState | None:
    return ProductState(pb.Product.State.Name(number).removeprefix("STATE_")) if number else None


def live_state(number: pb.LiveSession.State.ValueType) -> LiveState | None:
    return LiveState(pb.LiveSession.State.Name(number).removeprefix("STATE_")) if number else None


def review_state(number: pb.Review.State.ValueType) -> ReviewState | None:
    return ReviewState(pb.Review.State.Name(number).removeprefix("STATE_")) if number else None


# Resources.


def merchant_of(merchant: Merchant, now: datetime) -> pb.Merchant:
    present = merchant.terms_at(now)
    name = f"merchants/{merchant.merchant_id}"
    return pb.Merchant(
        name=name,
        etag=str(merchant.version),
        display_name=merchant.display_name,
        country=merchant.country,
        terms=f"{name}/terms/{present.terms_id}" if present else "",
    )


def terms_of(merchant: Merchant, dated: DatedTerms) -> pb.Terms:
    terms = dated.terms
    return pb.Terms(
        name=f"merchants/{merchant.merchant_id}/terms/{terms.terms_id}",
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
        minimum_payout=from_money(Money(terms.minimum_payout, terms.payout_currency)),
        effective_at=timestamp(dated.effective_at),
    )


def product_of(product: Product) -> pb.Product:
    return pb.Product(
        name=f"products/{product.id}",
        etag=str(product.version),
        merchant=f"merchants/{product.merchant_id}",
        title=product.title,
        state=pb.Product.State.Value(f"STATE_{product.state}"),
        reason=product.reason,
        variants=[_variant_of(variant) for variant in product.variants],
    )


def _variant_of(variant: Variant) -> pb.Variant:
    return pb.Variant(
        sku=variant.sku,
        options=variant.options,
        gtin=variant.gtin,
        weight_grams=variant.weight_grams,
        length_mm=variant.length_mm,
        width_mm=variant.width_mm,
        height_mm=variant.height_mm,
        hazmat=variant.hazmat,
        hs_code=variant.hs_code,
        origin_country=variant.origin_country,
        customs_description=variant.customs_description,
    )


def offer_of(offer: Offer, now: datetime) -> pb.Offer:
    listing = offer.listing
    return pb.Offer(
        name=f"offers/{offer.id}",
        etag=str(offer.version),
        product=f"products/{listing.product_id}",
        sku=listing.sku,
        merchant=f"merchants/{listing.merchant_id}",
        market=f"markets/{listing.market}",
        mode=types_pb2.SellingMode.Value(f"SELLING_MODE_{listing.mode}"),
        state=pb.Offer.State.Value(f"STATE_{offer.state(now)}"),
        price=_price_of(offer, offer.price_at(now)),
        prices=[_price_of(offer, price) for price in offer.prices],
        per_buyer_cap=listing.per_buyer_cap,
    )


def _price_of(offer: Offer, price: Price) -> pb.Price:
    listing = offer.listing
    supply = Money(price.supply_price, listing.supply_currency)
    return pb.Price(
        unit_price=from_money(Money(price.unit_price, listing.currency)),
        supply_price=from_money(supply) if supply.currency else None,
        effective_at=timestamp(price.effective_at),
    )


def market_of(market: Market) -> pb.Market:
    settings = market.settings
    return pb.Market(
        name=f"markets/{market.market}",
        etag=str(market.version),
        state=pb.Market.State.Value(f"STATE_{market.state}"),
        reason=market.reason,
        settings=pb.MarketSettings(
            currency=settings.currency,
            legal_entity=settings.legal_entity,
            ship_to=settings.ship_to,
            tax_inclusive=settings.tax_inclusive,
            tax_basis_points=settings.tax_basis_points,
            shipping=from_money(Money(settings.shipping, settings.currency)),
            free_shipping_from=from_money(Money(settings.free_shipping_from, settings.currency)),
            return_window_days=settings.return_window_days,
            remorse_hold_minutes=settings.remorse_hold_minutes,
            capture_policy=types_pb2.CapturePolicy.Value(
                f"CAPTURE_POLICY_{settings.capture_policy}"
            ),
            customs=settings.customs,
            reservation_hold_minutes=settings.reservation_hold_minutes,
        ),
    )


def rule_of(rule: JurisdictionRule, now: datetime) -> pb.JurisdictionRule:
    return pb.JurisdictionRule(
        name=f"jurisdictionRules/{rule.id}",
        etag=str(rule.version),
        market=f"markets/{rule.market}",
        ship_to=rule.ship_to,
        rulings=[ruling_of(ruling, rule.state_of(ruling, now)) for ruling in rule.rulings],
    )


def ruling_of(ruling: Ruling, state: RulingState) -> pb.Ruling:
    return pb.Ruling(
        blocked=ruling.blocked,
        duty_basis_points=ruling.duty_basis_points,
        source=ruling.source,
        effective_at=timestamp(ruling.effective_at),
        known_at=timestamp(ruling.known_at),
        state=pb.Ruling.State.Value(f"STATE_{state}"),
    )


def creator_of(creator: Creator) -> pb.Creator:
    return pb.Creator(
        name=f"creators/{creator.creator_id}",
        etag=str(creator.version),
        handle=creator.handle,
        agency_id=creator.agency_id,
        agency_basis_points=creator.agency_basis_points,
    )


def live_session_of(session: LiveSession) -> pb.LiveSession:
    return pb.LiveSession(
        name=f"liveSessions/{session.id}",
        etag=str(session.version),
        creator=f"creators/{session.creator_id}",
        partner_id=session.partner_id,
        market=f"markets/{session.market}",
        offers=[f"offers/{offer_id}" for offer_id in session.offer_ids],
        starts_at=timestamp(session.starts_at),
        started_at=timestamp(session.started_at) if session.started_at else None,
        ended_at=timestamp(session.ended_at) if session.ended_at else None,
        state=pb.LiveSession.State.Value(f"STATE_{session.state}"),
    )


def review_of(review: Review) -> pb.Review:
    return pb.Review(
        name=f"reviews/{review.id}",
        etag=str(review.version),
        product=f"products/{review.product_id}",
        order=f"orders/{review.order_id}",
        line_id=str(review.line_id),
        buyer_id=review.buyer_id,
        rating=review.rating,
        text_ref=review.text_ref,
        state=pb.Review.State.Value(f"STATE_{review.state}"),
        reason=review.reason,
    )
