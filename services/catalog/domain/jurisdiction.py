"""JurisdictionRule: what applies to goods that a market ships to a country, on two time axes.

A ruling says what applies from `effective_at` on, and is known from `known_at` on. Nothing that was
said is ever altered, so what was believed at K to apply at T has one answer, for ever.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from libs.domain import Aggregate, RuleViolated, Started, derived_id, event


class NoRuleApplies(RuleViolated):
    """There is nothing to repeal at that moment."""


class RulingState(StrEnum):
    PROPOSED = "PROPOSED"
    IN_FORCE = "IN_FORCE"
    SUPERSEDED = "SUPERSEDED"
    REPEALED = "REPEALED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What was said at `known_at`; `lifted` says that from then on nothing applies."""

    blocked: bool = False
    duty_basis_points: int = 0
    source: str = ""
    lifted: bool = False
    effective_at: datetime
    known_at: datetime


def latest_in_force(
    rulings: Sequence[Ruling], *, at: datetime, known_at: datetime
) -> Ruling | None:
    """Of what was known then, what took effect last; of equals, what was learnt last."""
    candidates = [
        (ruling.effective_at, number)
        for number, ruling in enumerate(rulings)
        if ruling.effective_at <= at and ruling.known_at <= known_at
    ]
    return rulings[max(candidates)[1]] if candidates else None


class JurisdictionRule(Aggregate):
    TOPIC = "catalog.JurisdictionRule"

    market: str
    ship_to: str
    rulings: tuple[Ruling, ...]

    class Opened(Started):
        """The first time that anything is said about shipping there."""

        TOPIC = "catalog.JurisdictionOpened"
        market: str
        ship_to: str

    class Ruled(Aggregate.Event):
        TOPIC = "catalog.JurisdictionRuled"
        market: str
        ship_to: str
        ruling: Ruling

    @event(Opened)
    def __init__(self, *, id: UUID, market: str, ship_to: str) -> None:
        self.market = market
        self.ship_to = ship_to
        self.rulings = ()

    @staticmethod
    def stream(market: str, ship_to: str) -> UUID:
        return derived_id("jurisdiction", market, ship_to)

    def applied(self, *, at: datetime, known_at: datetime) -> Ruling | None:
        """What was believed at `known_at` to apply at `at`; None when nothing did."""
        ruling = latest_in_force(self.rulings, at=at, known_at=known_at)
        return None if ruling is None or ruling.lifted else ruling

    def state_of(self, ruling: Ruling, now: datetime) -> RulingState:
        if now < ruling.effective_at:
            return RulingState.PROPOSED
        present = latest_in_force(self.rulings, at=now, known_at=now)
        if present is ruling:
            return RulingState.REPEALED if ruling.lifted else RulingState.IN_FORCE
        return RulingState.REPEALED if present and present.lifted else RulingState.SUPERSEDED

    def rule(
        self,
        *,
        blocked: bool,
        duty_basis_points: int,
        source: str,
        effective_at: datetime | None,
        now: datetime,
    ) -> None:
        ruling = Ruling(
            blocked=blocked,
            duty_basis_points=duty_basis_points,
            source=source,
            effective_at=effective_at or now,
            known_at=now,
        )
        self._ruled(self.market, self.ship_to, ruling)

    def repeal(self, *, effective_at: datetime | None, now: datetime) -> None:
        moment = effective_at or now
        if self.applied(at=moment, known_at=now) is None:
            raise NoRuleApplies("nothing applies at that moment", field="effective_at")
        lifted = Ruling(lifted=True, effective_at=moment, known_at=now)
        self._ruled(self.market, self.ship_to, lifted)

    @event(Ruled)
    def _ruled(self, market: str, ship_to: str, ruling: Ruling) -> None:
        self.rulings = (*self.rulings, ruling)
