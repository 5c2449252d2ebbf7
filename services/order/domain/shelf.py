"""The shelf: the part of the catalog's copy that a basket is priced from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from libs.domain import RuleViolated
from services.order.domain.basket import Basket, BasketLine
from services.order.domain.creator import Creator
from services.order.domain.live_session import LiveSession
from services.order.domain.market import Market, MarketClosed
from services.order.domain.merchant import Merchant, Terms, TermsMissing
from services.order.domain.offer import Listing, Offer, OfferUnavailable, Price
from services.order.domain.product import Product
from services.order.domain.sale import Attribution


class AttributionUnknown(RuleViolated):
    """A creator or live session to credit that the catalog has not told of."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What this service has heard of, by the catalog's own ids."""

    markets: Mapping[str, Market]
    offers: Mapping[str, Offer]
    products: Mapping[str, Product]
    merchants: Mapping[str, Merchant]
    creators: Mapping[str, Creator]
    live_sessions: Mapping[str, LiveSession]

    def market(self, market: str) -> Market:
        known = self.markets.get(market)
        if known is None:
            raise MarketClosed(f"market {market} takes no orders", market=market)
        return known

    def offered(self, offer_id: str, *, market: str, now: datetime) -> tuple[Listing, Price]:
        """The offer and its price in force, if it is for sale in this market."""
        offer = self.offers.get(offer_id)
        if offer is None or offer.listing.market != market:
            raise OfferUnavailable(f"offer {offer_id} is not for sale in {market}", offer=offer_id)
        product = self.products.get(offer.listing.product_id)
        if product is not None and product.suspended:
            raise OfferUnavailable(f"offer {offer_id} is withdrawn", offer=offer_id)
        return offer.listing, offer.price_at(now)

    def caps(self, basket: Basket) -> dict[str, int]:
        """How many units of which of its offers one buyer may have."""
        return {
            line.offer_id: offer.listing.per_buyer_cap
            for line in basket.lines
            if (offer := self.offers.get(line.offer_id)) and offer.listing.per_buyer_cap
        }

    def terms(self, merchant_id: str, now: datetime) -> Terms:
        merchant = self.merchants.get(merchant_id)
        if merchant is None:
            raise TermsMissing(f"merchant {merchant_id} has no terms in force")
        return merchant.terms_at(now)

    def attribution(self, line: BasketLine) -> Attribution | None:
        """Who is credited: the creator named, or else the host of the live session."""
        if not line.creator_id and not line.live_session_id:
            return None
        session = self.live_sessions.get(line.live_session_id)
        if session is None and line.live_session_id:
            raise AttributionUnknown(f"live session {line.live_session_id} is not known")
        creator_id = line.creator_id or (session.creator_id if session else "")
        creator = self.creators.get(creator_id)
        if creator is None:
            raise AttributionUnknown(f"creator {creator_id} is not known")
        return Attribution(
            creator_id=creator_id,
            agency_id=creator.agency_id,
            agency_basis_points=creator.agency_basis_points,
            partner_id=session.partner_id if session else "",
            live_session_id=line.live_session_id,
        )
