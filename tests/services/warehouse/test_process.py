"""The warehouse as a process, between a real database and a real broker."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from google.protobuf.message import Message

from deploy.local.home import Home
from deploy.local.process import free_port
from deploy.local.tokens import ensure_keys, mint
from libs.contracts.order.v1 import events_pb2 as order
from libs.contracts.warehouse.v1 import events_pb2 as events
from libs.contracts.warehouse.v1 import warehouse_service_pb2 as pb
from libs.contracts.warehouse.v1.warehouse_service_pb2_grpc import WarehouseServiceStub
from libs.messaging.envelope import from_wire
from libs.messaging.topics import ensure_topics
from libs.rpc import connect
from libs.rpc.convert import timestamp
from libs.runtime.migrations import migrate
from libs.runtime.waiting import pause

if TYPE_CHECKING:
    from libs.contracts.warehouse.v1.warehouse_service_pb2_grpc import WarehouseServiceAsyncStub

SKU = f"MUG-{uuid4()}"
"""Nobody else's: the broker is everybody's, and others tell of orders for mugs."""

SCOPES = [
    f"{resource}.{right}"
    for resource in ("nodes", "stockItems", "fulfilmentOrders")
    for right in ("read", "write")
]


class Others:
    """The other services, as far as the broker knows them."""

    def __init__(self, producer: AIOKafkaProducer, consumer: AIOKafkaConsumer) -> None:
        self._producer = producer
        self._consumer = consumer

    async def tell(self, fact: order.OrderPlaced | order.OrderPaid | order.OrderReleased) -> None:
        said = {
            "ce_id": str(uuid4()),
            "ce_type": fact.DESCRIPTOR.full_name,
            "ce_time": datetime.now(UTC).isoformat(),
        }
        await self._producer.send_and_wait(
            "entrepot.order.v1",
            fact.SerializeToString(),
            key=fact.order_id.encode(),
            headers=[(name, text.encode()) for name, text in said.items()],
        )

    async def hear(self, kind: type[Message], *, of: UUID) -> Message:
        """The next fact of this kind that the warehouse tells of an order."""
        async for message in self._consumer:
            event = from_wire(message.topic, message.key, message.value, message.headers)
            if event.key == str(of) and isinstance(event.payload, kind):
                return event.payload
        raise AssertionError("a topic has no end")


@pytest.fixture
async def others(kafka: str) -> AsyncIterator[Others]:
    await ensure_topics(kafka)
    consumer = AIOKafkaConsumer(
        "entrepot.warehouse.v1", bootstrap_servers=kafka, auto_offset_reset="earliest"
    )
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer, consumer:
        yield Others(producer, consumer)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.run.mkdir(parents=True)
    ensure_keys(home)
    return home


@pytest.fixture
def address() -> str:
    return f"127.0.0.1:{free_port()}"


@pytest.fixture
def process(
    database: str, kafka: str, home: Home, address: str, others: Others
) -> Iterator[subprocess.Popen[bytes]]:
    asyncio.run(migrate(database, "warehouse"))
    settings = {
        "ENTREPOT_DATABASE": database,
        "ENTREPOT_KAFKA": kafka,
        "ENTREPOT_LISTEN": address,
        "ENTREPOT_JWKS": str(home.jwks),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "services.warehouse"], env={**os.environ, **settings}
    ) as process:
        yield process
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
async def warehouse(
    process: subprocess.Popen[bytes], home: Home, address: str
) -> AsyncIterator["WarehouseServiceAsyncStub"]:
    async with connect(address, mint(home, role="ops", scopes=SCOPES)) as channel:
        async with asyncio.timeout(20):
            await channel.channel_ready()
        yield WarehouseServiceStub(channel)


def placed(order_id: UUID, *, hold_until: datetime) -> order.OrderPlaced:
    line = order.OrderLine(line_id="1", sku=SKU, owner_id="acme", quantity=3)
    return order.OrderPlaced(
        order_id=str(order_id),
        attempt=1,
        currency="GBP",
        ship_to_country="GB",
        lines=[line],
        hold_until=timestamp(hold_until),
    )


def ids(name: str = "") -> dict[str, str]:
    return {"request_id": str(uuid4()), **({"name": name} if name else {})}


async def available(warehouse: "WarehouseServiceAsyncStub") -> int:
    answer: pb.Availability = await warehouse.GetAvailability(
        pb.GetAvailabilityRequest(sku=SKU, owner_id="acme")
    )
    return answer.available


async def test_an_order_gets_its_goods_from_the_shelf_to_the_buyer(
    warehouse: "WarehouseServiceAsyncStub", others: Others
) -> None:
    bought, given_up = uuid4(), uuid4()
    now = datetime.now(UTC)
    async with asyncio.timeout(60):
        await warehouse.OpenNode(
            pb.OpenNodeRequest(**ids(), node_id="leeds", title="Leeds", country_code="GB")
        )
        await warehouse.AdjustStock(
            pb.AdjustStockRequest(
                **ids(),
                sku=SKU,
                node="nodes/leeds",
                owner_id="acme",
                delta=10,
                cause=pb.ADJUSTMENT_CAUSE_RECEIVED,
                condition=pb.STOCK_CONDITION_SELLABLE,
            )
        )

        await others.tell(placed(given_up, hold_until=now))
        await others.hear(events.ReservationExpired, of=given_up)
        await others.tell(placed(bought, hold_until=now + timedelta(minutes=10)))
        await others.tell(order.OrderPaid(order_id=str(bought)))
        await others.tell(order.OrderReleased(order_id=str(bought), attempt=1))
        allocated = await others.hear(events.StockAllocated, of=bought)
        assert isinstance(allocated, events.StockAllocated)
        (fulfilment_id,) = allocated.fulfilment_order_ids
        name = f"fulfilmentOrders/{fulfilment_id}"
        await warehouse.StartPicking(pb.StartPickingRequest(**ids(name)))
        await warehouse.ConfirmPick(pb.ConfirmPickRequest(**ids(name)))
        await warehouse.ConfirmPack(pb.ConfirmPackRequest(**ids(name)))
        await warehouse.HandOver(
            pb.HandOverRequest(**ids(name), carrier="Royal Mail", tracking_number="RM1")
        )
        await warehouse.TrackingUpdate(
            pb.TrackingUpdateRequest(**ids(name), status=pb.TRACKING_STATUS_DELIVERED)
        )
        delivered = await others.hear(events.PackageDelivered, of=bought)
        assert isinstance(delivered, events.PackageDelivered)

        assert list(delivered.lines) == [events.LineQuantity(line_id="1", sku=SKU, quantity=3)]
        while await available(warehouse) != 7:
            await pause(0.05)
        listed = await listing(warehouse, bought)
        assert [parcel.state for parcel in listed] == [pb.FULFILMENT_STATE_DELIVERED]


async def listing(
    warehouse: "WarehouseServiceAsyncStub", order_id: UUID
) -> list[pb.FulfilmentOrder]:
    """The order's parcels, as soon as the list has heard of one."""
    request = pb.ListFulfilmentOrdersRequest(order=f"orders/{order_id}")
    while not (answer := await warehouse.ListFulfilmentOrders(request)).fulfilment_orders:
        await pause(0.05)
    return list(answer.fulfilment_orders)
