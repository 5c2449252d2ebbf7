"""A small catalog, and sales made from it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from libs.domain import derived_id, happening
from services.order.domain import (
    Basket,
    BasketLine,
    CapturePolicy,
    Creator,
    DatedTerms,
    FeeBasis,
    Listing,
    LiveSession,
    Market,
    Merchant,
    Mode,
    Offer,
    Order,
    Price,
    Product,
    Rates,
    Sale,
    Settings,
    Shelf,
    Surface,
    Terms,
    price,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BEFORE = NOON - timedelta(days=30)
ORDER = derived_id("order", "sample")
PAYMENT = derived_id("payment", ORDER, 1)
RATES = Rates({"EUR": Decimal("7.75"), "CNY": Decimal(1), "JPY": Decimal("0.05")})

US = Settings(
    currency="USD",
    legal_entity="entrepot-us",
    ship_to=("US",),
    tax_inclusive=False,
    tax_basis_points=825,
    shipping=499,
    free_shipping_from=0,
    return_window_days=30,
    remorse_hold_minutes=60,
    capture_policy=CapturePolicy.AT_PLACEMENT,
)
DE = replace(
    US,
    currency="EUR",
    legal_entity="entrepot-eu",
    ship_to=("DE", "AT"),
    tax_inclusive=True,
    tax_basis_points=2000,
    shipping=299,
    free_shipping_from=5000,
)
MUG = Listing(
    offer_id="mug",
    product_id="mugs",
    sku="MUG-RED",
    merchant_id="acme",
    market="US",
    mode=Mode.MARKETPLACE,
    currency="USD",
    supply_currency="",
    per_buyer_cap=0,
    weight_grams=400,
    title="Red mug",
)
LAMP = Listing(
    offer_id="lamp",
    product_id="lamps",
    sku="LAMP",
    merchant_id="shenzhen-light",
    market="DE",
    mode=Mode.FULL_SERVICE,
    currency="EUR",
    supply_currency="CNY",
    per_buyer_cap=0,
    weight_grams=900,
    title="Desk lamp",
)
TERMS = Terms(
    terms_id="acme-1",
    merchant_id="acme",
    referral_basis_points=600,
    fee_basis=FeeBasis.CUSTOMER_PAYMENT_PLUS_PLATFORM_DISCOUNT_MINUS_TAX,
    referral_flat=0,
    creator_basis_points=1000,
    partner_basis_points=200,
    refund_administration_basis_points=2000,
    reserve_basis_points=1000,
    reserve_days=30,
    settlement_hold_days=7,
    commission_hold_days=15,
    payout_currency="USD",
    minimum_payout=100,
)


def offer(listing: Listing, unit_price: int, supply_price: int = 0) -> Offer:
    with happening(BEFORE):
        return Offer(
            id=derived_id("offer", listing.offer_id),
            listing=listing,
            price=Price(BEFORE, unit_price, supply_price),
        )


def market(name: str, settings: Settings) -> Market:
    with happening(BEFORE):
        known = Market(id=derived_id("market", name), market=name)
        known.open(settings)
    return known


def merchant(terms: Terms) -> Merchant:
    with happening(BEFORE):
        known = Merchant(id=derived_id("merchant", terms.merchant_id), merchant_id="")
        known.learn_terms(DatedTerms(BEFORE, terms))
    return known


def shelf(*offers: Offer, us: Settings = US, de: Settings = DE) -> Shelf:
    """Two markets, two merchants, a creator with an agency, and a live session that she hosts."""
    on_offer = offers or (
        offer(MUG, 2500),
        offer(LAMP, 2400, 6200),
        offer(replace(MUG, offer_id="mug-de", market="DE", currency="EUR"), 1200),
    )
    with happening(BEFORE):
        mei = Creator(
            id=derived_id("creator", "mei"),
            creator_id="mei",
            agency_id="starlight",
            agency_basis_points=2000,
        )
        friday = LiveSession(
            id=derived_id("live-session", "friday"),
            live_session_id="friday",
            creator_id="mei",
            partner_id="studio-9",
        )
    return Shelf(
        markets={"US": market("US", us), "DE": market("DE", de)},
        offers={known.listing.offer_id: known for known in on_offer},
        products={},
        merchants={
            "acme": merchant(TERMS),
            "shenzhen-light": merchant(
                replace(TERMS, terms_id="light-1", merchant_id="shenzhen-light")
            ),
        },
        creators={"mei": mei},
        live_sessions={"friday": friday},
    )


def suspended(product_id: str) -> Product:
    with happening(BEFORE):
        product = Product(id=derived_id("product", product_id), product_id=product_id)
        product.suspend()
    return product


def wanted(offer_id: str, quantity: int = 1) -> BasketLine:
    return BasketLine(offer_id=offer_id, quantity=quantity, surface=Surface.MALL)


def basket(*lines: BasketLine, country: str = "US") -> Basket:
    """What buyer-1 wants in the market of their country."""
    return Basket(
        buyer_id="buyer-1", market=country, ship_to=country, lines=lines or (wanted("mug", 2),)
    )


def sold(what: Basket | None = None, on: Shelf | None = None) -> Sale:
    return price(what or basket(), on or shelf(), RATES, now=NOON)


def placed(sale: Sale | None = None, *, order_id: UUID = ORDER) -> Order:
    """An order at the moment of its placement; its own first fact is taken as recorded."""
    with happening(NOON):
        order = Order.place(
            order_id,
            sale or sold(),
            method_token="tok_1",
            vault_ref=None,
            external_reference="",
            now=NOON,
        )
    order.pending_events.clear()
    return order


def names(order: Order) -> Sequence[str]:
    """What was newly recorded, by name."""
    return [type(fact).__name__ for fact in order.pending_events]
