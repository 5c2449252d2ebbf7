"""Treasury: the moves that keep clients' money and our own apart, per legal entity and currency."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from libs.domain import Aggregate, RuleViolated, Started, derived_id, event
from services.ledger.domain.facts import Posted


def treasury_id(legal_entity: str, currency: str) -> UUID:
    return derived_id("treasury", legal_entity, currency)


class ExceedsPosition(RuleViolated):
    """More was bought than is owed, or than was set aside for it."""


class OpenPosition(NamedTuple):
    """What is owed in another currency, and what was set aside for it in our own."""

    owed: int
    set_aside: int


class Treasury(Aggregate):
    TOPIC = "ledger.Treasury"

    legal_entity: str
    currency: str

    class Opened(Started):
        TOPIC = "ledger.TreasuryOpened"
        legal_entity: str
        currency: str

    class SafeguardToppedUp(Posted):
        """Our own cash made good what client money lacked."""

        TOPIC = "ledger.SafeguardToppedUp"
        amount: int

    class FeesSwept(Posted):
        """What we had earned left client money."""

        TOPIC = "ledger.FeesSwept"
        amount: int

    class TaxRemitted(Posted):
        TOPIC = "ledger.TaxRemitted"
        market: str
        sales_tax: int
        vat: int

    class CurrencyBought(Posted):
        """Our own cash bought a currency that we owed at another rate: gain or loss."""

        TOPIC = "ledger.CurrencyBought"
        cost: int
        bought_currency: str
        bought: int
        gain: int
        loss: int

    @event(Opened)
    def __init__(self, *, id: UUID, legal_entity: str, currency: str) -> None:
        self.legal_entity = legal_entity
        self.currency = currency

    def safeguard(self, *, held: int, owed: int, at: datetime) -> None:
        """Clients' money is to be covered; what is lacking comes from our own cash."""
        if owed > held:
            self._record(Treasury.SafeguardToppedUp, at, amount=owed - held)

    def sweep(self, amount: int, *, held: int, owed: int, at: datetime) -> None:
        """Take out what we earned, and never what belongs to others."""
        amount = min(amount, held - owed)
        if amount > 0:
            self._record(Treasury.FeesSwept, at, amount=amount)

    def remit_tax(self, *, market: str, sales_tax: int, vat: int, at: datetime) -> None:
        self._record(Treasury.TaxRemitted, at, market=market, sales_tax=sales_tax, vat=vat)

    def buy_currency(
        self,
        position: OpenPosition,
        *,
        bought_currency: str,
        bought: int,
        cost: int,
        carried: int,
        at: datetime,
    ) -> None:
        """Cover a position that was carried at `carried` in our own currency."""
        if bought > position.owed:
            raise ExceedsPosition(
                f"{position.owed} {bought_currency} are owed and not covered", field="bought"
            )
        if carried > position.set_aside:
            raise ExceedsPosition(
                f"{position.set_aside} {self.currency} are set aside", field="carried"
            )
        self._record(
            Treasury.CurrencyBought,
            at,
            cost=cost,
            bought_currency=bought_currency,
            bought=bought,
            gain=max(carried - cost, 0),
            loss=max(cost - carried, 0),
        )

    def _record(self, fact: type[Posted], at: datetime, **named: str | int) -> None:
        self.trigger_event(
            fact,
            effective_at=at,
            legal_entity=self.legal_entity,
            currency=self.currency,
            **named,
        )
