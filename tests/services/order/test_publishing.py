"""What the others may know of orders."""

from datetime import timedelta

from google.protobuf.message import Message

from libs.contracts.common.v1 import types_pb2
from libs.contracts.order.v1 import events_pb2 as events
from libs.domain import derived_id, happening
from libs.rpc.convert import timestamp
from services.order.domain import Buyer, Fault, Order, Surface, Units, line_id
from services.order.publishing import publish
from tests.services.order.samples import (
    NOON,
    ORDER,
    PAYMENT,
    basket,
    sold,
    wanted,
)

SOON = NOON + timedelta(seconds=2)


def published(order: Order) -> list[Message]:
    """What is told of the facts recorded since, without what is kept."""
    messages = [publish(fact) for fact in order.collect_events()]
    return [message for message in messages if message is not None]


def new_order(country: str = "US", *offers: str) -> Order:
    lines = [wanted(offer, 2) for offer in offers or ("mug",)]
    with happening(NOON):
        return Order.place(
            ORDER,
            sold(basket(*lines, country=country)),
            method_token="tok_1",
            vault_ref=derived_id("recipient", ORDER),
            external_reference="INV-1",
            now=NOON,
        )


def paid_order() -> Order:
    order = new_order()
    with happening(SOON):
        order.take_reservation(attempt=1, now=SOON)
        order.pay(payment_id=PAYMENT, paid_at=SOON, now=SOON)
    return order


def test_a_placed_order_tells_all_that_was_frozen() -> None:
    (placed,) = published(new_order("DE", "mug-de", "lamp"))

    assert isinstance(placed, events.OrderPlaced)
    assert (placed.order_id, placed.buyer_id, placed.attempt) == (str(ORDER), "buyer-1", 1)
    assert (placed.market, placed.legal_entity, placed.currency) == ("DE", "entrepot-eu", "EUR")
    assert placed.vault_ref == str(derived_id("recipient", ORDER))
    assert placed.hold_until == timestamp(NOON + timedelta(minutes=10))
    assert placed.total == sum(line.charged for line in placed.lines)
    mug, lamp = placed.lines
    assert [mug.line_id, lamp.line_id] == [str(line_id(ORDER, 1)), str(line_id(ORDER, 2))]
    assert (mug.terms.terms_id, mug.supply_cost, mug.owner_id) == ("acme-1", 0, "acme")
    assert mug.surface == types_pb2.SURFACE_MALL
    assert lamp.mode == types_pb2.SELLING_MODE_FULL_SERVICE
    assert (lamp.supply_cost, lamp.supply_currency) == (12400, "CNY")
    assert (lamp.supply_cost_converted, lamp.return_window_days) == (1600, 30)
    for line in placed.lines:
        paid = line.item - line.merchant_discount - line.platform_discount
        assert line.charged == paid + line.shipping + line.tax + line.duty


def test_the_tax_on_shipping_is_told_apart() -> None:
    (placed,) = published(new_order("DE", "lamp"))

    assert isinstance(placed, events.OrderPlaced)
    (line,) = placed.lines
    assert (line.shipping, line.tax, line.shipping_tax) == (249, 850, 50)


def test_attribution_is_told_with_the_line() -> None:
    line = wanted("mug")
    sale = sold(basket(type(line)(line.offer_id, 1, Surface.LIVE, live_session_id="friday")))
    with happening(NOON):
        order = Order.place(
            ORDER, sale, method_token="t", vault_ref=None, external_reference="", now=NOON
        )

    (placed,) = published(order)

    assert isinstance(placed, events.OrderPlaced)
    (told,) = placed.lines
    assert (told.creator_id, told.agency_id, told.agency_basis_points) == ("mei", "starlight", 2000)
    assert (told.partner_id, told.live_session_id) == ("studio-9", "friday")
    assert placed.vault_ref == ""


def test_the_way_to_delivery_is_told_step_by_step() -> None:
    order = paid_order()
    with happening(SOON):
        order.fall_due(SOON + timedelta(hours=1))
        order.start_picking([Units(1, 2)])
        order.ship(package_id="p1", lines=[Units(1, 2)])
        order.deliver(package_id="p1", lines=[Units(1, 2)], delivered_at=SOON)
        order.fall_due(SOON + timedelta(days=30))

    _, due, paid, released, delivered, completed = published(order)

    assert isinstance(due, events.PaymentDue)
    assert (due.payment_id, due.amount, due.method_token) == (str(PAYMENT), 5912, "tok_1")
    assert due.capture_policy == types_pb2.CAPTURE_POLICY_AT_PLACEMENT
    assert due.deadline == timestamp(SOON + timedelta(minutes=30))
    when = timestamp(SOON)
    order_id = str(ORDER)
    assert paid == events.OrderPaid(order_id=order_id, payment_id=str(PAYMENT), paid_at=when)
    assert released == events.OrderReleased(order_id=order_id, attempt=1, released_at=when)
    assert delivered == events.OrderDelivered(
        order_id=order_id, buyer_id="buyer-1", delivered_at=when
    )
    assert completed == events.OrderCompleted(order_id=order_id, completed_at=when)


def test_cancelled_lines_tell_what_is_to_be_given_back() -> None:
    order = paid_order()
    with happening(SOON):
        order.cancel([Units(1, 1)], fault=Fault.BUYER)

    *_, cancelled = published(order)

    assert cancelled == events.LinesCancelled(
        order_id=str(ORDER),
        payment_id=str(PAYMENT),
        lines=[
            types_pb2.RefundLine(
                line_id=str(line_id(ORDER, 1)),
                quantity=1,
                item=2500,
                shipping=250,
                tax=207,
                refund=2957,
            )
        ],
        refund=2957,
        currency="USD",
        fault=types_pb2.FAULT_BUYER,
        whole_order=False,
        refund_id=str(derived_id("refund", ORDER, 1)),
        attempt=1,
        cancelled_at=timestamp(SOON),
    )


def test_money_that_came_too_late_is_told_as_a_cancellation_by_the_platform() -> None:
    order = new_order()
    with happening(SOON):
        order.take_reservation(attempt=1, now=SOON)
        order.fall_due(SOON + timedelta(minutes=30))
        order.pay(payment_id=PAYMENT, paid_at=SOON, now=SOON)

    *_, expired, returned = published(order)

    assert expired == events.OrderExpired(
        order_id=str(ORDER), attempt=1, expired_at=timestamp(SOON), payment_id=str(PAYMENT)
    )
    assert isinstance(returned, events.LinesCancelled)
    assert (returned.refund, returned.whole_order) == (5912, True)
    assert returned.fault == types_pb2.FAULT_PLATFORM


def test_a_rejected_order_tells_why() -> None:
    order = new_order()
    with happening(SOON):
        order.reject(attempt=1, reason="OUT_OF_STOCK")

    *_, rejected = published(order)

    assert rejected == events.OrderRejected(
        order_id=str(ORDER), reason="OUT_OF_STOCK", rejected_at=timestamp(SOON)
    )


def test_that_a_person_was_forgotten_is_told_and_nothing_else_of_them() -> None:
    with happening(NOON):
        buyer = Buyer(id=derived_id("buyer", "buyer-1"), buyer_id="buyer-1", erased_at=NOON)

    (fact,) = buyer.collect_events()

    assert publish(fact) == events.BuyerErased(buyer_id="buyer-1", erased_at=timestamp(NOON))
