"""Purchases: which orders of a buyer have units of an offer that each buyer gets few of."""

from uuid import UUID

from libs.domain import Aggregate, RuleViolated, Started, event


class BuyerCapExceeded(RuleViolated):
    """The buyer would have more units of an offer than one buyer may."""


class Purchases(Aggregate):
    """One buyer's orders of one capped offer.

    The orders themselves say how many units they still keep, so nothing needs to be given back
    when one of them fails. Two checkouts at once meet here, and one of them decides anew.
    """

    TOPIC = "order.Purchases"

    offer_id: str
    orders: tuple[UUID, ...]

    class Begun(Started):
        TOPIC = "order.PurchasesBegun"
        offer_id: str

    class Added(Aggregate.Event):
        TOPIC = "order.PurchaseAdded"
        order_id: UUID

    @event(Begun)
    def __init__(self, *, id: UUID, offer_id: str) -> None:
        self.offer_id = offer_id
        self.orders = ()

    def add(self, order_id: UUID, *, units: int, kept: int, cap: int) -> None:
        """Take `units` more where earlier orders keep `kept`, within the cap."""
        if kept + units > cap:
            raise BuyerCapExceeded(
                f"{units} more asked, {kept} of {cap} taken",
                field="basket.lines.quantity",
                offer=self.offer_id,
            )
        self._added(order_id=order_id)

    @event(Added)
    def _added(self, order_id: UUID) -> None:
        self.orders = (*self.orders, order_id)
