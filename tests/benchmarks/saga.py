"""Saga: orders from PlaceOrder until they are paid and in the books, on a running local stack."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count, islice

import grpc
from google.type import money_pb2

from deploy.local.home import Home
from deploy.local.importers.online_retail.services import Services
from deploy.local.process import StackError
from libs.contracts.catalog.v1 import catalog_service_pb2 as catalog
from libs.contracts.common.v1 import terms_pb2, types_pb2
from libs.contracts.ledger.v1 import ledger_service_pb2 as ledger
from libs.contracts.order.v1 import order_service_pb2 as orders
from libs.contracts.warehouse.v1 import warehouse_service_pb2 as warehouse
from libs.domain import derived_id
from libs.rpc import RpcRefused
from libs.runtime.clock import perf_counter
from libs.runtime.ids import new_id
from libs.runtime.waiting import pause
from tests.benchmarks.case import CannotRun, Result, Round
from tests.benchmarks.echo import calls_a_second

ROUNDS = 3
SECONDS = 5.0
ECHO_SECONDS = 2.0
SKUS = 50
BATCH = 50
UNDER_WAY_MAX = 500
"""Placed and not in the books yet: enough to keep every service busy, too few to pile up."""
LOOK_EVERY_S = 0.1
PATIENCE_S = 60.0
PRICE = money_pb2.Money(currency_code="GBP", units=1)


def measure(*, rounds: int = ROUNDS, seconds: float = SECONDS) -> Result:
    """Orders a second, from the first placed to the last posted."""
    try:
        measured = asyncio.run(_measure(rounds, seconds))
    except StackError as error:
        raise CannotRun(str(error)) from None
    return Result.of("saga", "orders/s", "bare gRPC echoes/s", measured)


async def _measure(rounds: int, seconds: float) -> list[Round]:
    async with Services(Home.find()) as services:
        shop = Shop(services, f"bench-{new_id().hex[-8:]}")
        await shop.open()
        return [
            Round(value, await calls_a_second(ECHO_SECONDS))
            async for value in _rates(shop, rounds, seconds)
        ]


async def _rates(shop: Shop, rounds: int, seconds: float) -> AsyncIterator[float]:
    for _ in range(rounds):
        before, start = shop.placed, perf_counter()
        while perf_counter() - start < seconds:
            await shop.place()
            while shop.placed - await shop.posted() > UNDER_WAY_MAX:
                await pause(LOOK_EVERY_S)
        deadline = perf_counter() + PATIENCE_S
        while (missing := shop.placed - await shop.posted()) > 0:
            if perf_counter() > deadline:
                raise CannotRun(f"{missing} orders are not in the books after {PATIENCE_S:.0f} s")
            await pause(LOOK_EVERY_S)
        yield (shop.placed - before) / (perf_counter() - start)


@dataclass(slots=True)
class Shop:
    """A market, a merchant, goods and a node that no other run has."""

    services: Services
    slug: str
    placed: int = 0
    _offers: tuple[str, ...] = ()

    @property
    def market(self) -> str:
        return f"GB-{self.slug[-8:].upper()}"

    def id(self, *parts: str | int) -> str:
        return str(derived_id(self.slug, *parts))

    async def open(self) -> None:
        of = self.services
        await of.catalog.PlanMarket(
            catalog.PlanMarketRequest(
                request_id=self.id("market"),
                market_id=self.market,
                settings=catalog.MarketSettings(
                    currency=PRICE.currency_code,
                    legal_entity=self.slug,
                    ship_to=["GB"],
                    return_window_days=30,
                    capture_policy=types_pb2.CAPTURE_POLICY_AT_PLACEMENT,
                ),
            )
        )
        await of.catalog.OpenMarket(
            catalog.OpenMarketRequest(request_id=self.id("open"), name=f"markets/{self.market}")
        )
        await of.catalog.RegisterMerchant(
            catalog.RegisterMerchantRequest(
                request_id=self.id("merchant"),
                merchant_id=self.slug,
                display_name="Benchmark",
                country="GB",
            )
        )
        await of.catalog.PutTerms(
            catalog.PutTermsRequest(
                request_id=self.id("terms"),
                parent=f"merchants/{self.slug}",
                terms=catalog.Terms(
                    referral_basis_points=800,
                    fee_basis=terms_pb2.FEE_BASIS_ITEM_NET,
                    settlement_hold_days=7,
                    minimum_payout=PRICE,
                ),
            )
        )
        await of.warehouse.OpenNode(
            warehouse.OpenNodeRequest(
                request_id=self.id("node"),
                node_id=self.slug,
                title="Benchmark",
                country_code="GB",
            )
        )
        self._offers = tuple([await self._sell(number) for number in range(SKUS)])
        await self._is_heard_of()

    async def _sell(self, number: int) -> str:
        sku = f"{self.slug}-{number}"
        product = await self.services.catalog.CreateProduct(
            catalog.CreateProductRequest(
                request_id=self.id("product", number),
                merchant=f"merchants/{self.slug}",
                title=sku,
                variants=[catalog.Variant(sku=sku)],
                reviewed=True,
            )
        )
        offer = await self.services.catalog.PublishOffer(
            catalog.PublishOfferRequest(
                request_id=self.id("offer", number),
                product=product.name,
                sku=sku,
                market=f"markets/{self.market}",
                mode=types_pb2.SELLING_MODE_MARKETPLACE,
                unit_price=PRICE,
            )
        )
        await self.services.warehouse.AdjustStock(
            warehouse.AdjustStockRequest(
                request_id=self.id("stock", number),
                sku=sku,
                node=f"nodes/{self.slug}",
                owner_id=self.slug,
                delta=1_000_000,
                cause=warehouse.ADJUSTMENT_CAUSE_COUNT,
                condition=warehouse.STOCK_CONDITION_SELLABLE,
            )
        )
        return offer.name

    async def _is_heard_of(self) -> None:
        """Order sells from its own copy of the catalog, which is there once it has listened."""
        deadline = perf_counter() + PATIENCE_S
        request = orders.QuoteRequest(basket=self._basket(*self._offers))
        while True:
            try:
                await self.services.orders.Quote(request)
            except RpcRefused as refused:
                waits = refused.code is grpc.StatusCode.FAILED_PRECONDITION
                if not waits or perf_counter() > deadline:
                    raise
                await pause(LOOK_EVERY_S)
            else:
                return

    async def place(self) -> None:
        """A batch of one-line orders, each of a buyer of its own."""
        numbers = list(islice(count(self.placed), BATCH))
        answer = await self.services.orders.BatchPlaceOrders(
            orders.BatchPlaceOrdersRequest(
                requests=[
                    orders.PlaceOrderRequest(
                        request_id=self.id("order", number),
                        basket=self._basket(self._offers[number % SKUS], buyer=f"{number}"),
                        method_token="tok_ok",
                    )
                    for number in numbers
                ]
            )
        )
        for result in answer.results:
            if result.HasField("error"):
                raise RpcRefused.told(result.error)
        self.placed += BATCH

    async def posted(self) -> int:
        """How many are paid and in the books: each sold for one pound, nothing taxed or shipped."""
        answer = await self.services.ledger.GetGmv(
            ledger.GetGmvRequest(filter=ledger.AccountFilter(legal_entity=self.slug))
        )
        return sum(part.gross.units for part in answer.parts)

    def _basket(self, *offers: str, buyer: str = "nobody") -> orders.Basket:
        return orders.Basket(
            buyer=f"buyers/{self.slug}-{buyer}",
            market=f"markets/{self.market}",
            ship_to_country="GB",
            lines=[
                orders.BasketLine(offer=offer, quantity=1, surface=types_pb2.SURFACE_MALL)
                for offer in offers
            ],
        )
