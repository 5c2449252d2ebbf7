"""Goods: never more promised than there is, and what is promised is somebody's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from tests.faults.checker.evidence import Evidence, Fact
from tests.faults.checker.orders import is_dead, is_paid, units_wanted


def nothing_is_sold_twice(evidence: Evidence) -> Iterator[str]:
    """At every version of every stock item, what is promised is there and fit to be sold."""
    for facts in _items(evidence):
        sellable = promised = 0
        claims: Counter[str] = Counter()
        for fact in facts[1:]:
            said = fact.said
            if fact.topic.endswith("Adjusted"):
                sellable += said["delta"] if said["condition"] == "SELLABLE" else 0
                continue
            sign = 1 if fact.topic.endswith("Reserved") else -1
            promised += sign * said["quantity"]
            claims[said["reservation_id"]] += sign * said["quantity"]
            sellable -= said["quantity"] if fact.topic.endswith("Shipped") else 0
            if claims[said["reservation_id"]] < 0:
                yield f"stock {fact.stream} gives up more than {said['reservation_id']} claimed"
            if promised > sellable:
                yield f"stock {fact.stream} promises {promised} of {sellable} at {fact.version}"


def goods_follow_orders(evidence: Evidence) -> Iterator[str]:
    """A paid order has its goods, one that came to nothing none, and no goods wait for no one.

    A parcel may leave while the news of a cancellation is on its way: those goods are gone.
    """
    held: Counter[UUID] = Counter()
    gone: Counter[UUID] = Counter()
    whose = {
        str(fact.stream): UUID(fact.said["order_id"])
        for fact in evidence.of("warehouse", "warehouse.Reservation.Opened")
    }
    for facts in _items(evidence):
        for fact in facts:
            reservation = fact.said.get("reservation_id")
            if reservation is None:
                continue
            if reservation not in whose:
                yield f"stock {fact.stream} is claimed by {reservation}, which is nobody's"
                continue
            what, units = fact.topic.rpartition(".")[2], fact.said["quantity"]
            held[whose[reservation]] += {"Reserved": 1, "Released": -1}.get(what, 0) * units
            gone[whose[reservation]] += units if what == "Shipped" else 0
    for order, facts in evidence.orders.items():
        wanted = 0 if is_dead(facts) else units_wanted(facts)
        if wanted and not is_paid(facts):
            continue
        if not wanted <= held[order] <= max(wanted, gone[order]):
            yield f"order {order} sells {wanted} units, and has {held[order]}"


def _items(evidence: Evidence) -> Iterator[list[Fact]]:
    for fact in evidence.of("warehouse", "warehouse.StockItem.Stocked"):
        yield evidence.streams["warehouse", fact.stream]
