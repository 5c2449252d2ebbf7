"""Stores: an acknowledged command is there, once, and everything there has a cause."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

from tests.faults.checker.evidence import Evidence, Fact

ONCE = {
    "order.Paid",
    "order.Rejected",
    "order.Expired",
    "order.Released",
    "order.Completed",
    "warehouse.Reservation.Held",
    "warehouse.Reservation.Confirmed",
    "payment.Payment.Authorized",
}
"""What may be recorded of a stream a single time."""


def event_id(stream: UUID, version: int) -> UUID:
    """Where a fact stands, hashed: a UUIDv8."""
    digest = blake2b(stream.bytes + version.to_bytes(8, "big"), digest_size=16).digest()
    value = int.from_bytes(digest, "big")
    value = value & ~(0xF << 76) | 0x8 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def acknowledged_is_recorded(evidence: Evidence) -> Iterator[str]:
    """Who was told "done" finds it done, and whoever asks twice is told the same."""
    told: dict[tuple[str, str], set[str]] = defaultdict(set)
    for call in evidence.history.calls:
        if not call.request_id or not call.answers:
            continue
        told[call.service, call.request_id] |= {answer.name for answer in call.answers}
        request = evidence.requests[call.service].get(UUID(call.request_id))
        if request is None:
            yield f"{call.method} {call.request_id} was acknowledged, and no store knows of it"
        elif len(evidence.streams.get((call.service, request.stream), ())) < request.version:
            yield f"{call.method} {call.request_id} was answered with facts that are not there"
        elif call.method == "PlaceOrder" and call.answers[0].name != f"orders/{request.stream}":
            yield f"{call.request_id} was told of {call.answers[0].name}, not of {request.stream}"
    for (_, request_id), names in told.items():
        if len(names) > 1:
            yield f"{request_id} got several answers: {sorted(names)}"


def streams_have_no_gaps(evidence: Evidence) -> Iterator[str]:
    for (_, stream), facts in evidence.streams.items():
        if [fact.version for fact in facts] != list(range(1, len(facts) + 1)):
            yield f"{facts[0].service} stream {stream} has versions {[f.version for f in facts]}"
        marks = [fact.mark for fact in facts]
        if marks != sorted(marks):
            yield f"{facts[0].service} stream {stream} was committed out of order"


def nothing_happens_twice(evidence: Evidence) -> Iterator[str]:
    for (_, stream), facts in evidence.streams.items():
        for topic, count in Counter(fact.topic for fact in facts).items():
            if topic in ONCE and count > 1:
                yield f"stream {stream} has {count} of {topic}"


def everything_has_a_cause(evidence: Evidence) -> Iterator[str]:
    """Each fact names a request, or an event that was recorded before it: so no chain of causes
    bites its own tail. All stores are on one server, whose clock compares them."""
    begun: dict[str, datetime] = {}
    for fact in evidence.all_facts():
        event = str(event_id(fact.stream, fact.version))
        begun[event] = min(fact.recorded_at, begun.get(event, fact.recorded_at))
    asked = {call.request_id for call in evidence.history.calls}
    requests = {str(id) for known in evidence.requests.values() for id in known} | asked
    for fact in evidence.all_facts():
        cause = fact.meta.get("causation_id", "")
        if cause and cause not in begun and cause not in requests:
            yield f"{fact.topic} of {fact.stream} was caused by {cause}, which nobody knows"
        elif cause in begun and begun[cause] > fact.recorded_at:
            yield f"{fact.topic} of {fact.stream} was recorded before {cause}, its cause"


def nothing_is_parked(evidence: Evidence) -> Iterator[str]:
    """A message that nobody could handle is a bug: no fault here makes a message bad."""
    for parked in evidence.parked:
        yield f"{parked.service} parked a message of {parked.topic}: {parked.error}"


def told_of(fact: Fact) -> str | None:
    """What others are told of a fact, for those that they are always told of."""
    return PUBLIC.get(fact.topic)


PUBLIC = {
    "order.Placed": "OrderPlaced",
    "order.PaymentAsked": "PaymentDue",
    "order.Rejected": "OrderRejected",
    "order.Expired": "OrderExpired",
    "order.Paid": "OrderPaid",
    "order.Released": "OrderReleased",
    "order.LinesCancelled": "LinesCancelled",
    "order.LatePaymentReturned": "LinesCancelled",
    "order.Delivered": "OrderDelivered",
    "order.Completed": "OrderCompleted",
    "warehouse.Reservation.Held": "StockReserved",
    "warehouse.Reservation.Rejected": "StockRejected",
    "warehouse.Reservation.Expired": "ReservationExpired",
    "warehouse.Reservation.Confirmed": "StockAllocated",
    "warehouse.Reservation.AllocationFailed": "AllocationFailed",
    "warehouse.Reservation.Deallocated": "StockDeallocated",
    "warehouse.FulfilmentOrder.PickingStarted": "PickingStarted",
    "warehouse.FulfilmentOrder.HandedOver": "ShipmentHandedOver",
    "warehouse.FulfilmentOrder.Delivered": "PackageDelivered",
    "warehouse.StockItem.Adjusted": "StockAdjusted",
    "payment.Payment.ActionRequired": "PaymentActionRequired",
    "payment.Payment.Authorized": "PaymentAuthorized",
    "payment.Payment.Declined": "PaymentDeclined",
    "payment.Payment.Captured": "PaymentCaptured",
    "payment.Payment.CaptureFailed": "CaptureFailed",
    "payment.Payment.Voided": "PaymentVoided",
    "payment.Payment.RefundSucceeded": "RefundSucceeded",
    "payment.Payment.RefundFailed": "RefundFailed",
    "ledger.LinesSettled": "LinesSettled",
}
