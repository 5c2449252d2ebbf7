"""What the others may know of the ledger: that lines settled, that statements closed, who is paid.

Amounts of single entries stay here; whoever needs them asks.
"""

from datetime import datetime
from functools import singledispatch

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from libs.contracts.ledger.v1 import events_pb2 as events
from services.ledger.domain import Adjustment, Agreement, OrderBook, Payee, Payout, Treasury
from services.ledger.domain.role import Role

ROLES = {
    Role.MERCHANT: events.PAYEE_ROLE_MERCHANT,
    Role.SUPPLIER: events.PAYEE_ROLE_SUPPLIER,
    Role.CREATOR: events.PAYEE_ROLE_CREATOR,
    Role.AGENCY: events.PAYEE_ROLE_AGENCY,
    Role.PARTNER: events.PAYEE_ROLE_PARTNER,
}


@singledispatch
def publish(fact: object) -> Message | None:
    raise AssertionError(f"it is not decided whether others may know of {type(fact).__qualname__}")


@publish.register
def _(fact: OrderBook.LinesSettled) -> Message:
    return events.LinesSettled(
        order_id=str(fact.order_id),
        lines=[
            events.SettledLine(
                line_id=item.order_line,
                merchant_id=item.payee,
                available=item.available,
                reserve=item.reserve,
            )
            for item in fact.items
        ],
        currency=fact.currency,
        settled_at=_timestamp(fact.effective_at),
        legal_entity=fact.legal_entity,
    )


@publish.register
def _(fact: OrderBook.ReserveReleased) -> Message:
    return _earnings(fact, {(Role.MERCHANT, item.payee, fact.currency) for item in fact.items})


@publish.register
def _(fact: OrderBook.CommissionReleased) -> Message:
    earners = {
        (role, payee, fact.currency)
        for item in fact.items
        for role, payee in (
            (Role.CREATOR, item.creator),
            (Role.AGENCY, item.agency),
            (Role.PARTNER, item.partner),
        )
        if payee
    }
    return _earnings(fact, earners)


@publish.register
def _(fact: OrderBook.SupplierCredited) -> Message:
    suppliers = {(Role.SUPPLIER, item.payee, item.supply_currency) for item in fact.items}
    return _earnings(fact, suppliers)


@publish.register
def _(fact: Payee.CutReached) -> Message:
    return events.StatementDue(
        payee_id=fact.payee,
        role=ROLES[fact.role],
        currency=fact.currency,
        legal_entity=fact.legal_entity,
        cut_at=_timestamp(fact.cut_at),
    )


@publish.register
def _(fact: Payee.StatementClosed) -> Message:
    return events.StatementClosed(
        statement_id=str(fact.statement),
        payee_id=fact.payee,
        currency=fact.currency,
        opening=fact.opening,
        closing=fact.closing,
        through_sequence=fact.through_sequence,
        closed_at=_timestamp(fact.cut_at),
    )


@publish.register
def _(fact: Payout.Locked) -> Message:
    return events.PayoutDue(
        payout_id=str(fact.originator_id),
        payee_id=fact.payee,
        amount=fact.paid,
        currency=fact.payout_currency,
        statement_id=fact.statement,
        due_at=_timestamp(fact.effective_at),
    )


PRIVATE = (
    OrderBook.Opened,
    OrderBook.Placed,
    OrderBook.Awaited,
    OrderBook.TakenUp,
    OrderBook.CancellationWaived,
    OrderBook.SettlementSuspended,
    OrderBook.SettlementResumed,
    OrderBook.AuthorizationHeld,
    OrderBook.AuthorizationReleased,
    OrderBook.CaptureAllocated,
    OrderBook.ConflictTaken,
    OrderBook.FundsReceived,
    OrderBook.CarriageAccrued,
    OrderBook.SupplyTaken,
    OrderBook.EscrowHeld,
    OrderBook.RevenueEarned,
    OrderBook.GoodsLost,
    OrderBook.GoodsCameBack,
    OrderBook.EscrowRefunded,
    OrderBook.SettlementReversed,
    OrderBook.RevenueReversed,
    OrderBook.RefundBorne,
    OrderBook.ReturnLabelCharged,
    OrderBook.RefundPaid,
    OrderBook.RefundCredited,
    Payee.Opened,
    Payee.StatementExpected,
    Payee.Drawn,
    Payee.ShortfallRecovered,
    Payee.ShortfallWrittenOff,
    Payee.Adjusted,
    Payee.Held,
    Payee.Released,
    Payout.FxBought,
    Payout.FxMarginTaken,
    Payout.Paid,
    Payout.Failed,
    Adjustment.Proposed,
    Adjustment.Approved,
    Agreement.Opened,
    Agreement.Changed,
    Treasury.Opened,
    Treasury.SafeguardToppedUp,
    Treasury.FeesSwept,
    Treasury.TaxRemitted,
    Treasury.CurrencyBought,
)


def _private(fact: object) -> None:
    """Nobody else's concern."""


for _fact in PRIVATE:
    publish.register(_fact, _private)


Released = OrderBook.ReserveReleased | OrderBook.CommissionReleased | OrderBook.SupplierCredited


def _earnings(fact: Released, earners: set[tuple[Role, str, str]]) -> Message:
    return events.EarningsReleased(
        order_id=str(fact.order_id),
        earnings=[
            events.Earning(payee_id=payee, role=ROLES[role], currency=currency)
            for role, payee, currency in sorted(earners)
        ],
        legal_entity=fact.legal_entity,
        released_at=_timestamp(fact.effective_at),
    )


def _timestamp(moment: datetime) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(moment)
    return timestamp
