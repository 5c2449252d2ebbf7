"""ReturnCase: one request to give units of a line back, from asking to the end."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.returns.domain.refund import NOTHING, Cleared
from services.returns.domain.words import Disposition, Fault, ReturnKind, ReturnReason


class CaseState(StrEnum):
    REQUESTED = "REQUESTED"
    REJECTED = "REJECTED"
    AWAITING_BUYER_SHIP = "AWAITING_BUYER_SHIP"
    IN_TRANSIT = "IN_TRANSIT"
    RECEIVED = "RECEIVED"
    REFUNDING = "REFUNDING"
    CLOSED = "CLOSED"
    WITHDRAWN = "WITHDRAWN"
    LAPSED = "LAPSED"


BEFORE_INSPECTION = (CaseState.AWAITING_BUYER_SHIP, CaseState.IN_TRANSIT, CaseState.RECEIVED)
BEFORE_REFUND = (CaseState.REQUESTED, *BEFORE_INSPECTION)
OPEN = (*BEFORE_REFUND, CaseState.REFUNDING)


class Verdict(StrEnum):
    """What the inspection came to."""

    ACCEPTED = "ACCEPTED"
    PARTLY_ACCEPTED = "PARTLY_ACCEPTED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long each side may take; frozen on the case when it is opened."""

    decide: timedelta = timedelta(hours=48)
    ship: timedelta = timedelta(days=5)
    inspect: timedelta = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Label:
    """A return label that we bought: what it costs us, and what a merchant is charged for it."""

    cost: int = 0
    charged: int = 0

    def borne(self, fault: Fault) -> "Label":
        """The merchant pays for a faulty delivery, and for the free returns that they offer."""
        merchant_pays = fault in {Fault.BUYER, Fault.MERCHANT}
        return Label(self.cost, self.charged if merchant_pays else 0)


NO_LABEL = Label()


@dataclass(frozen=True, slots=True)
class Finding:
    """What some of the units that came back are fit for."""

    quantity: int
    disposition: Disposition


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for."""

    return_id: UUID
    line_id: UUID
    kind: ReturnKind
    reason: ReturnReason
    quantity: int
    requested_at: datetime
    deadlines: Deadlines


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the buyer gets back; payment executes it once, under `refund_id`."""

    refund_id: UUID
    payment_id: UUID | None
    line_id: UUID
    currency: str
    cleared: Cleared
    goods_back: int
    refused: int
    fault: Fault
    rule: str
    label: Label

    @property
    def moves_nothing(self) -> bool:
        return self.cleared.refunded == NOTHING and self.label == NO_LABEL


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnCase:
    """`due_at` is when what the case waits for is over; None when it waits for no deadline."""

    request: Request
    state: CaseState
    fault: Fault
    due_at: datetime | None
    auto_approved: bool = False
    carrier: str = ""
    tracking_number: str = ""
    label: Label = NO_LABEL
    findings: tuple[Finding, ...] = ()
    decision: Decision | None = None
    note: str = ""

    @property
    def id(self) -> UUID:
        return self.request.return_id

    @property
    def line_id(self) -> UUID:
        return self.request.line_id

    @property
    def quantity(self) -> int:
        return self.request.quantity

    @property
    def refund_only(self) -> bool:
        return self.request.kind is ReturnKind.REFUND_ONLY

    @property
    def verdict(self) -> Verdict | None:
        if not self.findings:
            return None
        accepted = accepted_of(self.findings, self.fault)
        if accepted == self.quantity:
            return Verdict.ACCEPTED
        return Verdict.PARTLY_ACCEPTED if accepted else Verdict.REFUSED


def accepted_of(findings: tuple[Finding, ...], fault: Fault) -> int:
    """How many of the units that came back are refunded."""
    return sum(finding.quantity for finding in findings if finding.disposition.is_refunded(fault))
