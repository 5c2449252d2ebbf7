"""Payout: an amount on its way from a payee's balance to their bank, in their own currency.

Each currency balances alone through the FX position. `client` amounts move money that we hold
for others, `own` amounts our operating cash.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from libs.domain import Aggregate, RuleViolated, Started, event
from services.ledger.domain.facts import PayeePosted
from services.ledger.domain.payee import ACCOUNT_OF, Payee
from services.ledger.domain.rate import Rate
from services.ledger.domain.role import Role
from services.ledger.domain.sale import Mode

NO_MONEY = {"merchants": 0, "creators": 0, "agencies": 0, "partners": 0}


class AmountDiffers(RuleViolated):
    """The bank says another amount than was ordered."""


class State(StrEnum):
    LOCKED = "LOCKED"
    BOUGHT = "BOUGHT"
    PAID = "PAID"
    FAILED = "FAILED"


class Payout(Aggregate):
    TOPIC = "ledger.Payout"

    payee_id: UUID
    role: Role
    payee: str
    mode: Mode
    legal_entity: str
    currency: str
    statement: str
    amount: int
    withheld: int
    exchanged: int
    payout_currency: str
    paid: int
    state: State

    class Locked(Started):
        """What is to be paid left the balance; the rate is pinned here."""

        TOPIC = "ledger.PayoutLocked"
        effective_at: datetime
        legal_entity: str
        currency: str
        payee: str
        mode: Mode
        role: Role
        payee_id: UUID
        statement: str
        merchants: int
        creators: int
        agencies: int
        partners: int
        withheld: int
        exchanged: int
        payout_currency: str
        bought: int
        paid: int
        rate: str

    class FxBought(PayeePosted):
        """The payout's currency was bought in the market."""

        TOPIC = "ledger.FxBought"
        payout_currency: str
        client_cost: int
        own_cost: int
        client_bought: int
        own_bought: int
        rate: str

    class FxMarginTaken(PayeePosted):
        """What the payee's rate and the market's differ by; client money keeps none of it."""

        TOPIC = "ledger.FxMarginTaken"
        gain: int
        loss: int
        client_gain: int

    class Paid(PayeePosted):
        TOPIC = "ledger.PayoutPaid"
        payout_currency: str
        client_paid: int
        own_paid: int
        statement: str

    class Failed(PayeePosted):
        """The bank refused: the balance has it again, in the currency that it is now held in."""

        TOPIC = "ledger.PayoutFailed"
        payout_currency: str
        paid: int
        statement: str
        failure_code: str
        returned_bought: int
        returned_exchanged: int
        merchants: int
        creators: int
        agencies: int
        partners: int
        kept_merchants: int
        kept_creators: int
        kept_agencies: int
        kept_partners: int
        withheld: int

    @event(Locked)
    def __init__(
        self,
        *,
        id: UUID,
        effective_at: datetime,
        legal_entity: str,
        currency: str,
        payee: str,
        mode: Mode,
        role: Role,
        payee_id: UUID,
        statement: str,
        merchants: int,
        creators: int,
        agencies: int,
        partners: int,
        withheld: int,
        exchanged: int,
        payout_currency: str,
        bought: int,
        paid: int,
        rate: str,
    ) -> None:
        self.payee_id = payee_id
        self.role = role
        self.payee = payee
        self.mode = mode
        self.legal_entity = legal_entity
        self.currency = currency
        self.statement = statement
        self.amount = merchants + creators + agencies + partners
        self.withheld = withheld
        self.exchanged = exchanged
        self.payout_currency = payout_currency
        self.paid = paid
        self.state = State.LOCKED

    @classmethod
    def lock(
        cls,
        id: UUID,
        payee: Payee,
        amount: int,
        *,
        statement: UUID,
        withheld: int,
        rate: Rate,
        payout_currency: str,
        at: datetime,
    ) -> "Payout":
        """Take an amount out of the balance, at a rate that holds whatever happens later."""
        net = amount - withheld
        foreign = payout_currency != payee.currency
        paid = rate.apply(net) if foreign else net
        return cls(
            id=id,
            effective_at=at,
            legal_entity=payee.legal_entity,
            currency=payee.currency,
            payee=payee.payee,
            mode=payee.mode,
            role=payee.role,
            payee_id=payee.id,
            statement=str(statement),
            withheld=withheld,
            exchanged=net if foreign else 0,
            payout_currency=payout_currency,
            bought=paid if foreign else 0,
            paid=paid,
            rate=str(rate) if foreign else "",
            **{**NO_MONEY, ACCOUNT_OF[payee.role]: amount},
        )

    @property
    def balance_currency(self) -> str:
        """The currency in which the payee has it again when the bank refuses."""
        return self.payout_currency if self.state is State.BOUGHT else self.currency

    def buy_currency(self, rate: Rate, at: datetime) -> None:
        """Buy what is to be paid; the difference of the two rates is gain or loss."""
        if self.state is not State.LOCKED or not self.exchanged:
            return
        cost, ours = rate.cost(self.paid), self.mode is Mode.FULL_SERVICE
        self._record(
            Payout.FxBought,
            at,
            payout_currency=self.payout_currency,
            client_cost=0 if ours else cost,
            own_cost=cost if ours else 0,
            client_bought=0 if ours else self.paid,
            own_bought=self.paid if ours else 0,
            rate=str(rate),
        )
        gain = self.exchanged - cost
        if gain:
            self._record(
                Payout.FxMarginTaken,
                at,
                gain=max(gain, 0),
                loss=max(-gain, 0),
                client_gain=0 if ours else gain,
            )

    def pay(self, amount: int, rate: Rate, at: datetime) -> None:
        """The payee's bank has the money."""
        if self.state in {State.PAID, State.FAILED}:
            return
        if amount != self.paid:
            raise AmountDiffers(f"{amount} paid, {self.paid} ordered")
        self.buy_currency(rate, at)
        ours = self.mode is Mode.FULL_SERVICE
        self._record(
            Payout.Paid,
            at,
            payout_currency=self.payout_currency,
            client_paid=0 if ours else self.paid,
            own_paid=self.paid if ours else 0,
            statement=self.statement,
        )

    def fail(self, failure_code: str, at: datetime) -> None:
        """The bank refused. What was bought already stays in the currency that it is in now."""
        if self.state in {State.PAID, State.FAILED}:
            return
        kept = self.state is State.BOUGHT
        account = ACCOUNT_OF[self.role]
        amounts = NO_MONEY if kept else {**NO_MONEY, account: self.amount}
        kept_amounts = {f"kept_{name}": 0 for name in NO_MONEY}
        if kept:
            kept_amounts[f"kept_{account}"] = self.paid
        self._record(
            Payout.Failed,
            at,
            payout_currency=self.payout_currency,
            paid=self.paid,
            statement=self.statement,
            failure_code=failure_code,
            returned_bought=self.paid if self.exchanged and not kept else 0,
            returned_exchanged=0 if kept else self.exchanged,
            withheld=0 if kept else self.withheld,
            **amounts,
            **kept_amounts,
        )

    def _record(self, fact: type[PayeePosted], at: datetime, **named: str | int) -> None:
        self.trigger_event(
            fact,
            effective_at=at,
            legal_entity=self.legal_entity,
            currency=self.currency,
            payee=self.payee,
            mode=self.mode,
            **named,
        )

    @event(FxBought)
    def _bought(self) -> None:
        self.state = State.BOUGHT

    @event(Paid)
    def _paid(self) -> None:
        self.state = State.PAID

    @event(Failed)
    def _failed(self) -> None:
        self.state = State.FAILED
