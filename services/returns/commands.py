"""What returns can be asked to do. `party` is on whose behalf it is asked."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.money import Money
from services.returns.domain import (
    Fault,
    Finding,
    LineCancelled,
    LineUnits,
    Party,
    ReturnKind,
    ReturnReason,
    SoldLine,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReturn:
    request_id: UUID
    party: Party
    order_id: UUID
    line_id: UUID
    quantity: int
    kind: ReturnKind
    reason: ReturnReason
    outside_window: bool
    agreed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveReturn:
    request_id: UUID
    party: Party
    order_id: UUID
    return_id: UUID
    fault: Fault | None
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectReturn:
    request_id: UUID
    party: Party
    order_id: UUID
    return_id: UUID
    note: str
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterShipBack:
    request_id: UUID
    party: Party
    order_id: UUID
    return_id: UUID
    carrier: str
    tracking_number: str
    label_cost: Money | None
    label_charged: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordInspection:
    request_id: UUID
    party: Party
    order_id: UUID
    return_id: UUID
    node_id: str
    findings: tuple[Finding, ...]
    fault: Fault | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawReturn:
    request_id: UUID
    party: Party
    order_id: UUID
    return_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseCase:
    request_id: UUID
    party: Party
    order_id: UUID
    return_id: UUID
    note: str
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSale:
    request_id: UUID
    order_id: UUID
    buyer_id: str
    currency: str
    lines: tuple[SoldLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePayment:
    """`payment_id` is None for an order that cost nothing."""

    request_id: UUID
    order_id: UUID
    payment_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteCancellation:
    request_id: UUID
    order_id: UUID
    cancellation_id: str
    lines: tuple[LineCancelled, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDelivery:
    request_id: UUID
    order_id: UUID
    package_id: str
    lines: tuple[LineUnits, ...]
    delivered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteLoss:
    request_id: UUID
    order_id: UUID
    package_id: str
    lines: tuple[LineUnits, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteArrival:
    """What was sent back arrived at a node."""

    request_id: UUID
    order_id: UUID
    return_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRefund:
    """Payment is done with a refund; `note` says how it ended."""

    request_id: UUID
    order_id: UUID
    refund_id: UUID
    note: str
