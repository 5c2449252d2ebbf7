"""What the order service can be asked to do."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from services.order.domain import (
    Basket,
    DatedTerms,
    Fault,
    GivenBack,
    Listing,
    Price,
    Recipient,
    Rule,
    Settings,
    Units,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """Check a basket out; `trusted` when another service of the platform asks."""

    request_id: UUID
    basket: Basket
    method_token: str
    quote_token: str
    recipient: Recipient | None
    external_reference: str
    trusted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelLines:
    """Cancel units, or all that are free where none are named.

    A buyer's and a merchant's reach is limited to what is theirs; empty for whoever runs the
    marketplace.
    """

    request_id: UUID
    order_id: UUID
    lines: tuple[Units, ...]
    fault: Fault
    etag: str
    buyer_id: str
    merchant_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseBuyer:
    """Forget a person."""

    request_id: UUID
    buyer_id: str


# What the warehouse told.


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeReservation:
    request_id: UUID
    order_id: UUID
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectOrder:
    request_id: UUID
    order_id: UUID
    attempt: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseReservation:
    request_id: UUID
    order_id: UUID
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelShortages:
    request_id: UUID
    order_id: UUID
    lines: tuple[Units, ...]
    fault: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPicking:
    request_id: UUID
    order_id: UUID
    lines: tuple[Units, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipPackage:
    request_id: UUID
    order_id: UUID
    package_id: str
    lines: tuple[Units, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverPackage:
    request_id: UUID
    order_id: UUID
    package_id: str
    lines: tuple[Units, ...]
    delivered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LosePackage:
    request_id: UUID
    order_id: UUID
    package_id: str
    lines: tuple[Units, ...]
    lost_at: datetime


# What the payment service told.


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirePaymentAction:
    request_id: UUID
    order_id: UUID
    payment_id: UUID
    action_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclinePayment:
    request_id: UUID
    order_id: UUID
    payment_id: UUID
    decline_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizePayment:
    request_id: UUID
    order_id: UUID
    payment_id: UUID
    authorized_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmPayment:
    request_id: UUID
    order_id: UUID
    payment_id: UUID
    paid_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FailCapture:
    """`amount` is what the provider held and did not give."""

    request_id: UUID
    order_id: UUID
    payment_id: UUID
    amount: int
    failure_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeConflict:
    request_id: UUID
    order_id: UUID
    payment_id: UUID


# What the returns service told.


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReturn:
    request_id: UUID
    order_id: UUID
    return_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseReturn:
    request_id: UUID
    order_id: UUID
    return_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRefund:
    request_id: UUID
    order_id: UUID
    refund_id: str
    lines: tuple[GivenBack, ...]


# What the catalog told.


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnOffer:
    request_id: UUID
    listing: Listing
    price: Price


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnPrice:
    """A supply price of 0 leaves the one that stands."""

    request_id: UUID
    offer_id: str
    unit_price: int
    supply_price: int
    effective_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnOfferEnd:
    request_id: UUID
    offer_id: str
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnProduct:
    """Whether a product may be sold."""

    request_id: UUID
    product_id: str
    suspended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnTerms:
    request_id: UUID
    version: DatedTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnMarket:
    request_id: UUID
    market: str
    settings: Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnMarketHeld:
    request_id: UUID
    market: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnRule:
    request_id: UUID
    market: str
    rule: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnCreator:
    request_id: UUID
    creator_id: str
    agency_id: str
    agency_basis_points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnLiveSession:
    request_id: UUID
    live_session_id: str
    creator_id: str
    partner_id: str


Learnt: TypeAlias = (
    LearnOffer
    | LearnPrice
    | LearnOfferEnd
    | LearnProduct
    | LearnTerms
    | LearnMarket
    | LearnMarketHeld
    | LearnRule
    | LearnCreator
    | LearnLiveSession
)
"""What keeps the copy of the catalog current."""

AboutOrder: TypeAlias = (
    CancelLines
    | TakeReservation
    | RejectOrder
    | LoseReservation
    | CancelShortages
    | StartPicking
    | ShipPackage
    | DeliverPackage
    | LosePackage
    | RequirePaymentAction
    | DeclinePayment
    | AuthorizePayment
    | ConfirmPayment
    | FailCapture
    | FreezeConflict
    | OpenReturn
    | CloseReturn
    | NoteRefund
)
"""What moves one order on."""
