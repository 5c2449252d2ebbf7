"""What the catalog decides, an aggregate a file."""

from services.catalog.domain.creator import AgencyMissing, Creator
from services.catalog.domain.jurisdiction import (
    JurisdictionRule,
    NoRuleApplies,
    Ruling,
    RulingState,
)
from services.catalog.domain.live import LiveSession, LiveState, OfferElsewhere, WrongLiveState
from services.catalog.domain.market import (
    CapturePolicy,
    Market,
    MarketIdentity,
    MarketSettings,
    MarketState,
    WrongMarketState,
)
from services.catalog.domain.merchant import DatedTerms, FeeBasis, Merchant, NoTerms, Terms
from services.catalog.domain.offer import (
    CustomsDataMissing,
    Listing,
    Offer,
    OfferExists,
    OfferState,
    Price,
    SellingMode,
    SupplyPriceMissing,
    SupplyPriceUnexpected,
    WrongCurrency,
    WrongOfferState,
)
from services.catalog.domain.product import Product, ProductState, Variant, WrongProductState
from services.catalog.domain.purchase import NotDelivered, Purchase, PurchasedLine
from services.catalog.domain.review import LineReviewed, Review, ReviewState, WrongReviewState
from services.catalog.domain.sku import Sku, SkuTaken

KINDS = (
    Merchant,
    Product,
    Sku,
    Offer,
    Market,
    JurisdictionRule,
    Creator,
    LiveSession,
    Purchase,
    Review,
)

__all__ = [
    "KINDS",
    "AgencyMissing",
    "CapturePolicy",
    "Creator",
    "CustomsDataMissing",
    "DatedTerms",
    "FeeBasis",
    "JurisdictionRule",
    "LineReviewed",
    "Listing",
    "LiveSession",
    "LiveState",
    "Market",
    "MarketIdentity",
    "MarketSettings",
    "MarketState",
    "Merchant",
    "NoRuleApplies",
    "NoTerms",
    "NotDelivered",
    "Offer",
    "OfferElsewhere",
    "OfferExists",
    "OfferState",
    "Price",
    "Product",
    "ProductState",
    "Purchase",
    "PurchasedLine",
    "Review",
    "ReviewState",
    "Ruling",
    "RulingState",
    "SellingMode",
    "Sku",
    "SkuTaken",
    "SupplyPriceMissing",
    "SupplyPriceUnexpected",
    "Terms",
    "Variant",
    "WrongCurrency",
    "WrongLiveState",
    "WrongMarketState",
    "WrongOfferState",
    "WrongProductState",
    "WrongReviewState",
]
