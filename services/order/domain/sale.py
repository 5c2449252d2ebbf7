"""Sales: a basket with its prices, terms and attribution frozen."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from libs.domain import NotFound
from services.order.domain.amounts import Amounts
from services.order.domain.basket import Discount
from services.order.domain.market import RESERVATION_HOLD_MINUTES
from services.order.domain.merchant import Terms
from services.order.domain.words import CapturePolicy, Mode, Surface

LINES_MAX = 1_500
PAYMENT_TIMEOUT = timedelta(minutes=30)


class LineUnknown(NotFound):
    """The order has no such line, or none of this merchant."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who is credited for a line."""

    creator_id: str
    agency_id: str
    agency_basis_points: int
    partner_id: str
    live_session_id: str


@dataclass(frozen=True, slots=True)
class Supply:
    """What the platform owes the supplier for a full-service line, at the rate of the sale."""

    cost: int
    currency: str
    converted: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it was sold; amounts are for all its units, in the sale's currency."""

    offer_id: str
    product_id: str
    sku: str
    merchant_id: str
    mode: Mode
    title: str
    quantity: int
    amounts: Amounts
    terms_id: str
    surface: Surface
    weight_grams: int
    attribution: Attribution | None = None
    supply: Supply | None = None
    discounts: tuple[Discount, ...] = ()


@dataclass(frozen=True, slots=True)
class Sale:
    """All that a checkout froze. Terms stand here once, however many lines are sold under them."""

    buyer_id: str
    market: str
    legal_entity: str
    currency: str
    ship_to: str
    lines: tuple[Line, ...]
    terms: dict[str, Terms]
    total: int
    capture_policy: CapturePolicy
    remorse_hold_minutes: int
    return_window_days: int
    reservation_hold_minutes: int = RESERVATION_HOLD_MINUTES

    @property
    def payment_timeout(self) -> timedelta:
        """Never shorter than the goods are held."""
        return max(PAYMENT_TIMEOUT, timedelta(minutes=self.reservation_hold_minutes))


def line_id(order_id: UUID, number: int) -> UUID:
    """The id of an order's nth line, counted on from the order's own.

    So an order of 1,500 lines stores no line id at all, and finds a line by its id at once.
    """
    return UUID(int=order_id.int + number)


def line_number(order_id: UUID, line: UUID) -> int:
    """The number of an order's line, from 1."""
    number = line.int - order_id.int
    if not 0 < number <= LINES_MAX:
        raise LineUnknown("the order has no such line", field="lines.line_id")
    return number
