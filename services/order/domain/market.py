"""Market, as the catalog tells of it: what its orders cost beyond the goods, and where they go."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.domain import Aggregate, RuleViolated, Started, event
from services.order.domain.words import CapturePolicy

RESERVATION_HOLD_MINUTES = 10
"""How long stock is held for an order that is not paid yet, where its market does not say."""


class MarketClosed(RuleViolated):
    """The market takes no orders now."""


class ShipToBlocked(RuleViolated):
    """Orders of this market may not go to that country."""


@dataclass(frozen=True, slots=True)
class Settings:
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
    reservation_hold_minutes: int = RESERVATION_HOLD_MINUTES


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of a rule about a ship-to country; a later one takes its place."""

    rule_id: str
    ship_to: str
    blocked: bool
    duty_basis_points: int
    effective_at: datetime
    repealed: bool


class Market(Aggregate):
    """Settings and rules may come in any order, so a market is known before it is open."""

    TOPIC = "order.Market"

    market: str
    settings: Settings | None
    held: bool
    rules: tuple[Rule, ...]

    class HeardOf(Started):
        TOPIC = "order.MarketHeardOf"
        market: str

    class Opened(Aggregate.Event):
        TOPIC = "order.MarketOpened"
        settings: Settings

    class Held(Aggregate.Event):
        TOPIC = "order.MarketHeld"
        reason: str

    class RuleLearnt(Aggregate.Event):
        TOPIC = "order.MarketRuleLearnt"
        rule: Rule

    @event(HeardOf)
    def __init__(self, *, id: UUID, market: str) -> None:
        self.market = market
        self.settings = None
        self.held = False
        self.rules = ()

    def open(self, settings: Settings) -> None:
        if self.held or settings != self.settings:
            self._opened(settings=settings)

    @event(Opened)
    def _opened(self, settings: Settings) -> None:
        self.settings = settings
        self.held = False

    def hold(self, reason: str) -> None:
        if not self.held:
            self._held(reason=reason)

    @event(Held)
    def _held(self, reason: str) -> None:
        self.held = True

    def learn_rule(self, rule: Rule) -> None:
        if rule not in self.rules:
            self._rule_learnt(rule=rule)

    @event(RuleLearnt)
    def _rule_learnt(self, rule: Rule) -> None:
        self.rules = (*self.rules, rule)

    def selling(self) -> Settings:
        """How it sells, if it does."""
        if self.settings is None or self.held:
            raise MarketClosed(f"market {self.market} takes no orders now", market=self.market)
        return self.settings

    def duty_to(self, ship_to: str, now: datetime) -> int:
        """Duty of goods to a country in basis points, if they may go there at all."""
        rules = self._in_force(ship_to, now)
        if ship_to not in self.selling().ship_to or any(rule.blocked for rule in rules):
            raise ShipToBlocked(
                f"market {self.market} does not ship to {ship_to}", field="basket.ship_to_country"
            )
        return sum(rule.duty_basis_points for rule in rules)

    def _in_force(self, ship_to: str, now: datetime) -> list[Rule]:
        latest: dict[str, Rule] = {}
        for rule in self.rules:
            known = latest.get(rule.rule_id)
            if rule.effective_at <= now and (
                known is None or known.effective_at <= rule.effective_at
            ):
                latest[rule.rule_id] = rule
        return [rule for rule in latest.values() if rule.ship_to == ship_to and not rule.repealed]
