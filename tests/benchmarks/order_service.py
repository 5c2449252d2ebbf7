"""Order service: alone in its database, with as many orders as one likes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING
from uuid import UUID

from deploy.local.home import Home
from deploy.local.postgres import PostgresServer
from deploy.local.tokens import AUDIENCE, ISSUER, ensure_keys, mint
from libs.contracts.common.v1 import types_pb2
from libs.contracts.order.v1 import order_service_pb2 as pb
from libs.contracts.order.v1.order_service_pb2_grpc import OrderServiceStub
from libs.eventstore import START, Mark, PostgresRecorder
from libs.rpc import TokenAuthenticator, connect, serve
from libs.runtime.anatomy import Service
from libs.runtime.ids import new_id
from libs.runtime.settings import Settings
from services.order import commands as c
from services.order.domain import DatedTerms, Order, Price
from services.order.wiring import build
from tests.benchmarks.servers import database, folder
from tests.services.order.samples import BEFORE, MUG, TERMS, US

if TYPE_CHECKING:
    from libs.contracts.order.v1.order_service_pb2_grpc import OrderServiceAsyncStub

BUYERS = 100
BATCH = 2_000
PAGE = 50

# Facts as the service recorded them, as the first of other streams.
COPY = """
insert into fact (stream_id, version, topic, occurred_at, payload, meta)
select gen_random_uuid(), 1, topic, occurred_at, payload, meta
  from generate_series(1, $2) cross join fact where stream_id = any($1::uuid[]) and version = 1
"""


@dataclass(slots=True)
class OrderService:
    """Answers calls; its list of orders is kept by the service's own projection."""

    service: Service[PostgresRecorder]
    stub: OrderServiceAsyncStub
    listed: Mark = START
    """How far the list has come."""

    async def open(self) -> list[UUID]:
        """A market with mugs, and a first order of each buyer."""
        learn = self.service.handlers
        for command in (
            c.LearnMarket(request_id=new_id(), market="US", settings=US),
            c.LearnTerms(request_id=new_id(), version=DatedTerms(BEFORE, TERMS)),
            c.LearnOffer(request_id=new_id(), listing=MUG, price=Price(BEFORE, 2500, 0)),
        ):
            await learn[type(command)](command)
        return [await self._place(f"buyers/{number}") for number in range(BUYERS)]

    async def _place(self, buyer: str) -> UUID:
        order = await self.stub.PlaceOrder(
            pb.PlaceOrderRequest(
                request_id=str(new_id()),
                method_token="tok_ok",
                basket=pb.Basket(
                    buyer=buyer,
                    market="markets/US",
                    ship_to_country="US",
                    lines=[
                        pb.BasketLine(
                            offer="offers/mug", quantity=1, surface=types_pb2.SURFACE_MALL
                        )
                    ],
                ),
            )
        )
        return UUID(order.name.rpartition("/")[2])

    async def multiply(self, first: Sequence[UUID], *, until: int) -> None:
        """Have so many orders in all, each like one of the first, and all of them in the list."""
        pool = self.service.recorder.pool
        there: int = await pool.fetchval(
            "select count(*) from fact where topic = $1", Order.Placed.TOPIC
        )
        await pool.execute(COPY, list(first), (until - there) // len(first))
        project = self.service.projections["orders"]
        while facts := await self.service.store.read(self.listed, BATCH):
            async with pool.acquire() as connection, connection.transaction():
                await project(connection, facts)
            self.listed = facts[-1].mark
        await pool.execute("analyze")

    async def names(self, how_many: int) -> cycle[str]:
        """Of orders at random, to be asked for."""
        rows = await self.service.recorder.pool.fetch(
            "select order_id from order_list order by md5(order_id::text) limit $1", how_many
        )
        return cycle([f"orders/{row['order_id']}" for row in rows])

    async def get(self, names: cycle[str]) -> int:
        await self.stub.GetOrder(pb.GetOrderRequest(name=next(names)))
        return 1

    async def list(self, buyers: cycle[str]) -> int:
        """The first page of what a buyer has ordered."""
        answer = await self.stub.ListOrders(
            pb.ListOrdersRequest(page_size=PAGE, buyer=next(buyers))
        )
        assert answer.orders, "every buyer has ordered"
        return 1


@asynccontextmanager
async def order_service(server: PostgresServer) -> AsyncIterator[OrderService]:
    with folder() as place:
        home = Home(place)
        home.prepare()
        ensure_keys(home)
        scopes = ["orders.read", "orders.write"]
        token = mint(home, role="service", subject="bench", scopes=scopes)
        async with database(server, "order") as dsn:
            service = await build(
                Settings(database=dsn, kafka="", jwks=home.jwks, vault_key=home.vault_key)
            )
            serving = await serve(
                service.grpc,
                listen="127.0.0.1:0",
                authenticator=TokenAuthenticator(home.jwks, issuer=ISSUER, audience=AUDIENCE),
            )
            try:
                async with connect(serving.address, token, deadline_s=30) as channel:
                    yield OrderService(service, OrderServiceStub(channel))
            finally:
                await serving.drain(0)
                await service.recorder.stop()
