"""What the catalog does about the facts of others."""

from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.message import Message

from libs.contracts.order.v1 import events_pb2 as order
from libs.contracts.warehouse.v1 import events_pb2 as warehouse
from libs.messaging import Envelope
from services.catalog.commands import NoteDelivery, NotePurchase
from services.catalog.domain import PurchasedLine
from services.catalog.policies import catalog_follows_order, catalog_follows_warehouse

ORDER, LINE, PRODUCT = (UUID(int=number) for number in range(1, 4))


def envelope(payload: Message) -> Envelope:
    return Envelope(
        payload=payload,
        event_id=UUID(int=77),
        occurred_at=datetime(2026, 3, 1, tzinfo=UTC),
        key=str(ORDER),
    )


def test_who_bought_what_is_noted() -> None:
    line = order.OrderLine(line_id=str(LINE), product_id=str(PRODUCT))
    event = envelope(order.OrderPlaced(order_id=str(ORDER), buyer_id="buyer-1", lines=[line]))

    assert list(catalog_follows_order(event)) == [
        NotePurchase(
            request_id=event.request_id(NotePurchase),
            order_id=ORDER,
            buyer_id="buyer-1",
            lines=(PurchasedLine(LINE, PRODUCT),),
        )
    ]


def test_what_arrived_is_noted() -> None:
    parcel = warehouse.LineQuantity(line_id=str(LINE), quantity=1)
    event = envelope(warehouse.PackageDelivered(order_id=str(ORDER), lines=[parcel]))

    assert list(catalog_follows_warehouse(event)) == [
        NoteDelivery(request_id=event.request_id(NoteDelivery), order_id=ORDER, line_ids=(LINE,))
    ]


def test_what_does_not_concern_the_catalog_asks_for_nothing() -> None:
    assert not list(catalog_follows_order(envelope(order.OrderPaid())))
    assert not list(catalog_follows_warehouse(envelope(warehouse.PackageLost())))
