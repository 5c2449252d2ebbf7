"""What the catalog does about the facts of others: it notes who got which goods, for reviews."""

from collections.abc import Iterator
from uuid import UUID

from libs.contracts.order.v1.events_pb2 import OrderPlaced
from libs.contracts.warehouse.v1.events_pb2 import PackageDelivered
from libs.messaging import Envelope, hears
from services.catalog.commands import NoteDelivery, NotePurchase
from services.catalog.domain import PurchasedLine


@hears(OrderPlaced)
def catalog_follows_order(event: Envelope) -> Iterator[NotePurchase]:
    match event.payload:
        case OrderPlaced() as order:
            yield NotePurchase(
                request_id=event.request_id(NotePurchase),
                order_id=UUID(order.order_id),
                buyer_id=order.buyer_id,
                lines=tuple(
                    PurchasedLine(UUID(line.line_id), UUID(line.product_id)) for line in order.lines
                ),
            )


@hears(PackageDelivered)
def catalog_follows_warehouse(event: Envelope) -> Iterator[NoteDelivery]:
    match event.payload:
        case PackageDelivered() as parcel:
            yield NoteDelivery(
                request_id=event.request_id(NoteDelivery),
                order_id=UUID(parcel.order_id),
                line_ids=tuple(UUID(line.line_id) for line in parcel.lines),
            )
