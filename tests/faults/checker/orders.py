"""Orders: each comes to an end."""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults.checker.evidence import Evidence, Fact


def every_order_ends(evidence: Evidence) -> Iterator[str]:
    """Once faults are over and the checkout's timers have run, none is left half way."""
    for order, facts in evidence.orders.items():
        if not is_dead(facts) and not is_released(facts):
            yield f"order {order} stays at {facts[-1].topic}"


def no_timer_is_missed(evidence: Evidence) -> Iterator[str]:
    for service, count in evidence.overdue.items():
        if count:
            yield f"{service} has {count} deadlines that are over"


def is_dead(facts: list[Fact]) -> bool:
    return any(
        fact.topic in {"order.Rejected", "order.Expired", "order.LatePaymentReturned"}
        or (fact.topic == "order.LinesCancelled" and fact.said["whole_order"])
        for fact in facts
    )


def is_paid(facts: list[Fact]) -> bool:
    return any(fact.topic == "order.Paid" for fact in facts)


def is_released(facts: list[Fact]) -> bool:
    return any(fact.topic == "order.Released" for fact in facts)


def units_wanted(facts: list[Fact]) -> int:
    """Units that the order still sells."""
    units: int = sum(line["quantity"] for line in facts[0].said["sale"]["lines"])
    for fact in facts:
        if fact.topic == "order.LinesCancelled":
            units -= sum(line["quantity"] for line in fact.said["lines"])
    return units
