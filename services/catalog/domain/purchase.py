"""Purchase: what a buyer ordered and got, as far as reviews need to know.

What was ordered and what arrived are told by two services, in either order.
"""

from dataclasses import dataclass
from uuid import UUID

from libs.domain import Aggregate, RuleViolated, Started, event


class NotDelivered(RuleViolated):
    """Only who got the goods can review them."""


@dataclass(frozen=True, slots=True)
class PurchasedLine:
    line_id: UUID
    product_id: UUID


class Purchase(Aggregate):
    TOPIC = "catalog.Purchase"

    buyer_id: str
    products: dict[UUID, UUID]
    delivered: set[UUID]

    class Begun(Started):
        """The first that was heard of the order."""

        TOPIC = "catalog.PurchaseBegun"

    class Ordered(Aggregate.Event):
        TOPIC = "catalog.PurchaseOrdered"
        buyer_id: str
        lines: tuple[PurchasedLine, ...]

    class Delivered(Aggregate.Event):
        TOPIC = "catalog.PurchaseDelivered"
        line_ids: tuple[UUID, ...]

    @event(Begun)
    def __init__(self, *, id: UUID) -> None:
        self.buyer_id = ""
        self.products = {}
        self.delivered = set()

    def note_order(self, buyer_id: str, lines: tuple[PurchasedLine, ...]) -> None:
        if not self.products:
            self._ordered(buyer_id, lines)

    def note_delivery(self, line_ids: tuple[UUID, ...]) -> None:
        if arrived := tuple(line for line in line_ids if line not in self.delivered):
            self._delivered(arrived)

    def reviewable(self, line_id: UUID, *, buyer_id: str) -> UUID:
        """The product of a line that this buyer got."""
        if self.buyer_id != buyer_id or line_id not in self.products:
            raise NotDelivered("the buyer has no such line", field="line_id")
        if line_id not in self.delivered:
            raise NotDelivered("the line has not been delivered", field="line_id")
        return self.products[line_id]

    @event(Ordered)
    def _ordered(self, buyer_id: str, lines: tuple[PurchasedLine, ...]) -> None:
        self.buyer_id = buyer_id
        self.products = {line.line_id: line.product_id for line in lines}

    @event(Delivered)
    def _delivered(self, line_ids: tuple[UUID, ...]) -> None:
        self.delivered = {*self.delivered, *line_ids}
