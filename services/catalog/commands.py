"""What the catalog can be asked to do.

`seller` is the merchant on whose behalf it is asked, `asked_by` the buyer; None when the platform
itself asks. `etag` is the version that the caller decided on, empty when it does not matter.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.money import Money
from services.catalog.domain import MarketSettings, PurchasedLine, SellingMode, Terms, Variant


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterMerchant:
    request_id: UUID
    merchant_id: str
    display_name: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PutTerms:
    request_id: UUID
    merchant_id: str
    terms: Terms
    effective_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateProduct:
    request_id: UUID
    seller: str | None
    merchant_id: str
    title: str
    variants: tuple[Variant, ...]
    reviewed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AddVariant:
    request_id: UUID
    seller: str | None
    product_id: UUID
    variant: Variant


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitForReview:
    request_id: UUID
    seller: str | None
    product_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmitProduct:
    request_id: UUID
    product_id: UUID
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectProduct:
    request_id: UUID
    product_id: UUID
    reason: str
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseProduct:
    request_id: UUID
    seller: str | None
    product_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeProduct:
    request_id: UUID
    seller: str | None
    product_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspendProduct:
    request_id: UUID
    product_id: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReinstateProduct:
    request_id: UUID
    product_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveProduct:
    request_id: UUID
    seller: str | None
    product_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishOffer:
    request_id: UUID
    seller: str | None
    product_id: UUID
    sku: str
    market: str
    mode: SellingMode
    unit_price: Money
    supply_price: Money | None
    per_buyer_cap: int
    effective_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePrice:
    request_id: UUID
    seller: str | None
    offer_id: UUID
    unit_price: Money
    supply_price: Money | None
    effective_at: datetime | None
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseOffer:
    request_id: UUID
    seller: str | None
    offer_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeOffer:
    request_id: UUID
    seller: str | None
    offer_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class EndOffer:
    request_id: UUID
    seller: str | None
    offer_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMarket:
    request_id: UUID
    market: str
    settings: MarketSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMarket:
    request_id: UUID
    market: str
    pilot: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateMarket:
    request_id: UUID
    market: str
    settings: MarketSettings
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldMarket:
    request_id: UUID
    market: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseMarket:
    request_id: UUID
    market: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetJurisdictionRule:
    request_id: UUID
    market: str
    ship_to: str
    blocked: bool
    duty_basis_points: int
    source: str
    effective_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepealJurisdictionRule:
    request_id: UUID
    rule_id: UUID
    effective_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCreator:
    request_id: UUID
    creator_id: str
    handle: str
    agency_id: str
    agency_basis_points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAgency:
    request_id: UUID
    creator_id: str
    agency_id: str
    agency_basis_points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleLive:
    request_id: UUID
    creator_id: str
    partner_id: str
    market: str
    offer_ids: tuple[UUID, ...]
    starts_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StartLive:
    request_id: UUID
    live_session_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class EndLive:
    request_id: UUID
    live_session_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelLive:
    request_id: UUID
    live_session_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePurchase:
    """A buyer ordered."""

    request_id: UUID
    order_id: UUID
    buyer_id: str
    lines: tuple[PurchasedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDelivery:
    """A parcel arrived."""

    request_id: UUID
    order_id: UUID
    line_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitReview:
    request_id: UUID
    order_id: UUID
    line_id: UUID
    buyer_id: str
    asked_by: str | None
    rating: int
    text_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishReview:
    request_id: UUID
    review_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectReview:
    request_id: UUID
    review_id: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveReview:
    request_id: UUID
    review_id: UUID
    reason: str
