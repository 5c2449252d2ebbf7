"""What the others may know of returns."""

from datetime import datetime
from functools import singledispatch
from uuid import UUID

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from libs.contracts.common.v1 import types_pb2
from libs.contracts.returns.v1 import events_pb2 as events
from services.returns.domain import NOTHING, Cleared, OrderReturns


@singledispatch
def publish(fact: object) -> Message | None:
    raise AssertionError(f"it is not decided whether others may know of {type(fact).__qualname__}")


@publish.register
def _(fact: OrderReturns.Requested) -> Message:
    return events.ReturnRequested(
        return_id=str(fact.request.return_id),
        order_id=str(fact.originator_id),
        line_id=str(fact.request.line_id),
        quantity=fact.request.quantity,
        requested_at=_timestamp(fact.request.requested_at),
    )


@publish.register
def _(fact: OrderReturns.Approved) -> Message:
    return events.ReturnApproved(
        return_id=str(fact.return_id),
        order_id=str(fact.originator_id),
        line_id=str(fact.goods.line_id),
        sku=fact.goods.sku,
        owner_id=fact.goods.owner_id,
        quantity=fact.quantity,
        refund_only=fact.refund_only,
        auto=fact.auto,
    )


@publish.register
def _(fact: OrderReturns.Rejected) -> Message:
    return events.ReturnRejected(
        return_id=str(fact.return_id),
        order_id=str(fact.originator_id),
        line_id=str(fact.line_id),
        reason=fact.note,
    )


@publish.register
def _(fact: OrderReturns.Inspected) -> Message:
    return events.ReturnInspected(
        return_id=str(fact.return_id),
        order_id=str(fact.originator_id),
        line_id=str(fact.goods.line_id),
        sku=fact.goods.sku,
        owner_id=fact.goods.owner_id,
        node_id=fact.node_id,
        quantity=fact.finding.quantity,
        disposition=types_pb2.Disposition.Value(f"DISPOSITION_{fact.finding.disposition}"),
    )


@publish.register
def _(fact: OrderReturns.RefundDecided) -> Message | None:
    """Nobody needs to hear of a refusal that costs nobody anything."""
    decision = fact.decision
    if decision.moves_nothing:
        return None
    return events.RefundDecided(
        refund_id=str(decision.refund_id),
        return_id=str(fact.return_id),
        order_id=str(fact.originator_id),
        payment_id=str(decision.payment_id or ""),
        lines=[_refund_line(decision.line_id, decision.cleared, units=decision.goods_back)],
        refund=decision.cleared.refunded.paid,
        currency=decision.currency,
        fault=types_pb2.Fault.Value(f"FAULT_{decision.fault}"),
        rule=decision.rule,
        label_charged=decision.label.charged,
        label_cost=decision.label.cost,
        decided_at=_timestamp(fact.timestamp),
    )


@publish.register
def _(fact: OrderReturns.LossRefunded) -> Message | None:
    """To the others a refund as any other, of goods that do not come back."""
    refund = sum(line.cleared.refunded.paid for line in fact.lines)
    if not any(line.cleared.refunded != NOTHING for line in fact.lines):
        return None
    return events.RefundDecided(
        refund_id=str(fact.refund_id),
        order_id=str(fact.originator_id),
        payment_id=str(fact.payment_id or ""),
        lines=[
            _refund_line(line.line_id, line.cleared, units=line.cleared.units)
            for line in fact.lines
        ],
        refund=refund,
        currency=fact.currency,
        fault=types_pb2.FAULT_CARRIER,
        rule=fact.rule,
        decided_at=_timestamp(fact.timestamp),
        lost=True,
    )


@publish.register
def _(fact: OrderReturns.Closed) -> Message:
    return events.ReturnClosed(
        return_id=str(fact.return_id),
        order_id=str(fact.originator_id),
        line_id=str(fact.line_id),
        quantity=fact.goods_back,
    )


@publish.register(OrderReturns.Withdrawn)
@publish.register(OrderReturns.Lapsed)
def _(fact: OrderReturns.Withdrawn | OrderReturns.Lapsed) -> Message:
    """To the others both are a case that ended with nothing given back."""
    return events.ReturnClosed(
        return_id=str(fact.return_id),
        order_id=str(fact.originator_id),
        line_id=str(fact.line_id),
        quantity=0,
    )


@publish.register(OrderReturns.Begun)
@publish.register(OrderReturns.Sold)
@publish.register(OrderReturns.Paid)
@publish.register(OrderReturns.Delivered)
@publish.register(OrderReturns.Lost)
@publish.register(OrderReturns.Cancelled)
@publish.register(OrderReturns.Shipped)
@publish.register(OrderReturns.Received)
def _(fact: object) -> None:
    """Stays here: it came from the others, or nobody acts on it."""


def _refund_line(line_id: UUID, cleared: Cleared, *, units: int) -> types_pb2.RefundLine:
    refunded = cleared.refunded
    return types_pb2.RefundLine(
        line_id=str(line_id),
        quantity=units,
        item=refunded.item,
        merchant_discount=refunded.merchant_discount,
        platform_discount=refunded.platform_discount,
        shipping=refunded.shipping,
        tax=refunded.tax,
        duty=refunded.duty,
        refund=refunded.paid,
        shipping_tax=refunded.shipping_tax,
    )


def _timestamp(moment: datetime) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(moment)
    return timestamp
