"""Adjustment: a correction by hand. Somebody proposes it, somebody else approves it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from libs.domain import Aggregate, RuleViolated, Started, event
from services.ledger.domain.role import Role


class Kind(StrEnum):
    """What an adjustment is for; each has an account of its own in the chart."""

    FEE = "FEE"
    DISCOUNT = "DISCOUNT"
    MANUAL = "MANUAL"
    CHARITY = "CHARITY"
    BAD_DEBT = "BAD_DEBT"
    SAMPLE = "SAMPLE"
    UNMATCHED_CANCELLATION = "UNMATCHED_CANCELLATION"
    GOODWILL = "GOODWILL"
    PENALTY = "PENALTY"
    STORAGE = "STORAGE"
    INBOUND = "INBOUND"
    LIVE_SLOT = "LIVE_SLOT"
    COMPENSATION = "COMPENSATION"
    """Goods of the payee's that were lost in our centre."""
    RESIDUE = "RESIDUE"
    """What the minor unit could not hold, in thousandths of the major unit."""


class SamePerson(RuleViolated):
    """Who proposed an adjustment may not approve it."""


class AlreadyApproved(RuleViolated):
    """An adjustment is approved once."""


class Adjustment(Aggregate):
    TOPIC = "ledger.Adjustment"

    role: Role
    payee: str
    legal_entity: str
    currency: str
    kind: Kind
    reason: str
    amount: int
    market: str
    effective_at: datetime
    proposed_by: str
    approved_by: str

    class Proposed(Started):
        """`amount` is positive where it is in the payee's favour."""

        TOPIC = "ledger.AdjustmentProposed"
        role: Role
        payee: str
        legal_entity: str
        currency: str
        kind: Kind
        reason: str
        amount: int
        market: str
        effective_at: datetime
        proposed_by: str

    class Approved(Aggregate.Event):
        TOPIC = "ledger.AdjustmentApproved"
        approved_by: str

    @event(Proposed)
    def __init__(
        self,
        *,
        id: UUID,
        role: Role,
        payee: str,
        legal_entity: str,
        currency: str,
        kind: Kind,
        reason: str,
        amount: int,
        market: str,
        effective_at: datetime,
        proposed_by: str,
    ) -> None:
        self.role = role
        self.payee = payee
        self.legal_entity = legal_entity
        self.currency = currency
        self.kind = kind
        self.reason = reason
        self.amount = amount
        self.market = market
        self.effective_at = effective_at
        self.proposed_by = proposed_by
        self.approved_by = ""

    def approve(self, by: str) -> None:
        """A second person agrees."""
        if self.approved_by:
            raise AlreadyApproved(f"{self.approved_by} approved it already")
        if by == self.proposed_by:
            raise SamePerson("an adjustment takes two persons")
        self._approved(approved_by=by)

    @event(Approved)
    def _approved(self, approved_by: str) -> None:
        self.approved_by = approved_by
