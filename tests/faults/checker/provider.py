"""The provider: asked once for everything, and asked for nothing that nobody wanted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from uuid import UUID

from tests.faults.checker.books import GIVEN_BACK, TAKEN
from tests.faults.checker.evidence import Evidence, Fact, Operation

SETTLED = {"SUCCEEDED": "SUCCEEDED", "REFUSED": "REFUSED", "AWAITS_BUYER": "OPEN"}


def nothing_is_taken_or_given_twice(evidence: Evidence) -> Iterator[str]:
    """One capture a payment as we use it, one refund a refund, one payout a payee's statement."""
    done = [operation for operation in evidence.provider if operation.state == "SUCCEEDED"]
    taken: Counter[UUID] = Counter()
    refunds: Counter[UUID] = Counter()
    given: Counter[UUID] = Counter()
    payouts: Counter[UUID] = Counter()
    amounts: Counter[UUID] = Counter()
    for operation in done:
        if operation.kind in TAKEN:
            taken[operation.account] += 1
            amounts[operation.account] += operation.amount
        elif operation.kind in GIVEN_BACK and operation.refund is not None:
            refunds[operation.refund] += 1
            given[operation.account] += operation.amount
        elif operation.kind == "PAYOUT":
            payouts[operation.account] += 1
    for what, counts in (("payment", taken), ("refund", refunds), ("payout", payouts)):
        yield from (f"{what} {id} was carried out {n} times" for id, n in counts.items() if n > 1)
    for payment, amount in given.items():
        if amount > amounts[payment]:
            yield f"payment {payment} gave back {amount} of {amounts[payment]}"


def orders_are_paid_once(evidence: Evidence) -> Iterator[str]:
    taken: Counter[UUID | None] = Counter()
    for operation in evidence.provider:
        if operation.state == "SUCCEEDED" and operation.kind in TAKEN:
            taken[operation.reference] += 1
    yield from (f"order {order} was charged {n} times" for order, n in taken.items() if n > 1)


def provider_was_asked_for_it(evidence: Evidence) -> Iterator[str]:
    """Every operation there was a fact here first, and both books agree how it went."""
    wanted = {
        UUID(fact.said["operation"]["key"])
        for fact in evidence.facts["payment"]
        if "operation" in fact.said
    }
    ours = {operation.key: operation for operation in evidence.booked}
    for theirs in evidence.provider:
        if theirs.key not in wanted:
            yield f"the provider has {theirs.kind} {theirs.key}, which no fact asks for"
        elif theirs.key not in ours:
            yield f"the provider has {theirs.kind} {theirs.key}, which is not in our list"
        elif _as_ours(theirs) != _as_ours(ours[theirs.key]):
            here = ours[theirs.key].state
            yield f"{theirs.kind} {theirs.key} is {theirs.state} there, and {here} here"
    known = {operation.key for operation in evidence.provider}
    for mine in evidence.booked:
        if mine.state == "SUCCEEDED" and mine.key not in known:
            yield f"{mine.kind} {mine.key} succeeded, and the provider knows nothing of it"


def nobody_pays_for_nothing(evidence: Evidence) -> Iterator[str]:
    """What an order's buyer has paid, refunds taken off, is what the order still sells."""
    paid: Counter[UUID | None] = Counter()
    stuck: dict[UUID, int] = defaultdict(int)
    for operation in evidence.provider:
        if operation.state == "SUCCEEDED":
            sign = (operation.kind in TAKEN) - (operation.kind in GIVEN_BACK)
            paid[operation.reference] += sign * operation.amount
    for fact in evidence.of("payment", "payment.Payment.RefundFailed"):
        stuck[UUID(fact.said["order_id"])] += fact.said["amount"]["amount"]
    for order, facts in evidence.orders.items():
        if paid[order] - stuck[order] != _sold(facts):
            yield f"order {order} sells for {_sold(facts)}, and its buyer paid {paid[order]}"
    for reference in paid:
        if paid[reference] and reference not in evidence.orders:
            yield f"{paid[reference]} was taken for {reference}, which is no order"


def _sold(facts: list[Fact]) -> int:
    """What is sold: the total once it is paid, less what was cancelled after that."""
    total = 0
    for fact in facts:
        if fact.topic == "order.Paid":
            total += facts[0].said["sale"]["total"]
        elif fact.topic == "order.LinesCancelled":
            total -= fact.said["refund"]
    return total


def _as_ours(operation: Operation) -> tuple[str, UUID, int, str, str]:
    state = SETTLED.get(operation.state, operation.state)
    return operation.kind, operation.account, operation.amount, operation.currency, state
