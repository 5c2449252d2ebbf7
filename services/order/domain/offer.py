"""Offer, as the catalog tells of it: what can be bought where, and its price of each moment."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from libs.domain import Aggregate, RuleViolated, Started, event
from services.order.domain.words import Mode

_effective_at = attrgetter("effective_at")


class OfferUnavailable(RuleViolated):
    """The offer is not for sale in this market at this moment."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What an offer is, apart from its price."""

    offer_id: str
    product_id: str
    sku: str
    merchant_id: str
    market: str
    mode: Mode
    currency: str
    supply_currency: str
    per_buyer_cap: int
    weight_grams: int
    title: str


@dataclass(frozen=True, slots=True)
class Price:
    """What a unit costs from a moment on, in minor units; supply price in full service only."""

    effective_at: datetime
    unit_price: int
    supply_price: int


class Offer(Aggregate):
    """A listing with all its dated prices: a price of tomorrow may be known today."""

    TOPIC = "order.Offer"

    listing: Listing
    prices: tuple[Price, ...]
    ended_at: datetime | None

    class Listed(Started):
        TOPIC = "order.OfferListed"
        listing: Listing
        price: Price

    class Relisted(Aggregate.Event):
        TOPIC = "order.OfferRelisted"
        listing: Listing
        price: Price

    class Repriced(Aggregate.Event):
        TOPIC = "order.OfferRepriced"
        price: Price

    class Ended(Aggregate.Event):
        TOPIC = "order.OfferEnded"
        ended_at: datetime

    @event(Listed)
    def __init__(self, *, id: UUID, listing: Listing, price: Price) -> None:
        self.listing = listing
        self.prices = (price,)
        self.ended_at = None

    def list_again(self, listing: Listing, price: Price) -> None:
        if self.ended_at or (listing, price) != (self.listing, self._price_from(price)):
            self._relisted(listing=listing, price=price)

    @event(Relisted)
    def _relisted(self, listing: Listing, price: Price) -> None:
        self.listing = listing
        self.prices = _with(self.prices, price)
        self.ended_at = None

    def reprice(self, *, unit_price: int, supply_price: int, effective_at: datetime) -> None:
        """A new price from then on; a supply price of 0 leaves it as it is by then."""
        before = bisect_right(self.prices, effective_at, key=_effective_at)
        standing = self.prices[max(before - 1, 0)].supply_price
        price = Price(effective_at, unit_price, supply_price or standing)
        if price != self._price_from(price):
            self._repriced(price=price)

    @event(Repriced)
    def _repriced(self, price: Price) -> None:
        self.prices = _with(self.prices, price)

    def end(self, ended_at: datetime) -> None:
        if self.ended_at != ended_at:
            self._ended(ended_at=ended_at)

    @event(Ended)
    def _ended(self, ended_at: datetime) -> None:
        self.ended_at = ended_at

    def price_at(self, now: datetime) -> Price:
        """The price in force, if it can be bought at all."""
        place = bisect_right(self.prices, now, key=_effective_at)
        if place == 0 or (self.ended_at is not None and self.ended_at <= now):
            raise OfferUnavailable(f"offer {self.listing.offer_id} is not for sale now")
        return self.prices[place - 1]

    def _price_from(self, price: Price) -> Price | None:
        place = bisect_left(self.prices, price.effective_at, key=_effective_at)
        return self.prices[place] if self.prices[place:] and self.prices[place] == price else None


def _with(prices: tuple[Price, ...], price: Price) -> tuple[Price, ...]:
    """The prices in order of time; a price from the same moment is replaced."""
    begin = bisect_left(prices, price.effective_at, key=_effective_at)
    end = bisect_right(prices, price.effective_at, key=_effective_at)
    return (*prices[:begin], price, *prices[end:])
