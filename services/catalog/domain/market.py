"""Market: a place to sell in, with its currency, its taxes and its windows."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from libs.domain import Aggregate, RuleViolated, Started, derived_id, event


class WrongMarketState(RuleViolated):
    """The market does not stand where the step begins."""


class MarketIdentity(RuleViolated):
    """Prices and books of a market rest on its currency and legal entity: neither changes."""


class CapturePolicy(StrEnum):
    AT_PLACEMENT = "AT_PLACEMENT"
    AT_HAND_OVER = "AT_HAND_OVER"


class MarketState(StrEnum):
    PLANNED = "PLANNED"
    PILOT = "PILOT"
    LIVE = "LIVE"
    ON_HOLD = "ON_HOLD"
    CLOSED = "CLOSED"


RESERVATION_HOLD_MINUTES = 10
"""How long stock is held for an order that is not paid yet, where a market does not say."""

OPEN = frozenset({MarketState.PILOT, MarketState.LIVE})


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSettings:
    """How a market sells; amounts in minor units of its currency."""

    currency: str
    legal_entity: str
    ship_to: tuple[str, ...]
    tax_inclusive: bool
    tax_basis_points: int
    shipping: int
    free_shipping_from: int
    return_window_days: int
    remorse_hold_minutes: int
    capture_policy: CapturePolicy
    customs: bool
    """Goods reach it over a border, so what is offered needs an HS code and an origin."""
    reservation_hold_minutes: int = RESERVATION_HOLD_MINUTES


class Market(Aggregate):
    TOPIC = "catalog.Market"

    market: str
    settings: MarketSettings
    state: MarketState
    reason: str

    class Planned(Started):
        TOPIC = "catalog.MarketPlanned"
        market: str
        settings: MarketSettings

    class Opened(Aggregate.Event):
        TOPIC = "catalog.MarketOpened"
        market: str
        settings: MarketSettings
        pilot: bool

    class Changed(Aggregate.Event):
        """Its settings are others from now on; `open` says whether anybody can order by them."""

        TOPIC = "catalog.MarketChanged"
        market: str
        settings: MarketSettings
        open: bool

    class Held(Aggregate.Event):
        TOPIC = "catalog.MarketHeld"
        market: str
        reason: str

    class Closed(Aggregate.Event):
        TOPIC = "catalog.MarketClosed"
        market: str

    @event(Planned)
    def __init__(self, *, id: UUID, market: str, settings: MarketSettings) -> None:
        self.market = market
        self.settings = settings
        self.state = MarketState.PLANNED
        self.reason = ""

    @staticmethod
    def stream(market: str) -> UUID:
        return derived_id("market", market)

    def open(self, *, pilot: bool) -> None:
        if self.state in {MarketState.LIVE, MarketState.CLOSED}:
            raise WrongMarketState(f"the market is {self.state}", state=self.state)
        if pilot and self.state is not MarketState.PLANNED:
            raise WrongMarketState("only a planned market has a pilot", state=self.state)
        self._opened(self.market, self.settings, pilot)

    def change(self, settings: MarketSettings) -> None:
        if self.state is MarketState.CLOSED:
            raise WrongMarketState("a closed market stays as it is", state=self.state)
        if settings.currency != self.settings.currency:
            raise MarketIdentity("the currency stays", field="settings.currency")
        if settings.legal_entity != self.settings.legal_entity:
            raise MarketIdentity("the legal entity stays", field="settings.legal_entity")
        if settings != self.settings:
            self._changed(self.market, settings, self.state in OPEN)

    def hold(self, reason: str) -> None:
        if self.state not in OPEN:
            raise WrongMarketState(f"the market is {self.state}", state=self.state)
        self._held(self.market, reason)

    def close(self) -> None:
        if self.state is MarketState.CLOSED:
            raise WrongMarketState("the market is closed already", state=self.state)
        self._closed(self.market)

    def require_open_to_offers(self) -> None:
        """Offers are prepared before a market opens and while it is on hold."""
        if self.state is MarketState.CLOSED:
            raise WrongMarketState("the market is closed", state=self.state)

    @event(Opened)
    def _opened(self, market: str, settings: MarketSettings, pilot: bool) -> None:
        self.state = MarketState.PILOT if pilot else MarketState.LIVE
        self.reason = ""

    @event(Changed)
    def _changed(self, market: str, settings: MarketSettings, open: bool) -> None:
        self.settings = settings

    @event(Held)
    def _held(self, market: str, reason: str) -> None:
        self.state = MarketState.ON_HOLD
        self.reason = reason

    @event(Closed)
    def _closed(self, market: str) -> None:
        self.state = MarketState.CLOSED
