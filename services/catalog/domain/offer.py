"""Offer: a variant on sale in one market and mode, with the price it has and those to come."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from libs.domain import Aggregate, Malformed, NotFound, RuleViolated, Started, derived_id, event
from libs.money import Money
from services.catalog.domain.market import Market
from services.catalog.domain.merchant import Merchant
from services.catalog.domain.product import Product


class OfferExists(RuleViolated):
    """The variant is offered in this market and mode already."""


class WrongOfferState(RuleViolated):
    """The offer does not stand where the step begins."""


class WrongCurrency(Malformed):
    """Prices are in the market's currency, supply prices stay in the supplier's."""


class SupplyPriceMissing(Malformed):
    """In full service the platform buys, so it must say at which price."""


class SupplyPriceUnexpected(Malformed):
    """In marketplace mode the platform buys nothing."""


class CustomsDataMissing(RuleViolated):
    """Goods that cross a border to their buyers need an HS code and an origin."""


class SellingMode(StrEnum):
    MARKETPLACE = "MARKETPLACE"
    FULL_SERVICE = "FULL_SERVICE"


class OfferState(StrEnum):
    SCHEDULED = "SCHEDULED"
    LIVE = "LIVE"
    PAUSED = "PAUSED"
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True)
class Price:
    """Minor units of the listing's currencies; `supply_price` is 0 in marketplace mode."""

    unit_price: int
    supply_price: int
    effective_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What is offered, apart from what it costs."""

    product_id: UUID
    sku: str
    merchant_id: str
    market: str
    mode: SellingMode
    currency: str
    supply_currency: str
    per_buyer_cap: int
    weight_grams: int
    title: str


def draw_up(
    *,
    product: Product,
    sku: str,
    merchant: Merchant,
    market: Market,
    mode: SellingMode,
    unit_price: Money,
    supply_price: Money | None,
    per_buyer_cap: int,
) -> Listing:
    """A listing that may be published as things stand."""
    product.require_active()
    market.require_open_to_offers()
    merchant.require_terms()
    variant = product.variant(sku)
    if market.settings.customs and not variant.may_cross_a_border:
        raise CustomsDataMissing(
            f"{market.market} is reached over a border", field="sku", market=market.market
        )
    if unit_price.currency != market.settings.currency:
        raise WrongCurrency(
            f"prices in {market.market} are in {market.settings.currency}", field="unit_price"
        )
    if mode is SellingMode.FULL_SERVICE and not supply_price:
        raise SupplyPriceMissing("say what the supplier gets a unit", field="supply_price")
    if mode is SellingMode.MARKETPLACE and supply_price is not None:
        raise SupplyPriceUnexpected("the platform does not buy these goods", field="supply_price")
    return Listing(
        product_id=product.id,
        sku=sku,
        merchant_id=product.merchant_id,
        market=market.market,
        mode=mode,
        currency=unit_price.currency,
        supply_currency=supply_price.currency if supply_price else "",
        per_buyer_cap=per_buyer_cap,
        weight_grams=variant.weight_grams,
        title=product.title,
    )


class Offer(Aggregate):
    TOPIC = "catalog.Offer"

    listing: Listing
    prices: tuple[Price, ...]
    paused: bool
    ended: bool

    class Published(Started):
        TOPIC = "catalog.OfferPublished"
        listing: Listing
        price: Price

    class PublishedAgain(Aggregate.Event):
        TOPIC = "catalog.OfferPublishedAgain"
        listing: Listing
        price: Price

    class PriceChanged(Aggregate.Event):
        TOPIC = "catalog.PriceChanged"
        price: Price
        changed_at: datetime

    class Paused(Aggregate.Event):
        TOPIC = "catalog.OfferPaused"

    class Resumed(Aggregate.Event):
        TOPIC = "catalog.OfferResumed"
        listing: Listing
        price: Price

    class Ended(Aggregate.Event):
        TOPIC = "catalog.OfferEnded"

    @event(Published)
    def __init__(self, *, id: UUID, listing: Listing, price: Price) -> None:
        self.listing = listing
        self.prices = (price,)
        self.paused = False
        self.ended = False

    @staticmethod
    def stream(product_id: UUID, sku: str, market: str, mode: SellingMode) -> UUID:
        """One offer per variant, market and mode: its id follows from them."""
        return derived_id("offer", product_id, sku, market, mode)

    def seen_by(self, seller: str | None) -> Self:
        """Its merchant and the platform (None) find it; a stranger finds nothing."""
        if seller not in {None, self.listing.merchant_id}:
            raise NotFound("no such offer", field="name")
        return self

    @property
    def product_id(self) -> UUID:
        return self.listing.product_id

    @property
    def merchant_id(self) -> str:
        return self.listing.merchant_id

    @property
    def market(self) -> str:
        return self.listing.market

    def state(self, now: datetime) -> OfferState:
        if self.ended:
            return OfferState.ENDED
        if self.paused:
            return OfferState.PAUSED
        return OfferState.SCHEDULED if now < self.prices[0].effective_at else OfferState.LIVE

    def price_at(self, moment: datetime) -> Price:
        """The price in force then; before the first, the first."""
        in_force = [price for price in self.prices if price.effective_at <= moment]
        return in_force[-1] if in_force else self.prices[0]

    def publish_again(self, listing: Listing, price: Price) -> None:
        if not self.ended:
            raise OfferExists("the variant is on sale there already", offer=str(self.id))
        self._published_again(listing, price)

    def change_price(
        self,
        unit_price: Money,
        *,
        supply_price: Money | None,
        effective_at: datetime | None,
        now: datetime,
    ) -> None:
        """Set the price from a moment on, never backwards; prices dated later stay."""
        if self.ended:
            raise WrongOfferState("the offer has ended", state=OfferState.ENDED)
        if unit_price.currency != self.listing.currency:
            raise WrongCurrency(f"prices are in {self.listing.currency}", field="unit_price")
        moment = max(effective_at or now, now)
        supply = self._supply_price(supply_price, otherwise=self.price_at(moment).supply_price)
        self._price_changed(Price(unit_price.amount, supply, moment), now)

    def _supply_price(self, price: Money | None, *, otherwise: int) -> int:
        if price is None:
            return otherwise
        if self.listing.mode is SellingMode.MARKETPLACE:
            raise SupplyPriceUnexpected("the platform does not buy it", field="supply_price")
        if price.currency != self.listing.supply_currency:
            raise WrongCurrency(
                f"the supplier is paid in {self.listing.supply_currency}", field="supply_price"
            )
        return price.amount

    def pause(self) -> None:
        if self.paused or self.ended:
            raise WrongOfferState("it is off sale already")
        self._paused()

    def resume(self, now: datetime) -> None:
        """Back on sale at the price of now; those to come are said again, for who forgot them."""
        if self.ended or not self.paused:
            raise WrongOfferState("only a paused offer can be resumed")
        present = self.price_at(now)
        later = [price for price in self.prices if price.effective_at > present.effective_at]
        self._resumed(self.listing, present)
        for price in later:
            self._price_changed(price, now)

    def end(self) -> None:
        if self.ended:
            raise WrongOfferState("the offer has ended already", state=OfferState.ENDED)
        self._ended()

    @event(PublishedAgain)
    def _published_again(self, listing: Listing, price: Price) -> None:
        self.listing = listing
        self.prices = (price,)
        self.paused = False
        self.ended = False

    @event(PriceChanged)
    def _price_changed(self, price: Price, changed_at: datetime) -> None:
        """Prices that are over are forgotten: an offer may see thousands."""
        others = [known for known in self.prices if known.effective_at != price.effective_at]
        dated = sorted((*others, price), key=lambda known: known.effective_at)
        started = sum(known.effective_at <= changed_at for known in dated)
        self.prices = tuple(dated[max(started - 1, 0) :])

    @event(Paused)
    def _paused(self) -> None:
        self.paused = True

    @event(Resumed)
    def _resumed(self, listing: Listing, price: Price) -> None:
        self.paused = False

    @event(Ended)
    def _ended(self) -> None:
        self.ended = True
