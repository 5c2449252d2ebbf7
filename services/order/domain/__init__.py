"""What an order is, and what this service must know of the catalog to make one."""

from services.order.domain.amounts import NOTHING, Amounts
from services.order.domain.basket import (
    Basket,
    BasketLine,
    BuyerMissing,
    Discount,
    TrustedCallersOnly,
)
from services.order.domain.buyer import Buyer, BuyerErased
from services.order.domain.cancelling import FaultMissing, NothingToCancel, PickingStarted
from services.order.domain.creator import Creator
from services.order.domain.live_session import LiveSession
from services.order.domain.market import Market, MarketClosed, Rule, Settings, ShipToBlocked
from services.order.domain.merchant import DatedTerms, Merchant, Terms, TermsMissing
from services.order.domain.offer import Listing, Offer, OfferUnavailable, Price
from services.order.domain.order import (
    FINAL,
    OUT_OF_STOCK,
    AwaitingPayment,
    MethodMissing,
    Order,
    State,
)
from services.order.domain.pricing import DiscountTooLarge, WrongCurrency, price
from services.order.domain.product import Product
from services.order.domain.progress import Cancelled, GivenBack, Progress, Units
from services.order.domain.purchases import BuyerCapExceeded, Purchases
from services.order.domain.quote import PriceChanged, Quote, QuoteExpired, QuoteInvalid, Quotes
from services.order.domain.rates import RateMissing, Rates
from services.order.domain.recipient import Recipient, RecipientGone
from services.order.domain.sale import (
    Attribution,
    Line,
    LineUnknown,
    Sale,
    Supply,
    line_id,
    line_number,
)
from services.order.domain.shelf import AttributionUnknown, Shelf
from services.order.domain.words import (
    CapturePolicy,
    Fault,
    FeeBasis,
    Funding,
    Mode,
    Surface,
)

__all__ = [
    "FINAL",
    "NOTHING",
    "OUT_OF_STOCK",
    "Amounts",
    "Attribution",
    "AttributionUnknown",
    "AwaitingPayment",
    "Basket",
    "BasketLine",
    "Buyer",
    "BuyerCapExceeded",
    "BuyerErased",
    "BuyerMissing",
    "Cancelled",
    "CapturePolicy",
    "Creator",
    "DatedTerms",
    "Discount",
    "DiscountTooLarge",
    "Fault",
    "FaultMissing",
    "FeeBasis",
    "Funding",
    "GivenBack",
    "Line",
    "LineUnknown",
    "Listing",
    "LiveSession",
    "Market",
    "MarketClosed",
    "Merchant",
    "MethodMissing",
    "Mode",
    "NothingToCancel",
    "Offer",
    "OfferUnavailable",
    "Order",
    "PickingStarted",
    "Price",
    "PriceChanged",
    "Product",
    "Progress",
    "Purchases",
    "Quote",
    "QuoteExpired",
    "QuoteInvalid",
    "Quotes",
    "RateMissing",
    "Rates",
    "Recipient",
    "RecipientGone",
    "Rule",
    "Sale",
    "Settings",
    "Shelf",
    "ShipToBlocked",
    "State",
    "Supply",
    "Surface",
    "Terms",
    "TermsMissing",
    "TrustedCallersOnly",
    "Units",
    "WrongCurrency",
    "line_id",
    "line_number",
    "price",
]
