"""A shop to be bought from: a market, a merchant, goods on a shelf, and baskets of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import grpc
from google.type import money_pb2

from libs.contracts.catalog.v1 import catalog_service_pb2 as catalog
from libs.contracts.common.v1 import terms_pb2, types_pb2
from libs.contracts.order.v1 import order_service_pb2 as orders
from libs.contracts.warehouse.v1 import warehouse_service_pb2 as warehouse
from libs.domain import derived_id
from libs.rpc.client import RpcRefused
from libs.runtime.clock import monotonic
from libs.runtime.ids import new_id
from libs.runtime.waiting import pause
from tests.faults.recorder import Recorder

PRICE = money_pb2.Money(currency_code="GBP", units=7, nanos=990_000_000)
PATIENCE_S = 60.0
PLENTY = 1_000_000


@dataclass(slots=True)
class Shop:
    """Its goods are `stocks`: so many units of each."""

    recorder: Recorder
    stocks: Sequence[int]
    slug: str = field(default_factory=lambda: f"trial-{new_id().hex[-8:]}")
    offers: list[str] = field(default_factory=list)
    _baskets: int = 0

    @property
    def market(self) -> str:
        return f"GB-{self.slug[-8:].upper()}"

    def id(self, *parts: str | int) -> str:
        return str(derived_id(self.slug, *parts))

    def sku(self, number: int) -> str:
        return f"{self.slug}-{number}"

    async def open(self) -> None:
        ask = self.recorder.ask
        await ask(
            "catalog",
            "PlanMarket",
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
            ),
        )
        await ask(
            "catalog",
            "OpenMarket",
            catalog.OpenMarketRequest(request_id=self.id("open"), name=f"markets/{self.market}"),
        )
        await ask(
            "catalog",
            "RegisterMerchant",
            catalog.RegisterMerchantRequest(
                request_id=self.id("merchant"),
                merchant_id=self.slug,
                display_name="Trial",
                country="GB",
            ),
        )
        await ask(
            "catalog",
            "PutTerms",
            catalog.PutTermsRequest(
                request_id=self.id("terms"),
                parent=f"merchants/{self.slug}",
                terms=catalog.Terms(
                    referral_basis_points=800,
                    fee_basis=terms_pb2.FEE_BASIS_ITEM_NET,
                    settlement_hold_days=7,
                    minimum_payout=PRICE,
                ),
            ),
        )
        await ask(
            "warehouse",
            "OpenNode",
            warehouse.OpenNodeRequest(
                request_id=self.id("node"), node_id=self.slug, title="Trial", country_code="GB"
            ),
        )
        for units in self.stocks:
            await self._put_up(units)
        await self._is_heard_of()

    async def put_up(self, units: int) -> int:
        """Further goods, of which there are so many: their number, once they can be bought."""
        number = await self._put_up(units)
        await self._is_heard_of()
        return number

    async def _put_up(self, units: int) -> int:
        number = len(self.offers)
        await self._sell(number)
        await self.recorder.ask(
            "warehouse",
            "AdjustStock",
            warehouse.AdjustStockRequest(
                request_id=str(new_id()),
                sku=self.sku(number),
                node=f"nodes/{self.slug}",
                owner_id=self.slug,
                delta=units,
                cause=warehouse.ADJUSTMENT_CAUSE_RECEIVED,
                condition=warehouse.STOCK_CONDITION_SELLABLE,
            ),
        )
        return number

    async def available(self, number: int) -> int:
        answer = await self.recorder.ask(
            "warehouse",
            "GetAvailability",
            warehouse.GetAvailabilityRequest(sku=self.sku(number), owner_id=self.slug),
        )
        return int(answer.available)

    def order(
        self, *goods: int, token: str = "tok_ok", quantity: int = 1
    ) -> orders.PlaceOrderRequest:
        """One of these goods each, for a buyer who buys here the first time."""
        self._baskets += 1
        return orders.PlaceOrderRequest(
            request_id=str(new_id()),
            basket=self._basket(*goods, buyer=str(self._baskets), quantity=quantity),
            method_token=token,
        )

    def _basket(self, *goods: int, buyer: str, quantity: int = 1) -> orders.Basket:
        return orders.Basket(
            buyer=f"buyers/{self.slug}-{buyer}",
            market=f"markets/{self.market}",
            ship_to_country="GB",
            lines=[
                orders.BasketLine(
                    offer=self.offers[number], quantity=quantity, surface=types_pb2.SURFACE_MALL
                )
                for number in goods
            ],
        )

    async def _sell(self, number: int) -> None:
        product = await self.recorder.ask(
            "catalog",
            "CreateProduct",
            catalog.CreateProductRequest(
                request_id=self.id("product", number),
                merchant=f"merchants/{self.slug}",
                title=self.sku(number),
                variants=[catalog.Variant(sku=self.sku(number))],
                reviewed=True,
            ),
        )
        offer = await self.recorder.ask(
            "catalog",
            "PublishOffer",
            catalog.PublishOfferRequest(
                request_id=self.id("offer", number),
                product=product.name,
                sku=self.sku(number),
                market=f"markets/{self.market}",
                mode=types_pb2.SELLING_MODE_MARKETPLACE,
                unit_price=PRICE,
            ),
        )
        self.offers.append(offer.name)

    async def _is_heard_of(self) -> None:
        """Order sells from its own copy of the catalog, which is there once it has listened."""
        until = monotonic() + PATIENCE_S
        request = orders.QuoteRequest(basket=self._basket(*range(len(self.offers)), buyer="nobody"))
        while True:
            try:
                await self.recorder.ask("order", "Quote", request)
            except RpcRefused as refused:
                waits = refused.code is grpc.StatusCode.FAILED_PRECONDITION
                if not waits or monotonic() > until:
                    raise
                await pause(0.1)
            else:
                return
