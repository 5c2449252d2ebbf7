"""What the warehouse does about the facts of others."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from google.protobuf.message import Message

from libs.contracts.common.v1 import types_pb2
from libs.contracts.common.v1.types_pb2 import RefundLine
from libs.contracts.order.v1 import events_pb2 as order
from libs.contracts.payment.v1 import events_pb2 as payment
from libs.contracts.returns.v1 import events_pb2 as returns
from libs.contracts.warehouse.v1 import events_pb2 as warehouse
from libs.messaging import Envelope
from libs.rpc.convert import timestamp
from services.warehouse.commands import (
    AwaitPayment,
    ConfirmReservation,
    ExpectReturn,
    FreeExpiredStock,
    PutAwayInspected,
    ReleaseReservation,
    ReserveStock,
    SecureReservation,
    TakeBackLines,
)
from services.warehouse.domain import Condition, Wanted
from services.warehouse.policies import (
    warehouse_follows_itself,
    warehouse_follows_order,
    warehouse_follows_payment,
    warehouse_follows_returns,
)

ORDER, RETURN = UUID(int=1), UUID(int=2)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def envelope(payload: Message) -> Envelope:
    return Envelope(payload=payload, event_id=UUID(int=77), occurred_at=NOON, key=str(ORDER))


def test_the_lines_of_a_placed_order_are_reserved() -> None:
    event = envelope(
        order.OrderPlaced(
            order_id=str(ORDER),
            attempt=2,
            currency="GBP",
            ship_to_country="DE",
            lines=[
                order.OrderLine(
                    line_id="1", sku="MUG", owner_id="acme", quantity=3, weight_grams=900
                )
            ],
            hold_until=timestamp(NOON),
        )
    )

    assert list(warehouse_follows_order(event)) == [
        ReserveStock(
            request_id=event.request_id(ReserveStock),
            order_id=ORDER,
            attempt=2,
            currency="GBP",
            ship_to_country="DE",
            lines=(Wanted("1", "MUG", "acme", 3, 900),),
            until=NOON,
        )
    ]


def test_a_paid_order_keeps_its_goods() -> None:
    event = envelope(order.OrderPaid(order_id=str(ORDER)))

    assert list(warehouse_follows_order(event)) == [
        SecureReservation(request_id=event.request_id(SecureReservation), order_id=ORDER, attempt=1)
    ]


def test_a_released_order_gets_its_goods() -> None:
    event = envelope(order.OrderReleased(order_id=str(ORDER), attempt=2))

    assert list(warehouse_follows_order(event)) == [
        ConfirmReservation(
            request_id=event.request_id(ConfirmReservation), order_id=ORDER, attempt=2
        )
    ]


@pytest.mark.parametrize(
    ("end", "attempt"),
    [
        (order.OrderRejected(order_id=str(ORDER), reason="COUPON_EXHAUSTED"), 1),
        (order.OrderExpired(order_id=str(ORDER), attempt=2), 2),
        (order.LinesCancelled(order_id=str(ORDER), attempt=2, whole_order=True), 2),
    ],
)
def test_an_order_that_ends_gives_all_its_goods_back(end: Message, attempt: int) -> None:
    event = envelope(end)

    assert list(warehouse_follows_order(event)) == [
        ReleaseReservation(
            request_id=event.request_id(ReleaseReservation), order_id=ORDER, attempt=attempt
        )
    ]


def test_cancelled_lines_give_their_units_back() -> None:
    event = envelope(
        order.LinesCancelled(
            order_id=str(ORDER),
            attempt=1,
            lines=[RefundLine(line_id="1", quantity=2), RefundLine(line_id="3", quantity=1)],
        )
    )

    assert list(warehouse_follows_order(event)) == [
        TakeBackLines(
            request_id=event.request_id(TakeBackLines),
            order_id=ORDER,
            attempt=1,
            quantities={"1": 2, "3": 1},
        )
    ]


def test_a_delivered_order_asks_for_nothing() -> None:
    event = envelope(order.OrderDelivered(order_id=str(ORDER)))

    assert list(warehouse_follows_order(event)) == []


@pytest.mark.parametrize(
    "news",
    [
        payment.PaymentActionRequired(order_id=str(ORDER)),
        payment.PaymentDeclined(order_id=str(ORDER)),
        payment.PaymentUnknown(order_id=str(ORDER)),
    ],
)
def test_goods_wait_as_long_as_the_payment_is_under_way(news: Message) -> None:
    event = envelope(news)

    assert list(warehouse_follows_payment(event)) == [
        AwaitPayment(request_id=event.request_id(AwaitPayment), order_id=ORDER, attempt=1)
    ]


def test_a_captured_payment_is_the_orders_affair() -> None:
    event = envelope(payment.PaymentCaptured(order_id=str(ORDER)))

    assert list(warehouse_follows_payment(event)) == []


def approved(*, refund_only: bool) -> Envelope:
    return envelope(
        returns.ReturnApproved(
            return_id=str(RETURN),
            order_id=str(ORDER),
            line_id="1",
            sku="MUG",
            owner_id="acme",
            quantity=2,
            refund_only=refund_only,
        )
    )


def test_an_approved_return_is_expected() -> None:
    event = approved(refund_only=False)

    assert list(warehouse_follows_returns(event)) == [
        ExpectReturn(
            request_id=event.request_id(ExpectReturn),
            return_id=RETURN,
            order_id=ORDER,
            line_id="1",
            sku="MUG",
            owner_id="acme",
            quantity=2,
        )
    ]


def test_what_the_buyer_keeps_is_not_expected() -> None:
    assert list(warehouse_follows_returns(approved(refund_only=True))) == []


def inspected(disposition: "types_pb2.Disposition.ValueType") -> Envelope:
    return envelope(
        returns.ReturnInspected(return_id=str(RETURN), quantity=2, disposition=disposition)
    )


@pytest.mark.parametrize(
    ("disposition", "condition"),
    [
        (types_pb2.DISPOSITION_SELLABLE, Condition.SELLABLE),
        (types_pb2.DISPOSITION_DEFECTIVE, Condition.QUARANTINED),
        (types_pb2.DISPOSITION_CUSTOMER_DAMAGED, Condition.QUARANTINED),
        (types_pb2.DISPOSITION_WRONG_ITEM, Condition.QUARANTINED),
    ],
)
def test_inspected_units_are_put_away_as_sellable_or_apart(
    disposition: "types_pb2.Disposition.ValueType", condition: Condition
) -> None:
    event = inspected(disposition)

    assert list(warehouse_follows_returns(event)) == [
        PutAwayInspected(
            request_id=event.request_id(PutAwayInspected),
            return_id=RETURN,
            quantity=2,
            condition=condition,
        )
    ]


def test_an_empty_parcel_is_not_put_away() -> None:
    assert list(warehouse_follows_returns(inspected(types_pb2.DISPOSITION_EMPTY))) == []


def test_a_hold_that_ran_out_frees_its_stock() -> None:
    event = envelope(warehouse.ReservationExpired(order_id=str(ORDER), attempt=2))

    assert list(warehouse_follows_itself(event)) == [
        FreeExpiredStock(request_id=event.request_id(FreeExpiredStock), order_id=ORDER, attempt=2)
    ]
