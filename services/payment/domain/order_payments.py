"""OrderPayments: which payments an order has that are to be captured when its parcels leave."""

from uuid import UUID

from libs.domain import Aggregate, Started, derived_id, event


def order_payments_id(order_id: UUID) -> UUID:
    return derived_id("order-payments", order_id)


class OrderPayments(Aggregate):
    """Parcels are told of by their order; only what is captured at hand-over needs the way back."""

    TOPIC = "payment.OrderPayments"

    order_id: UUID
    payment_ids: tuple[UUID, ...]

    class Begun(Started):
        TOPIC = "payment.OrderPayments.Begun"
        order_id: UUID

    class Noted(Aggregate.Event):
        TOPIC = "payment.OrderPayments.Noted"
        payment_id: UUID

    @event(Begun)
    def __init__(self, *, id: UUID, order_id: UUID) -> None:
        self.order_id = order_id
        self.payment_ids = ()

    @classmethod
    def of(cls, order_id: UUID) -> "OrderPayments":
        return cls(id=order_payments_id(order_id), order_id=order_id)

    def note(self, payment_id: UUID) -> None:
        if payment_id not in self.payment_ids:
            self._noted(payment_id)

    @event(Noted)
    def _noted(self, payment_id: UUID) -> None:
        self.payment_ids = (*self.payment_ids, payment_id)
