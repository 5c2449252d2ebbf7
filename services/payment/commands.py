"""What payment can be asked to do."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.money import Money
from services.payment.domain import CapturePolicy, Resolution

# What the orders, returns and ledger decide.


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizePayment:
    request_id: UUID
    payment_id: UUID
    order_id: UUID
    buyer_id: str
    amount: Money
    method_token: str
    capture_policy: CapturePolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawPayment:
    request_id: UUID
    payment_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelLines:
    request_id: UUID
    payment_id: UUID
    refund_id: UUID
    refund: Money
    whole_order: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureAtHandOver:
    request_id: UUID
    order_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveBack:
    request_id: UUID
    payment_id: UUID
    refund_id: UUID
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitPayout:
    request_id: UUID
    payout_id: UUID
    payee_id: str
    amount: Money
    statement_id: UUID


# What people decide. An `etag` is the version that they saw; empty, they do not mind.


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturePayment:
    """Without an amount, all that is held and not cancelled."""

    request_id: UUID
    payment_id: UUID
    amount: Money | None
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidPayment:
    request_id: UUID
    payment_id: UUID
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPayment:
    request_id: UUID
    payment_id: UUID
    refund_id: UUID
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmAction:
    """The buyer did what the provider asked of them. `buyer_id` is None for a trusted caller."""

    request_id: UUID
    payment_id: UUID
    buyer_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveUnknown:
    request_id: UUID
    payment_id: UUID
    resolution: Resolution


# What the provider says.


@dataclass(frozen=True, slots=True, kw_only=True)
class HearProvider:
    request_id: UUID
    payment_id: UUID
    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleProvider:
    """`request_id` names the settlement file at the provider too."""

    request_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSettlement:
    request_id: UUID
    payment_id: UUID
    key: UUID
    gross: Money
    fee: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSuccess:
    request_id: UUID
    payment_id: UUID
    key: UUID
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRefusal:
    request_id: UUID
    payment_id: UUID
    key: UUID
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAction:
    request_id: UUID
    payment_id: UUID
    key: UUID
    action_url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDoubt:
    request_id: UUID
    payment_id: UUID
    key: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPayoutSuccess:
    request_id: UUID
    payout_id: UUID
    key: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPayoutRefusal:
    request_id: UUID
    payout_id: UUID
    key: UUID
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPayoutDoubt:
    request_id: UUID
    payout_id: UUID
    key: UUID
