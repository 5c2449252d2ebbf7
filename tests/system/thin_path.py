"""One order from an empty system to the books, by gRPC alone: wherever the six services run."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from google.type.money_pb2 import Money as MoneyMessage

from deploy.local.demo.players import Players
from libs.contracts.catalog.v1 import catalog_service_pb2 as catalog
from libs.contracts.common.v1 import terms_pb2, types_pb2
from libs.contracts.ledger.v1 import ledger_service_pb2 as ledger
from libs.contracts.order.v1 import order_service_pb2 as orders
from libs.contracts.returns.v1 import returns_service_pb2 as returns
from libs.contracts.warehouse.v1 import warehouse_service_pb2 as warehouse
from libs.domain import derived_id
from libs.money import Money
from libs.rpc.convert import from_money, to_money

PATIENCE_S = 60.0
BUYER, MERCHANT, MARKET, NODE = "thin-buyer", "thin-mill", "GB-THIN", "thin-leeds"
ENTITY = "thin-uk"


PassTime = Callable[[timedelta], Awaitable[None]]
"""Lets time pass, once nothing that was asked for is on its way any more."""


@dataclass(frozen=True)
class Place:
    """A system, as those who call it see it."""

    players: Players
    pass_time: PassTime


@dataclass(frozen=True)
class Told:
    """What the system says of it in the end."""

    way: list[str]
    """The states of the order, as its buyer followed them."""
    refunded: Money
    gross: Money
    net: Money
    sums: dict[tuple[str, str], int]
    """Of the trial balance, by book and currency."""
    statements: int
    on_its_way: int
    """Paid out, and not yet there."""
    replayed: bool


async def play(place: Place) -> Told:
    offer = await set_up(place)
    order, way = await buy(place, offer)
    await deliver(place, order)
    refunded = await give_one_back(place, order)
    for _ in range(45):
        await place.pass_time(timedelta(days=1))
    return await look(place, order, way, refunded)


async def set_up(place: Place) -> str:
    """A market, a merchant, a throw on the shelf; returns the offer."""
    ops, staff = place.players.ops, place.players.merchant(MERCHANT)
    await ops.catalog.PlanMarket(
        catalog.PlanMarketRequest(
            request_id=request("market"),
            market_id=MARKET,
            settings=catalog.MarketSettings(
                currency="GBP",
                legal_entity=ENTITY,
                ship_to=["GB"],
                tax_inclusive=True,
                tax_basis_points=2000,
                return_window_days=30,
                remorse_hold_minutes=15,
                capture_policy=types_pb2.CAPTURE_POLICY_AT_PLACEMENT,
            ),
        )
    )
    await ops.catalog.OpenMarket(
        catalog.OpenMarketRequest(request_id=request("open"), name=f"markets/{MARKET}")
    )
    await ops.catalog.RegisterMerchant(
        catalog.RegisterMerchantRequest(
            request_id=request("merchant"),
            merchant_id=MERCHANT,
            display_name="Thin Mill",
            country="GB",
        )
    )
    await ops.catalog.PutTerms(
        catalog.PutTermsRequest(
            request_id=request("terms"),
            parent=f"merchants/{MERCHANT}",
            terms=catalog.Terms(
                referral_basis_points=600,
                fee_basis=terms_pb2.FEE_BASIS_ITEM_NET,
                settlement_hold_days=7,
                commission_hold_days=15,
                minimum_payout=gbp(1_00),
            ),
        )
    )
    product = await staff.catalog.CreateProduct(
        catalog.CreateProductRequest(
            request_id=request("product"),
            merchant=f"merchants/{MERCHANT}",
            title="Wool throw",
            variants=[
                catalog.Variant(
                    sku="THROW",
                    weight_grams=900,
                    hs_code="630120",
                    origin_country="GB",
                    customs_description="Wool throw",
                )
            ],
        )
    )
    await staff.catalog.SubmitForReview(
        catalog.SubmitForReviewRequest(request_id=request("submit"), name=product.name)
    )
    await ops.catalog.DecideReview(
        catalog.DecideReviewRequest(request_id=request("admit"), name=product.name, approved=True)
    )
    offer = await staff.catalog.PublishOffer(
        catalog.PublishOfferRequest(
            request_id=request("offer"),
            product=product.name,
            sku="THROW",
            market=f"markets/{MARKET}",
            mode=types_pb2.SELLING_MODE_MARKETPLACE,
            unit_price=gbp(60_00),
        )
    )
    await ops.warehouse.OpenNode(
        warehouse.OpenNodeRequest(
            request_id=request("node"),
            node_id=NODE,
            title="Leeds",
            country_code="GB",
        )
    )
    await ops.warehouse.AdjustStock(
        warehouse.AdjustStockRequest(
            request_id=request("stock"),
            sku="THROW",
            node=f"nodes/{NODE}",
            owner_id=MERCHANT,
            delta=10,
            condition=warehouse.STOCK_CONDITION_SELLABLE,
            cause=warehouse.ADJUSTMENT_CAUSE_COUNT,
        )
    )
    return offer.name


async def buy(place: Place, offer: str) -> tuple[str, list[str]]:
    """Two throws: quoted, placed, paid; returns the order and the way that it took."""
    shop = place.players.buyer(BUYER).orders
    basket = orders.Basket(
        buyer=f"buyers/{BUYER}",
        market=f"markets/{MARKET}",
        ship_to_country="GB",
        lines=[
            orders.BasketLine(offer=offer, quantity=2, surface=types_pb2.SURFACE_MALL),
        ],
    )
    await place.pass_time(timedelta(minutes=1))
    quote = await shop.Quote(orders.QuoteRequest(basket=basket))
    order = await shop.PlaceOrder(
        orders.PlaceOrderRequest(
            request_id=request("order"),
            basket=basket,
            method_token="tok_ok",
            quote_token=quote.quote_token,
            recipient=orders.Recipient(
                full_name="Thin Example",
                address_lines=["1 Example Street"],
                locality="Leeds",
                postal_code="LS1",
            ),
        )
    )
    states = []
    async with asyncio.timeout(PATIENCE_S):
        async for update in shop.FollowOrder(orders.FollowOrderRequest(name=order.name)):
            states.append(orders.OrderState.Name(update.state).removeprefix("ORDER_STATE_"))
            if states[-1] == "ON_HOLD":
                break
    return order.name, states


async def deliver(place: Place, order: str) -> None:
    """The buyer has thought again; the parcel is picked, packed, handed over and brought."""
    await place.pass_time(timedelta(minutes=16))
    ops = place.players.ops.warehouse
    parcels = await ops.ListFulfilmentOrders(warehouse.ListFulfilmentOrdersRequest(order=order))
    (parcel,) = parcels.fulfilment_orders
    await ops.StartPicking(
        warehouse.StartPickingRequest(request_id=request("start"), name=parcel.name)
    )
    await ops.ConfirmPick(
        warehouse.ConfirmPickRequest(request_id=request("pick"), name=parcel.name)
    )
    await ops.ConfirmPack(
        warehouse.ConfirmPackRequest(request_id=request("pack"), name=parcel.name)
    )
    await ops.HandOver(
        warehouse.HandOverRequest(
            request_id=request("hand over"),
            name=parcel.name,
            carrier="example-parcels",
            tracking_number="EX1",
        )
    )
    await ops.TrackingUpdate(
        warehouse.TrackingUpdateRequest(
            request_id=request("arrived"),
            name=parcel.name,
            status=warehouse.TRACKING_STATUS_DELIVERED,
        )
    )
    await place.pass_time(timedelta(days=1))


async def ask_to_give_back(place: Place, order: str) -> returns.ReturnCase:
    """One of the two."""
    buyer = place.players.buyer(BUYER)
    line = (await buyer.orders.GetOrder(orders.GetOrderRequest(name=order))).lines[0].line_id
    return await buyer.returns.OpenReturn(
        returns.OpenReturnRequest(
            request_id=request("return"),
            order=order,
            line_id=line,
            quantity=1,
            kind=returns.RETURN_KIND_RETURN_AND_REFUND,
            reason=returns.RETURN_REASON_CHANGED_MIND,
        )
    )


async def give_one_back(place: Place, order: str) -> Money:
    """Approved, sent, come in, inspected; returns what the buyer gets."""
    buyer, ops = place.players.buyer(BUYER), place.players.ops
    case = await ask_to_give_back(place, order)
    await place.players.merchant(MERCHANT).returns.DecideReturn(
        returns.DecideReturnRequest(request_id=request("approve"), name=case.name, approved=True)
    )
    await ops.returns.RegisterShipBack(
        returns.RegisterShipBackRequest(
            request_id=request("send"),
            name=case.name,
            carrier="example-parcels",
            tracking_number="EX2",
            label_cost=gbp(3_00),
            label_charged=gbp(3_50),
        )
    )
    await place.pass_time(timedelta(days=2))
    await ops.warehouse.ReceiveReturn(
        warehouse.ReceiveReturnRequest(
            request_id=request("come in"),
            name=f"expectedReturns/{case.name.rpartition('/')[2]}",
            node=f"nodes/{NODE}",
            quantity=1,
        )
    )
    await place.pass_time(timedelta(hours=1))
    await ops.returns.RecordInspection(
        returns.RecordInspectionRequest(
            request_id=request("inspect"),
            name=case.name,
            node_id=NODE,
            findings=[returns.Finding(quantity=1, disposition=types_pb2.DISPOSITION_SELLABLE)],
        )
    )
    await place.pass_time(timedelta(hours=1))
    done = await buyer.returns.GetReturn(returns.GetReturnRequest(name=case.name))
    assert done.state == returns.ReturnCase.STATE_CLOSED
    return to_money(done.refund.refund)


async def look(place: Place, order: str, way: list[str], refunded: Money) -> Told:
    finance = place.players.finance.ledger
    ours = ledger.AccountFilter(legal_entity=ENTITY)
    gmv = await finance.GetGmv(
        ledger.GetGmvRequest(filter=ours, dimensions=[ledger.GMV_DIMENSION_MERCHANT])
    )
    (part,) = gmv.parts
    trial = await finance.TrialBalance(ledger.TrialBalanceRequest(filter=ours))
    sums: Counter[tuple[str, str]] = Counter()
    for account in trial.accounts:
        sums[account.book, account.amount.unit] += account.amount.minor
    replayed = await finance.ReplayCheck(ledger.ReplayCheckRequest(), timeout=PATIENCE_S)
    shop = place.players.buyer(BUYER).orders
    now = await shop.GetOrder(orders.GetOrderRequest(name=order))
    listed = await shop.ListOrders(orders.ListOrdersRequest())
    assert [it.name for it in listed.orders] == [order]
    payouts = await finance.GetBalance(
        ledger.GetBalanceRequest(filter=ledger.AccountFilter(codes=["2310"], legal_entity=ENTITY))
    )
    return Told(
        way=[*way, orders.OrderState.Name(now.state).removeprefix("ORDER_STATE_")],
        refunded=refunded,
        gross=to_money(part.gross),
        net=to_money(part.net),
        sums=dict(sums),
        statements=len(
            (await finance.ListStatements(ledger.ListStatementsRequest(payee=MERCHANT))).statements
        ),
        on_its_way=sum(it.minor for it in payouts.amounts),
        replayed=replayed.equal and replayed.facts > 0,
    )


def request(*parts: str) -> str:
    return str(derived_id("thin path", *parts))


def gbp(pence: int) -> MoneyMessage:
    return from_money(Money(pence, "GBP"))
