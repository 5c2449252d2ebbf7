"""A scarf, its merchant and its market, as the tests of the catalog know them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from libs.domain import happening
from services.catalog.domain import (
    CapturePolicy,
    FeeBasis,
    Listing,
    Market,
    MarketSettings,
    Merchant,
    Product,
    SellingMode,
    Terms,
    Variant,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)
YESTERDAY = NOW - timedelta(days=1)
PRODUCT = UUID(int=1)

SCARF = Variant(
    sku="SCARF-RED", weight_grams=180, hs_code="621410", origin_country="CN", gtin="4006381333931"
)
TERMS = Terms(
    terms_id=UUID(int=2),
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
    payout_currency="CNY",
    minimum_payout=100,
)
GB = MarketSettings(
    currency="GBP",
    legal_entity="entrepot-uk",
    ship_to=("GB", "IE"),
    tax_inclusive=True,
    tax_basis_points=2000,
    shipping=299,
    free_shipping_from=5000,
    return_window_days=30,
    remorse_hold_minutes=60,
    capture_policy=CapturePolicy.AT_PLACEMENT,
    customs=False,
)
LISTING = Listing(
    product_id=PRODUCT,
    sku="SCARF-RED",
    merchant_id="silk-road",
    market="GB",
    mode=SellingMode.MARKETPLACE,
    currency="GBP",
    supply_currency="",
    per_buyer_cap=3,
    weight_grams=180,
    title="Silk scarf",
)


def a_merchant(*, with_terms: bool = True) -> Merchant:
    with happening(NOW):
        merchant = Merchant(
            id=Merchant.stream("silk-road"),
            merchant_id="silk-road",
            display_name="Silk Road",
            country="CN",
        )
        if with_terms:
            merchant.put_terms(TERMS, effective_at=None, now=NOW)
    return merchant


def a_product(variant: Variant = SCARF, *, active: bool = True) -> Product:
    with happening(NOW):
        product = Product(
            id=PRODUCT, merchant_id="silk-road", title="Silk scarf", variants=(variant,)
        )
        if active:
            product.admit_as_reviewed(seller=None)
    return product


def a_market(*, customs: bool = False) -> Market:
    with happening(NOW):
        market = Market(id=Market.stream("GB"), market="GB", settings=replace(GB, customs=customs))
        market.open(pilot=False)
    return market
