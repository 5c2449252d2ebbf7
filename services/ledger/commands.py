"""What the ledger can be asked to do: most of it by other services' facts, the rest by finance."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.ledger.domain.adjustment import Kind
from services.ledger.domain.agreement import PayoutTerms
from services.ledger.domain.notes import Note
from services.ledger.domain.role import Role
from services.ledger.domain.sale import Sale


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBook:
    """An order was placed."""

    request_id: UUID
    sale: Sale


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeNote:
    """Something happened to an order."""

    request_id: UUID
    order_id: UUID
    note: Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Agree:
    """How a merchant is to be paid."""

    request_id: UUID
    payee: str
    terms: PayoutTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectStatement:
    """A payee's balance moved."""

    request_id: UUID
    role: Role
    payee: str
    legal_entity: str
    currency: str
    moved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseStatement:
    """A payee's day is over."""

    request_id: UUID
    role: Role
    payee: str
    legal_entity: str
    currency: str
    cut_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmPayout:
    request_id: UUID
    payout_id: UUID
    amount: int
    paid_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FailPayout:
    request_id: UUID
    payout_id: UUID
    failure_code: str
    failed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyPayoutCurrency:
    """Treasury buys what a payout will need, before the bank pays it."""

    request_id: UUID
    payout_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeAdjustment:
    """`amount` is positive in the payee's favour; a residue's is in thousandths."""

    request_id: UUID
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveAdjustment:
    request_id: UUID
    adjustment_id: UUID
    approved_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostAdjustment:
    """Propose and post at once, under finance's standing approval for an import."""

    request_id: UUID
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


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPayee:
    request_id: UUID
    role: Role
    payee: str
    legal_entity: str
    currency: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePayee:
    request_id: UUID
    role: Role
    payee: str
    legal_entity: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOffShortfall:
    """Give up what a merchant owes us."""

    request_id: UUID
    payee: str
    legal_entity: str
    currency: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeguardClients:
    """Cover what client money lacks out of our own cash."""

    request_id: UUID
    legal_entity: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepFees:
    """Take what we earned out of client money."""

    request_id: UUID
    legal_entity: str
    currency: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RemitTax:
    request_id: UUID
    legal_entity: str
    currency: str
    market: str
    sales_tax: int
    vat: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyCurrency:
    """Cover a debt in another currency, carried at `carried` in our own."""

    request_id: UUID
    legal_entity: str
    currency: str
    cost: int
    carried: int
    bought_currency: str
    bought: int
