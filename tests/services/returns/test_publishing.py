"""What the others may know of returns."""

from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from libs.contracts.common.v1 import types_pb2
from libs.contracts.returns.v1 import events_pb2 as events
from libs.domain import happening
from services.returns.domain import (
    PLATFORM,
    Amounts,
    Deadlines,
    Disposition,
    Fault,
    Finding,
    Goods,
    LineUnits,
    OrderReturns,
    ReturnKind,
    ReturnReason,
    SoldLine,
)
from services.returns.publishing import publish

ORDER, LINE, PAYMENT, RETURN = (UUID(int=number) for number in range(1, 5))
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOLD = Amounts(5000, 500, 300, 499, 371)
IDS = {"return_id": str(RETURN), "order_id": str(ORDER), "line_id": str(LINE)}


def at(moment: datetime) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(moment)
    return timestamp


def published(order: OrderReturns) -> list[Message]:
    return [message for fact in order.pending_events if (message := publish(fact))]


def delivered(amounts: Amounts = SOLD) -> OrderReturns:
    order = OrderReturns(id=ORDER)
    goods = Goods(LINE, "SCARF-RED", "silk-road")
    order.note_sale(
        buyer_id="buyer-1",
        currency="USD",
        lines=(SoldLine(goods, "silk-road", 2, amounts, 30),),
    )
    order.note_payment(PAYMENT)
    order.note_delivery("package-1", (LineUnits(LINE, 2),), delivered_at=NOON)
    return order


def ask(order: OrderReturns, *, kind: ReturnKind = ReturnKind.RETURN_AND_REFUND) -> None:
    order.open_return(
        RETURN,
        party=PLATFORM,
        line_id=LINE,
        quantity=1,
        kind=kind,
        reason=ReturnReason.CHANGED_MIND,
        outside_window=False,
        agreed=False,
        deadlines=Deadlines(),
        now=NOON,
    )


def test_a_return_is_told_from_the_request_to_the_end() -> None:
    with happening(NOON):
        order = delivered()
        ask(order)
        order.approve(RETURN, party=PLATFORM, fault=None, now=NOON)
        order.note_arrival(RETURN, now=NOON)
        order.inspect(
            RETURN,
            party=PLATFORM,
            node_id="newark",
            findings=(Finding(1, Disposition.SELLABLE),),
            fault=None,
        )
        order.close(RETURN, "refunded", party=PLATFORM)

    requested, approved, inspected, decided, closed = published(order)
    assert requested == events.ReturnRequested(**IDS, quantity=1, requested_at=at(NOON))
    assert approved == events.ReturnApproved(
        return_id=str(RETURN),
        order_id=str(ORDER),
        line_id=str(LINE),
        sku="SCARF-RED",
        owner_id="silk-road",
        quantity=1,
    )
    assert inspected == events.ReturnInspected(
        **IDS,
        sku="SCARF-RED",
        owner_id="silk-road",
        node_id="newark",
        quantity=1,
        disposition=types_pb2.DISPOSITION_SELLABLE,
    )
    assert isinstance(decided, events.RefundDecided)
    assert decided.payment_id == str(PAYMENT)
    assert decided.refund == 2286
    assert decided.fault == types_pb2.FAULT_BUYER
    assert decided.rule == "return-and-refund/1"
    assert decided.decided_at == at(NOON)
    assert list(decided.lines) == [
        types_pb2.RefundLine(
            line_id=str(LINE),
            quantity=1,
            item=2500,
            merchant_discount=250,
            platform_discount=150,
            tax=186,
            refund=2286,
        )
    ]
    assert closed == events.ReturnClosed(**IDS, quantity=1)


def test_no_goods_come_back_when_only_the_money_goes() -> None:
    with happening(NOON):
        order = delivered()
        ask(order, kind=ReturnKind.REFUND_ONLY)
        order.approve(RETURN, party=PLATFORM, fault=Fault.MERCHANT, now=NOON)

    _, approved, decided = published(order)
    assert isinstance(approved, events.ReturnApproved)
    assert approved.refund_only
    assert isinstance(decided, events.RefundDecided)
    assert decided.lines[0].quantity == 0
    assert decided.lines[0].shipping == 250


def test_a_lost_parcel_is_told_as_one_refund_of_what_never_came() -> None:
    order = OrderReturns(id=ORDER)
    goods = Goods(LINE, "SCARF-RED", "silk-road")
    with happening(NOON):
        order.note_sale(
            buyer_id="buyer-1",
            currency="USD",
            lines=(SoldLine(goods, "silk-road", 2, SOLD, 30),),
        )
        order.note_payment(PAYMENT)
        order.note_loss("package-1", (LineUnits(LINE, 2),))

    (decided,) = published(order)

    assert isinstance(decided, events.RefundDecided)
    assert (decided.lost, decided.return_id) == (True, "")
    assert decided.refund == 5070
    assert decided.fault == types_pb2.FAULT_CARRIER
    assert [line.quantity for line in decided.lines] == [2]


def test_a_decision_that_moves_nothing_is_nobody_elses_concern() -> None:
    with happening(NOON):
        order = delivered(Amounts())
        ask(order, kind=ReturnKind.REFUND_ONLY)
        order.approve(RETURN, party=PLATFORM, fault=None, now=NOON)

    assert [type(message) for message in published(order)] == [
        events.ReturnRequested,
        events.ReturnApproved,
        events.ReturnClosed,
    ]


def test_a_rejected_case_says_why() -> None:
    with happening(NOON):
        order = delivered()
        ask(order)
        order.reject(RETURN, "worn", party=PLATFORM)

    assert published(order)[-1] == events.ReturnRejected(**IDS, reason="worn")


def test_to_the_others_a_lapsed_or_withdrawn_case_ends_with_nothing_given_back() -> None:
    with happening(NOON):
        lapsed, withdrawn = delivered(), delivered()
        ask(lapsed)
        lapsed.approve(RETURN, party=PLATFORM, fault=None, now=NOON)
        lapsed.fall_due(NOON + Deadlines().ship)
        ask(withdrawn)
        withdrawn.withdraw(RETURN, party=PLATFORM)

    assert published(lapsed)[-1] == events.ReturnClosed(**IDS, quantity=0)
    assert published(withdrawn)[-1] == events.ReturnClosed(**IDS, quantity=0)
