"""Operation: one thing asked of the provider, under a key by which it is done once."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeAlias
from uuid import UUID

from libs.domain import RuleViolated, derived_id
from libs.money import Money

INQUIRIES = (timedelta(minutes=5), timedelta(hours=1), *[timedelta(days=1)] * 5)
"""How long to wait for word before the provider is asked; after the last, a person is."""

NEVER_RECEIVED = "never_received"
"""The provider knows nothing of an operation: it did not happen."""


class NotInDoubt(RuleViolated):
    """There is no operation whose outcome is unknown."""


class Kind(StrEnum):
    AUTHORIZE = "AUTHORIZE"
    SALE = "SALE"
    """Authorise and capture at once."""
    CAPTURE = "CAPTURE"
    VOID = "VOID"
    REFUND = "REFUND"
    PAYOUT = "PAYOUT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Self-contained, so that the fact that asks for it is all that the provider needs."""

    key: UUID
    kind: Kind
    account: UUID
    """The payment or payout it is about; the provider's books are kept by it."""
    amount: Money
    instrument: str
    """The token of the payment method, or the payee."""
    reference: UUID
    """The order, statement or other paper that it is for."""
    refund_id: UUID | None = None


def operation_key(account: UUID, version: int) -> UUID:
    """The key follows from the fact that asks: asked again after a crash, it is the same."""
    return derived_id("provider", account, version)


@dataclass(frozen=True, slots=True)
class Succeeded:
    """It is done, for the amount that the provider says."""

    amount: Money


@dataclass(frozen=True, slots=True)
class Refused:
    """It is not done and will not be."""

    code: str


@dataclass(frozen=True, slots=True)
class ActionRequired:
    """The buyer must confirm it first."""

    url: str
    expires_at: datetime


Answer: TypeAlias = Succeeded | Refused | ActionRequired


class Standing(StrEnum):
    PENDING = "PENDING"
    ACTION_REQUIRED = "ACTION_REQUIRED"
    IN_DOUBT = "IN_DOUBT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """The one operation whose end is awaited."""

    operation: Operation
    standing: Standing = Standing.PENDING
    inquiries: int = 0
    ask_at: datetime | None = None
    """When the provider is asked what became of it."""

    def doubted(self, ask_at: datetime | None) -> "Awaited":
        return replace(self, standing=Standing.IN_DOUBT, ask_at=ask_at)

    def asked(self, ask_at: datetime | None) -> "Awaited":
        return replace(self, inquiries=self.inquiries + 1, ask_at=ask_at)

    def next_inquiry(self, now: datetime) -> datetime | None:
        if self.inquiries + 1 >= len(INQUIRIES):
            return None
        return now + INQUIRIES[self.inquiries + 1]


class Outcome(StrEnum):
    OPEN = "OPEN"
    SUCCEEDED = "SUCCEEDED"
    REFUSED = "REFUSED"


class Booked(NamedTuple):
    """An operation as it stands in somebody's books, the provider's or ours."""

    key: UUID
    kind: Kind
    account: UUID
    amount: Money
    outcome: Outcome


class SettledLine(NamedTuple):
    """A captured amount that the provider has paid to us, less its fee.

    A refund is a negative amount: the provider keeps it back from what it pays.
    """

    key: UUID
    account: UUID
    gross: Money
    fee: Money
