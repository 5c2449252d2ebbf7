"""What is awaited: from whom, and until when. It follows from how the aggregates stand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from deploy.local.explain.streams import Life
from services.ledger.domain import OrderBook
from services.order.domain import Order
from services.order.domain.order import State
from services.payment.domain import Payment
from services.payment.domain.operation import Standing
from services.returns.domain import CaseState, OrderReturns
from services.warehouse.domain import FulfilmentOrder, FulfilmentState


class Awaited(NamedTuple):
    what: str
    whom: str
    until: datetime | None
    """When it is given up, done by itself, or asked again; None when nobody has set a time."""


def awaited(life: Life) -> list[Awaited]:
    found: list[Awaited] = []
    for order in life.all(Order):
        found += _of_order(order)
    for payment in life.all(Payment):
        found += _of_payment(payment)
    for parcel in life.all(FulfilmentOrder):
        found += _of_parcel(parcel)
    for returns in life.all(OrderReturns):
        found += _of_returns(returns)
    for book in life.all(OrderBook):
        found += _of_book(book)
    for stuck in life.stuck:
        found.append(
            Awaited(
                f"a message of {stuck.topic} that {stuck.service} could not handle: {stuck.error}",
                "a person (`entrepot parked`)",
                None,
            )
        )
    return found


def _of_order(order: Order) -> Iterator[Awaited]:
    match order.state:
        case State.PENDING_RESERVATION:
            yield Awaited("word whether the stock is held", "warehouse", order.hold_until)
        case State.PENDING_PAYMENT:
            yield Awaited("the payment", "payment", order.payment_deadline)
        case State.ACTION_REQUIRED:
            yield Awaited("confirmation of the payment", "the buyer", order.payment_deadline)
        case State.ON_HOLD:
            yield Awaited("the end of the hold in which the buyer may think again", "time",
                          order.release_at)  # fmt: skip
        case State.DELIVERED if order.open_returns:
            yield Awaited("the end of an open return", "returns", None)
        case State.DELIVERED:
            yield Awaited("the end of the return window", "time", order.completes_at)


def _of_payment(payment: Payment) -> Iterator[Awaited]:
    if payment.awaited is None:
        return
    kind = payment.awaited.operation.kind.lower()
    match payment.awaited.standing:
        case Standing.ACTION_REQUIRED:
            yield Awaited(f"confirmation of the {kind}", "the buyer", payment.due)
        case Standing.IN_DOUBT if payment.due is None:
            yield Awaited(f"what became of the {kind} in doubt", "a person", None)
        case Standing.IN_DOUBT:
            yield Awaited(f"what became of the {kind} in doubt", "the provider", payment.due)
        case _:
            yield Awaited(f"an answer to the {kind}", "the provider", payment.due)


def _of_parcel(parcel: FulfilmentOrder) -> Iterator[Awaited]:
    match parcel.state:
        case FulfilmentState.PLANNED | FulfilmentState.PICKING | FulfilmentState.PICKED:
            yield Awaited("picking and packing", f"warehouse, {parcel.node_id}", None)
        case FulfilmentState.PACKED:
            yield Awaited("the hand-over to a carrier", f"warehouse, {parcel.node_id}", None)
        case FulfilmentState.HANDED_OVER | FulfilmentState.IN_TRANSIT | FulfilmentState.FAILED:
            yield Awaited("delivery", f"the carrier, {parcel.carrier}", None)


def _of_returns(returns: OrderReturns) -> Iterator[Awaited]:
    asked = {
        CaseState.REQUESTED: ("the decision about a return", "the merchant"),
        CaseState.AWAITING_BUYER_SHIP: ("goods to be sent back", "the buyer"),
        CaseState.IN_TRANSIT: ("goods on their way back", "the carrier"),
        CaseState.RECEIVED: ("inspection of what came back", "warehouse"),
        CaseState.REFUNDING: ("the refund", "payment"),
    }
    for case in returns.cases.values():
        if case.state in asked:
            yield Awaited(*asked[case.state], case.due_at)


def _of_book(book: OrderBook) -> Iterator[Awaited]:
    for _ in book.awaiting:
        yield Awaited("what a note in the books builds on", "another service's facts", None)
    if book.due is not None:
        yield Awaited("settlement, or the release of what is held back", "time", book.due)
