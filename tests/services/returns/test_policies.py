"""What returns does about the facts of others."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from libs.contracts.common.v1 import types_pb2
from libs.contracts.order.v1 import events_pb2 as order
from libs.contracts.payment.v1 import events_pb2 as payment
from libs.contracts.warehouse.v1 import events_pb2 as warehouse
from libs.messaging import Envelope
from services.returns.commands import (
    NoteArrival,
    NoteCancellation,
    NoteDelivery,
    NoteLoss,
    NotePayment,
    NoteRefund,
    NoteSale,
)
from services.returns.domain import Amounts, Goods, LineCancelled, LineUnits, SoldLine
from services.returns.policies import (
    returns_follow_order,
    returns_follow_payment,
    returns_follow_warehouse,
)

ORDER, LINE, PAYMENT, RETURN, REFUND = (UUID(int=number) for number in range(1, 6))
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def envelope(payload: Message) -> Envelope:
    return Envelope(payload=payload, event_id=UUID(int=77), occurred_at=NOON, key=str(ORDER))


def test_a_placed_order_is_noted_with_what_its_lines_cost() -> None:
    event = envelope(
        order.OrderPlaced(
            order_id=str(ORDER),
            buyer_id="buyer-1",
            currency="USD",
            lines=[
                order.OrderLine(
                    line_id=str(LINE),
                    merchant_id="silk-road",
                    sku="SCARF-RED",
                    owner_id="silk-road",
                    quantity=2,
                    item=5000,
                    merchant_discount=500,
                    platform_discount=300,
                    shipping=499,
                    tax=371,
                    duty=12,
                    return_window_days=30,
                    shipping_tax=41,
                )
            ],
        )
    )

    assert list(returns_follow_order(event)) == [
        NoteSale(
            request_id=event.request_id(NoteSale),
            order_id=ORDER,
            buyer_id="buyer-1",
            currency="USD",
            lines=(
                SoldLine(
                    goods=Goods(LINE, "SCARF-RED", "silk-road"),
                    merchant_id="silk-road",
                    quantity=2,
                    amounts=Amounts(5000, 500, 300, 499, 371, 12, 41),
                    return_window_days=30,
                ),
            ),
        )
    ]


@pytest.mark.parametrize(("told", "known"), [(str(PAYMENT), PAYMENT), ("", None)])
def test_a_paid_order_is_noted_with_its_payment_if_it_needed_one(
    told: str, known: UUID | None
) -> None:
    event = envelope(order.OrderPaid(order_id=str(ORDER), payment_id=told))

    assert list(returns_follow_order(event)) == [
        NotePayment(request_id=event.request_id(NotePayment), order_id=ORDER, payment_id=known)
    ]


def test_cancelled_units_are_noted_with_what_was_given_back() -> None:
    line = types_pb2.RefundLine(line_id=str(LINE), quantity=1, item=2500, tax=186, refund=2686)
    event = envelope(order.LinesCancelled(order_id=str(ORDER), refund_id=str(REFUND), lines=[line]))

    assert list(returns_follow_order(event)) == [
        NoteCancellation(
            request_id=event.request_id(NoteCancellation),
            order_id=ORDER,
            cancellation_id=str(REFUND),
            lines=(LineCancelled(LINE, 1, Amounts(item=2500, tax=186)),),
        )
    ]


def test_a_delivered_parcel_opens_the_window_of_its_lines() -> None:
    delivered_at = Timestamp()
    delivered_at.FromDatetime(NOON)
    event = envelope(
        warehouse.PackageDelivered(
            order_id=str(ORDER),
            package_id="package-1",
            lines=[warehouse.LineQuantity(line_id=str(LINE), sku="SCARF-RED", quantity=2)],
            delivered_at=delivered_at,
        )
    )

    assert list(returns_follow_warehouse(event)) == [
        NoteDelivery(
            request_id=event.request_id(NoteDelivery),
            order_id=ORDER,
            package_id="package-1",
            lines=(LineUnits(LINE, 2),),
            delivered_at=NOON,
        )
    ]


def test_a_lost_parcel_is_noted_with_what_was_in_it() -> None:
    event = envelope(
        warehouse.PackageLost(
            order_id=str(ORDER),
            package_id="package-1",
            lines=[warehouse.LineQuantity(line_id=str(LINE), sku="SCARF-RED", quantity=2)],
        )
    )

    assert list(returns_follow_warehouse(event)) == [
        NoteLoss(
            request_id=event.request_id(NoteLoss),
            order_id=ORDER,
            package_id="package-1",
            lines=(LineUnits(LINE, 2),),
        )
    ]


def test_a_parcel_that_came_back_is_noted_on_its_case() -> None:
    event = envelope(warehouse.ReturnReceived(order_id=str(ORDER), return_id=str(RETURN)))

    assert list(returns_follow_warehouse(event)) == [
        NoteArrival(request_id=event.request_id(NoteArrival), order_id=ORDER, return_id=RETURN)
    ]


@pytest.mark.parametrize(
    ("answer", "note"),
    [
        (payment.RefundSucceeded, "refunded"),
        (payment.RefundFailed, "refund failed; the buyer has credit"),
    ],
)
def test_payments_answer_ends_the_case_either_way(answer: type[Message], note: str) -> None:
    event = envelope(answer(order_id=str(ORDER), refund_id=str(REFUND)))

    assert list(returns_follow_payment(event)) == [
        NoteRefund(
            request_id=event.request_id(NoteRefund), order_id=ORDER, refund_id=REFUND, note=note
        )
    ]


def test_what_does_not_concern_returns_asks_for_nothing() -> None:
    assert not list(returns_follow_order(envelope(order.OrderDelivered(order_id=str(ORDER)))))
    assert not list(returns_follow_warehouse(envelope(warehouse.StockReserved())))
    assert not list(returns_follow_payment(envelope(payment.PaymentCaptured())))
