"""Product, as the catalog tells of it: whether it may be sold at all."""

from uuid import UUID

from libs.domain import Aggregate, Started, event


class Product(Aggregate):
    """Goods whose offers stand or fall together."""

    TOPIC = "order.Product"

    product_id: str
    suspended: bool

    class HeardOf(Started):
        TOPIC = "order.ProductHeardOf"
        product_id: str

    class Suspended(Aggregate.Event):
        TOPIC = "order.ProductSuspended"

    class Reactivated(Aggregate.Event):
        TOPIC = "order.ProductReactivated"

    @event(HeardOf)
    def __init__(self, *, id: UUID, product_id: str) -> None:
        self.product_id = product_id
        self.suspended = False

    def suspend(self) -> None:
        if not self.suspended:
            self._suspended()

    @event(Suspended)
    def _suspended(self) -> None:
        self.suspended = True

    def activate(self) -> None:
        if self.suspended:
            self._reactivated()

    @event(Reactivated)
    def _reactivated(self) -> None:
        self.suspended = False
