"""The order service as it runs: PostgreSQL, Kafka and gRPC, told of a catalog by its topic."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from google.protobuf.message import Message

from deploy.local.home import Home
from deploy.local.process import free_port
from deploy.local.tokens import ensure_keys, mint
from libs.contracts.catalog.v1 import events_pb2 as catalog
from libs.contracts.common.v1 import terms_pb2, types_pb2
from libs.contracts.order.v1 import order_service_pb2 as pb
from libs.contracts.order.v1.events_pb2 import OrderPlaced, PaymentDue
from libs.contracts.order.v1.order_service_pb2_grpc import OrderServiceStub
from libs.contracts.warehouse.v1.events_pb2 import StockReserved
from libs.domain import derived_id
from libs.messaging.envelope import from_wire, key_of
from libs.messaging.topics import ensure_topics
from libs.rpc.client import RpcRefused, connect
from libs.rpc.convert import timestamp
from libs.runtime.migrations import migrate
from libs.runtime.waiting import pause

if TYPE_CHECKING:  # Known to the stubs alone.
    from libs.contracts.order.v1.order_service_pb2_grpc import OrderServiceAsyncStub

LONG_AGO = timestamp(datetime(2020, 1, 1, tzinfo=UTC))
CATALOG: tuple[Message, ...] = (
    catalog.MarketOpened(
        market="GB",
        currency="GBP",
        legal_entity="entrepot-uk",
        ship_to=["GB"],
        tax_inclusive=True,
        tax_basis_points=2000,
        shipping=395,
        return_window_days=14,
        remorse_hold_minutes=60,
        capture_policy=types_pb2.CAPTURE_POLICY_AT_PLACEMENT,
    ),
    catalog.TermsPublished(
        merchant_id="acme",
        effective_at=LONG_AGO,
        terms=terms_pb2.Terms(
            terms_id="t1",
            merchant_id="acme",
            fee_basis=terms_pb2.FEE_BASIS_ITEM_NET,
            payout_currency="GBP",
        ),
    ),
    catalog.OfferPublished(
        offer_id="mug",
        product_id="mugs",
        sku="MUG",
        merchant_id="acme",
        market="GB",
        mode=types_pb2.SELLING_MODE_MARKETPLACE,
        unit_price=1200,
        currency="GBP",
        weight_grams=400,
        title="Mug",
        effective_at=LONG_AGO,
    ),
)
BASKET = pb.Basket(
    buyer="buyers/b1",
    market="markets/GB",
    ship_to_country="GB",
    lines=[pb.BasketLine(offer="offers/mug", quantity=2, surface=types_pb2.SURFACE_MALL)],
)


@asynccontextmanager
async def running(database: str, kafka: str, home: Home) -> AsyncIterator[str]:
    """The address of an order service that ends with the block, on SIGTERM."""
    home.run.mkdir(parents=True)
    ensure_keys(home)
    await migrate(database, "order")
    await ensure_topics(kafka)
    address = f"127.0.0.1:{free_port()}"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.order",
        env=os.environ
        | {
            "ENTREPOT_DATABASE": database,
            "ENTREPOT_KAFKA": kafka,
            "ENTREPOT_LISTEN": address,
            "ENTREPOT_JWKS": str(home.jwks),
            "ENTREPOT_VAULT_KEY": str(home.vault_key),
        },
    )
    try:
        yield address
    finally:
        process.terminate()
        assert await process.wait() == 0


async def tell(kafka: str, topic: str, *facts: Message) -> None:
    """Publish facts as another service would."""
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        for fact in facts:
            headers = {
                "ce_id": str(derived_id(fact.SerializeToString().hex())),
                "ce_type": fact.DESCRIPTOR.full_name,
                "ce_time": datetime.now(UTC).isoformat(),
            }
            await producer.send_and_wait(
                topic,
                fact.SerializeToString(),
                key=key_of(fact).encode(),
                headers=[(name, value.encode()) for name, value in headers.items()],
            )


async def told(kafka: str, order_id: str) -> AsyncIterator[Message]:
    """What the service tells of an order, from the beginning."""
    async with AIOKafkaConsumer(
        "entrepot.order.v1", bootstrap_servers=kafka, auto_offset_reset="earliest"
    ) as consumer:
        async for record in consumer:
            if record.key == order_id.encode():
                yield from_wire(record.topic, record.key, record.value, record.headers).payload


async def placed_once_told(
    orders: "OrderServiceAsyncStub", request: pb.PlaceOrderRequest
) -> pb.Order:
    """The order, as soon as the service has heard what is for sale."""
    while True:
        try:
            return await orders.PlaceOrder(request)
        except RpcRefused as refused:
            if refused.reason not in {"MARKET_CLOSED", "OFFER_UNAVAILABLE", "TERMS_MISSING"}:
                raise
            await asyncio.sleep(0.05)


async def listing(orders: "OrderServiceAsyncStub") -> list[pb.Order]:
    """The buyer's orders that wait for a payment, as soon as the list has heard of one."""
    request = pb.ListOrdersRequest(buyer="buyers/b1", state=pb.ORDER_STATE_PENDING_PAYMENT)
    while not (answer := await orders.ListOrders(request)).orders:
        await pause(0.05)
    return list(answer.orders)


async def test_an_order_goes_from_the_catalogs_topic_to_its_own(
    database: str, kafka: str, tmp_path: Path
) -> None:
    home = Home(tmp_path)
    async with asyncio.timeout(60), running(database, kafka, home) as address:
        await tell(kafka, "entrepot.catalog.v1", *CATALOG)
        token = mint(home, role="service", scopes=["orders.read", "orders.write"])
        async with connect(address, token) as channel:
            await channel.channel_ready()
            orders = OrderServiceStub(channel)
            order = await placed_once_told(
                orders,
                pb.PlaceOrderRequest(
                    request_id=str(UUID(int=1)), basket=BASKET, method_token="tok_1"
                ),
            )
            order_id = order.name.removeprefix("orders/")
            news = aiter(orders.FollowOrder(pb.FollowOrderRequest(name=order.name)))
            states = [(await anext(news)).state]
            facts = told(kafka, order_id)
            placed = await anext(facts)

            await tell(kafka, "entrepot.warehouse.v1", StockReserved(order_id=order_id, attempt=1))
            states.append((await anext(news)).state)
            due = await anext(facts)
            listed = await listing(orders)

    assert isinstance(placed, OrderPlaced)
    assert isinstance(due, PaymentDue)
    assert (placed.total, due.amount) == (2795, 2795)
    assert states == [pb.ORDER_STATE_PENDING_RESERVATION, pb.ORDER_STATE_PENDING_PAYMENT]
    assert [it.name for it in listed] == [order.name]
