"""What the warehouse can be told to do."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.warehouse.domain import Cause, Condition, RateCard, Report, SkuUnits, Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenNode:
    request_id: UUID
    node_id: str
    title: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRateCard:
    request_id: UUID
    node_id: str
    card: RateCard


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustStock:
    request_id: UUID
    sku: str
    node_id: str
    owner_id: str
    delta: int
    cause: Cause
    condition: Condition
    etag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateInboundPlan:
    request_id: UUID
    node_id: str
    owner_id: str
    lines: tuple[SkuUnits, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivateInboundPlan:
    request_id: UUID
    plan_id: UUID
    merchant_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipInboundPlan:
    request_id: UUID
    plan_id: UUID
    merchant_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInInboundPlan:
    request_id: UUID
    plan_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveLines:
    request_id: UUID
    plan_id: UUID
    lines: tuple[SkuUnits, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseInboundPlan:
    request_id: UUID
    plan_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidInboundPlan:
    request_id: UUID
    plan_id: UUID
    merchant_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveStock:
    request_id: UUID
    order_id: UUID
    attempt: int
    currency: str
    ship_to_country: str
    lines: tuple[Wanted, ...]
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendReservation:
    request_id: UUID
    order_id: UUID
    attempt: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitPayment:
    """The payment is under way: hold for as long as the cap allows."""

    request_id: UUID
    order_id: UUID
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SecureReservation:
    """The order is paid: hold without end."""

    request_id: UUID
    order_id: UUID
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmReservation:
    request_id: UUID
    order_id: UUID
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseReservation:
    """Give back all that has not left."""

    request_id: UUID
    order_id: UUID
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackLines:
    """Give back some units, by line id, as far as they have not left."""

    request_id: UUID
    order_id: UUID
    attempt: int
    quantities: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeExpiredStock:
    """A hold ran out by itself: end its claims on the stock."""

    request_id: UUID
    order_id: UUID
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPicking:
    request_id: UUID
    fulfilment_order_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmPick:
    request_id: UUID
    fulfilment_order_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmPack:
    request_id: UUID
    fulfilment_order_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    request_id: UUID
    fulfilment_order_id: UUID
    carrier: str
    tracking_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackParcel:
    request_id: UUID
    fulfilment_order_id: UUID
    report: Report
    failure_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectReturn:
    request_id: UUID
    return_id: UUID
    order_id: UUID
    line_id: str
    sku: str
    owner_id: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveReturn:
    request_id: UUID
    return_id: UUID
    node_id: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PutAway:
    """A person puts units away; more than wait are refused."""

    request_id: UUID
    return_id: UUID
    quantity: int
    condition: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class PutAwayInspected:
    """Units were inspected; those that a person has put away already stay where they are."""

    request_id: UUID
    return_id: UUID
    quantity: int
    condition: Condition
