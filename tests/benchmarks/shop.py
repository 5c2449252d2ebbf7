"""Shop: a market, a merchant and goods of a benchmark's own, and orders in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count

import grpc
from google.type import money_pb2

from deploy.local.importers.online_retail.services import Services
from libs.contracts.catalog.v1 import catalog_service_pb2 as catalog
from libs.contracts.common.v1 import terms_pb2, types_pb2
from libs.contracts.ledger.v1 import ledger_service_pb2 as ledger
from libs.contracts.order.v1 import order_service_pb2 as orders
from libs.contracts.warehouse.v1 import warehouse_service_pb2 as warehouse
from libs.domain import derived_id
from libs.rpc import RpcRefused
from libs.runtime.clock import perf_counter
from libs.runtime.waiting import pause
from services.ledger.chart import ESCROW_IN_HOLD

SKUS = 50
BATCH = 50
LOOK_EVERY_S = 0.1
PATIENCE_S = 60.0
PENCE = 100
PRICE = money_pb2.Money(currency_code="GBP", units=1)


@dataclass(slots=True)
class Shop:
    """A market, a merchant, goods and a node that no other run has."""

    services: Services
    slug: str
    placed: int = 0
    _offers: tuple[str, ...] = ()
    _numbers: Iterator[int] = field(default_factory=count)

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
                    remorse_hold_minutes=0,
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

    async def place_batch(self) -> None:
        """One-line orders, each of a buyer of its own."""
        answer = await self.services.orders.BatchPlaceOrders(
            orders.BatchPlaceOrdersRequest(requests=[self.next_order() for _ in range(BATCH)])
        )
        for result in answer.results:
            if result.HasField("error"):
                raise RpcRefused.told(result.error)
        self.placed += BATCH

    async def place_one(self) -> str:
        order = await self.services.orders.PlaceOrder(self.next_order())
        self.placed += 1
        return order.name

    def next_order(self) -> orders.PlaceOrderRequest:
        number = next(self._numbers)
        return orders.PlaceOrderRequest(
            request_id=self.id("order", number),
            basket=self._basket(self._offers[number % SKUS], buyer=f"{number}"),
            method_token="tok_ok",
        )

    async def posted(self) -> int:
        """How many are paid and in the books: each sold for one pound, nothing taxed or shipped."""
        answer = await self.services.ledger.GetGmv(
            ledger.GetGmvRequest(filter=ledger.AccountFilter(legal_entity=self.slug))
        )
        return sum(part.gross.units for part in answer.parts)

    async def delivered(self) -> int:
        """How many have arrived by the books: their escrow waits for the settlement hold to end."""
        return -sum(it.minor for it in await self._balance(ESCROW_IN_HOLD.code)) // PENCE

    async def off(self) -> int:
        """By how much the market's books do not balance."""
        return sum(abs(it.minor) for it in await self._balance())

    async def _balance(self, *codes: str) -> Iterable[ledger.Amount]:
        answer = await self.services.ledger.GetBalance(
            ledger.GetBalanceRequest(
                filter=ledger.AccountFilter(codes=codes, legal_entity=self.slug)
            )
        )
        return answer.amounts

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
