"""OrderBook: the money of one order, from authorisation to the last release.

What other services tell may come in any order; it is taken into the books as soon as what it
builds on is there. Every amount is decided here, once, and is a fact from then on.
"""

from uuid import UUID

from libs.domain import Aggregate, Started
from services.ledger.domain.amounts import (
    Borne,
    Captured,
    Carried,
    Commissioned,
    Delivered,
    Earned,
    Labelled,
    Released,
    Returned,
    Reversed,
    Settled,
    Supplied,
    SupplyDue,
    Unearned,
)
from services.ledger.domain.facts import OrderPosted
from services.ledger.domain.notes import Note, Refund
from services.ledger.domain.sale import Sale


class OrderBook(Aggregate):
    TOPIC = "ledger.OrderBook"

    class Opened(Started):
        TOPIC = "ledger.OrderBookOpened"
        order_id: UUID

    class Placed(Aggregate.Event):
        """The order as it was sold, with its terms."""

        TOPIC = "ledger.OrderPlaced"
        sale: Sale

    class Awaited(Aggregate.Event):
        """Something came before what it builds on."""

        TOPIC = "ledger.Awaited"
        note: Note

    class CancellationWaived(Aggregate.Event):
        """Units were cancelled before their money was taken; it is not going to be."""

        TOPIC = "ledger.CancellationWaived"
        refund: Refund

    class SettlementSuspended(Aggregate.Event):
        """A return case is open: the line's clock stands."""

        TOPIC = "ledger.SettlementSuspended"
        order_line: str
        case: str

    class SettlementResumed(Aggregate.Event):
        TOPIC = "ledger.SettlementResumed"
        order_line: str
        case: str

    class AuthorizationHeld(OrderPosted):
        TOPIC = "ledger.AuthorizationHeld"
        payment: str
        amount: int

    class AuthorizationReleased(OrderPosted):
        """Captured or voided."""

        TOPIC = "ledger.AuthorizationReleased"
        payment: str
        amount: int

    class CaptureAllocated(OrderPosted):
        """What the buyer paid, as it belongs to each line."""

        TOPIC = "ledger.CaptureAllocated"
        payment: str
        captured_total: int
        items: tuple[Captured, ...]

    class FundsReceived(OrderPosted):
        TOPIC = "ledger.FundsReceived"
        payment: str
        gross: int
        fee: int

    class CarriageAccrued(OrderPosted):
        TOPIC = "ledger.CarriageAccrued"
        items: tuple[Carried, ...]

    class SupplyTaken(OrderPosted):
        """Full service: title passed to us at hand-over."""

        TOPIC = "ledger.SupplyTaken"
        items: tuple[Supplied, ...]

    class EscrowHeld(OrderPosted):
        """Goods arrived, and the hold before settlement begins."""

        TOPIC = "ledger.EscrowHeld"
        lost: bool
        items: tuple[Delivered, ...]

    class RevenueEarned(OrderPosted):
        """Full service: goods arrived."""

        TOPIC = "ledger.RevenueEarned"
        items: tuple[Earned, ...]

    class LinesSettled(OrderPosted):
        TOPIC = "ledger.LinesSettled"
        items: tuple[Settled, ...]

    class ReserveReleased(OrderPosted):
        TOPIC = "ledger.ReserveReleased"
        items: tuple[Released, ...]

    class CommissionReleased(OrderPosted):
        TOPIC = "ledger.CommissionReleased"
        items: tuple[Commissioned, ...]

    class SupplierCredited(OrderPosted):
        """Full service: what was owed to the supplier is due."""

        TOPIC = "ledger.SupplierCredited"
        items: tuple[SupplyDue, ...]

    class EscrowRefunded(OrderPosted):
        TOPIC = "ledger.EscrowRefunded"
        payment: str
        refund: str
        cancelled: bool
        items: tuple[Returned, ...]

    class SettlementReversed(OrderPosted):
        TOPIC = "ledger.SettlementReversed"
        payment: str
        refund: str
        items: tuple[Reversed, ...]

    class RevenueReversed(OrderPosted):
        TOPIC = "ledger.RevenueReversed"
        payment: str
        refund: str
        items: tuple[Unearned, ...]

    class RefundBorne(OrderPosted):
        TOPIC = "ledger.RefundBorne"
        payment: str
        refund: str
        items: tuple[Borne, ...]

    class ReturnLabelCharged(OrderPosted):
        TOPIC = "ledger.ReturnLabelCharged"
        refund: str
        items: tuple[Labelled, ...]

    class RefundPaid(OrderPosted):
        """The buyer has the money."""

        TOPIC = "ledger.RefundPaid"
        payment: str
        refund: str
        amount: int

    class RefundCredited(OrderPosted):
        """The provider refused; the buyer has a credit instead."""

        TOPIC = "ledger.RefundCredited"
        payment: str
        refund: str
        amount: int
