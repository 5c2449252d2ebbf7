"""Stage: markets, merchants, goods on shelves, creators; everything that is there before a sale."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

import grpc

from deploy.local.demo.cast import (
    AGENCY,
    ARTICLES,
    COUNTRIES,
    CREATORS,
    GB,
    MEI,
    MERCHANTS,
    OSCAR,
    PARTNER,
    Article,
    Country,
    Creator,
    Merchant,
)
from deploy.local.demo.players import Player
from deploy.local.demo.world import DemoFailed, World, common
from libs.contracts.catalog.v1 import catalog_service_pb2 as catalog
from libs.contracts.common.v1 import terms_pb2, types_pb2
from libs.contracts.order.v1 import order_service_pb2 as orders
from libs.contracts.warehouse.v1 import warehouse_service_pb2 as warehouse
from libs.money import Money
from libs.rpc import RpcRefused
from libs.rpc.convert import from_money, timestamp

SETTLEMENT_HOLD_DAYS = 7
COMMISSION_HOLD_DAYS = 15
RESERVE_DAYS = 30
RETURN_WINDOW_DAYS = 30
REMORSE_HOLD_MINUTES = 15


@dataclass(frozen=True, slots=True)
class Stage:
    """What was set up: offers by article and country, and the live session."""

    offers: dict[tuple[str, str], str]
    live_session: str

    def offer(self, article: Article, country: Country) -> str:
        return self.offers[article.key, country.code]


async def set_stage(world: World) -> Stage:
    story, run = world.story, world.run
    await asyncio.gather(*(_open(world, country) for country in COUNTRIES))
    story.tell(
        "Three markets are open: "
        + ", ".join(f"{it.market} in {it.currency}" for it in COUNTRIES)
        + ". Parcels leave from "
        + ", ".join(it.town for it in COUNTRIES)
        + "."
    )
    await asyncio.gather(*(_register(world, merchant) for merchant in MERCHANTS))
    for merchant in MERCHANTS:
        how = (
            "supplies us at its own price, full service"
            if merchant.full_service
            else "sells on the marketplace"
        )
        story.aside(
            f"{merchant.name} ({merchant.country}) {how}; paid in {merchant.payout_currency}."
        )
    offers = dict(
        pair
        for pairs in await asyncio.gather(*(_sell(world, article) for article in ARTICLES))
        for pair in pairs
    )
    await asyncio.gather(
        *(_stock(world, merchant, country) for merchant in MERCHANTS for country in COUNTRIES)
    )
    story.tell(
        f"Their goods have passed review, are offered {len(offers)} times and lie on shelves: "
        + ", ".join(f"{it.stock} of the {it.title}" for it in ARTICLES if it.stock < 10)
        + ", plenty of the rest."
    )
    await asyncio.gather(*(_introduce(world, creator) for creator in CREATORS))
    session = await world.players.ops.catalog.ScheduleLive(
        catalog.ScheduleLiveRequest(
            request_id=run.request("live"),
            creator=f"creators/{run.slug(MEI.key)}",
            partner_id=run.slug(PARTNER),
            market=f"markets/{GB.market}",
            offers=[offer for (_, country), offer in offers.items() if country == GB.code],
            starts_at=timestamp(world.clock.now()),
        )
    )
    await world.players.ops.catalog.StartLive(
        catalog.StartLiveRequest(request_id=run.request("live", "start"), name=session.name)
    )
    story.tell(
        f"@{MEI.handle} of the agency {AGENCY.title()} goes live for {GB.market}, "
        f"carried by {PARTNER.title()}. @{OSCAR.handle} works alone, in video."
    )
    stage = Stage(offers, session.name)
    await _heard_of(world, stage)
    return stage


async def _open(world: World, country: Country) -> None:
    """Markets and nodes are there for every evening; asking again is answered as the first time."""
    ops = world.players.ops
    market = f"markets/{country.market}"
    await ops.catalog.PlanMarket(
        catalog.PlanMarketRequest(
            request_id=common("market", country.market),
            market_id=country.market,
            settings=catalog.MarketSettings(
                currency=country.currency,
                legal_entity=country.legal_entity,
                ship_to=[country.code],
                tax_inclusive=country.tax_inclusive,
                tax_basis_points=country.tax_basis_points,
                shipping=from_money(country.money(country.shipping)),
                return_window_days=RETURN_WINDOW_DAYS,
                remorse_hold_minutes=REMORSE_HOLD_MINUTES,
                capture_policy=types_pb2.CAPTURE_POLICY_AT_PLACEMENT,
            ),
        )
    )
    await ops.catalog.OpenMarket(
        catalog.OpenMarketRequest(request_id=common("open", country.market), name=market)
    )
    await ops.warehouse.OpenNode(
        warehouse.OpenNodeRequest(
            request_id=common("node", country.node),
            node_id=country.node,
            title=country.town,
            country_code=country.code,
        )
    )
    await ops.warehouse.SetRateCard(
        warehouse.SetRateCardRequest(
            request_id=common("rates", country.node),
            name=f"nodes/{country.node}",
            rate_card=warehouse.RateCard(
                currency_code=country.currency,
                carriage_charged=_per_parcel(country, 4_20),
                carriage_cost=_per_parcel(country, 3_60),
                handling_cost=_per_parcel(country, 80),
            ),
        )
    )


def _per_parcel(country: Country, minor: int) -> warehouse.Rate:
    return warehouse.Rate(per_parcel=from_money(country.money(minor)))


async def _register(world: World, merchant: Merchant) -> None:
    run, ops = world.run, world.players.ops
    slug = run.slug(merchant.key)
    await ops.catalog.RegisterMerchant(
        catalog.RegisterMerchantRequest(
            request_id=run.request("merchant", merchant.key),
            merchant_id=slug,
            display_name=merchant.name,
            country=merchant.country,
        )
    )
    await ops.catalog.PutTerms(
        catalog.PutTermsRequest(
            request_id=run.request("terms", merchant.key),
            parent=f"merchants/{slug}",
            terms=catalog.Terms(
                referral_basis_points=0 if merchant.full_service else 600,
                fee_basis=terms_pb2.FEE_BASIS_ITEM_NET,
                creator_basis_points=1000,
                partner_basis_points=200,
                refund_administration_basis_points=2000,
                reserve_basis_points=0 if merchant.full_service else 1000,
                reserve_days=RESERVE_DAYS,
                settlement_hold_days=SETTLEMENT_HOLD_DAYS,
                commission_hold_days=COMMISSION_HOLD_DAYS,
                minimum_payout=from_money(Money(1_00, merchant.payout_currency)),
            ),
        )
    )


async def _sell(world: World, article: Article) -> list[tuple[tuple[str, str], str]]:
    """The merchant drafts a product and asks for review, we admit it, the merchant offers it."""
    run, ops = world.run, world.players.ops
    slug = run.slug(article.merchant.key)
    staff = world.players.merchant(slug)
    product = await staff.catalog.CreateProduct(
        catalog.CreateProductRequest(
            request_id=run.request("product", article.key),
            merchant=f"merchants/{slug}",
            title=article.title,
            variants=[
                catalog.Variant(
                    sku=run.slug(article.key),
                    weight_grams=article.weight_grams,
                    hs_code=article.hs_code,
                    origin_country=article.merchant.country,
                    customs_description=article.title,
                )
            ],
        )
    )
    await staff.catalog.SubmitForReview(
        catalog.SubmitForReviewRequest(
            request_id=run.request("review", article.key), name=product.name
        )
    )
    await ops.catalog.DecideReview(
        catalog.DecideReviewRequest(
            request_id=run.request("admit", article.key), name=product.name, approved=True
        )
    )
    offers = [
        await _offer(world, staff, article, country, product.name)
        for country in COUNTRIES
        if country.code in article.prices
    ]
    return list(zip(((article.key, code) for code in article.prices), offers, strict=True))


async def _offer(
    world: World, staff: Player, article: Article, country: Country, product: str
) -> str:
    full_service = article.merchant.full_service
    supply = Money(article.supply_price, article.merchant.payout_currency)
    offer = await staff.catalog.PublishOffer(
        catalog.PublishOfferRequest(
            request_id=world.run.request("offer", article.key, country.code),
            product=product,
            sku=world.run.slug(article.key),
            market=f"markets/{country.market}",
            mode=(
                types_pb2.SELLING_MODE_FULL_SERVICE
                if full_service
                else types_pb2.SELLING_MODE_MARKETPLACE
            ),
            unit_price=from_money(country.money(article.prices[country.code])),
            supply_price=from_money(supply) if full_service else None,
        )
    )
    return offer.name


async def _stock(world: World, merchant: Merchant, country: Country) -> None:
    """An inbound plan from its draft to the last carton counted."""
    run, ops = world.run, world.players.ops
    slug = run.slug(merchant.key)
    staff = world.players.merchant(slug)
    lines = [
        warehouse.SkuQuantity(sku=run.slug(it.key), quantity=it.stock)
        for it in ARTICLES
        if it.merchant is merchant and country.code in it.prices
    ]
    if not lines:
        return

    def step(name: str) -> str:
        return run.request("inbound", merchant.key, country.code, name)

    plan = await staff.warehouse.CreateInboundPlan(
        warehouse.CreateInboundPlanRequest(
            request_id=step("create"), node=f"nodes/{country.node}", owner_id=slug, lines=lines
        )
    )
    await staff.warehouse.ActivateInboundPlan(
        warehouse.ActivateInboundPlanRequest(request_id=step("activate"), name=plan.name)
    )
    await staff.warehouse.ShipInboundPlan(
        warehouse.ShipInboundPlanRequest(request_id=step("ship"), name=plan.name)
    )
    await ops.warehouse.CheckInInboundPlan(
        warehouse.CheckInInboundPlanRequest(request_id=step("check-in"), name=plan.name)
    )
    await ops.warehouse.ReceiveLines(
        warehouse.ReceiveLinesRequest(request_id=step("receive"), name=plan.name, lines=lines)
    )
    await ops.warehouse.CloseInboundPlan(
        warehouse.CloseInboundPlanRequest(request_id=step("close"), name=plan.name)
    )


async def _introduce(world: World, creator: Creator) -> None:
    run = world.run
    await world.players.ops.catalog.RegisterCreator(
        catalog.RegisterCreatorRequest(
            request_id=run.request("creator", creator.key),
            creator_id=run.slug(creator.key),
            handle=creator.handle,
            agency_id=run.slug(creator.agency) if creator.agency else "",
            agency_basis_points=creator.agency_basis_points,
        )
    )


async def _heard_of(world: World, stage: Stage) -> None:
    """Order sells from its own copy of the catalog, which is there as soon as it has listened."""
    for country in COUNTRIES:
        basket = orders.Basket(
            buyer=f"buyers/{world.run.slug('nobody')}",
            market=f"markets/{country.market}",
            ship_to_country=country.code,
            lines=_everything(world, stage, country),
        )
        why = RpcRefused(grpc.StatusCode.UNKNOWN, "not asked yet")

        async def quoted(basket: orders.Basket = basket) -> bool:
            nonlocal why
            try:
                await world.players.storefront.orders.Quote(orders.QuoteRequest(basket=basket))
            except RpcRefused as refused:
                if refused.code is not grpc.StatusCode.FAILED_PRECONDITION:
                    raise
                why = refused
                return False
            return True

        try:
            await world.wait(f"order does not know what {country.market} sells", quoted)
        except DemoFailed as failed:
            raise DemoFailed(f"{failed} ({why})") from None


def _everything(world: World, stage: Stage, country: Country) -> Iterable[orders.BasketLine]:
    for (_, code), offer in stage.offers.items():
        if code == country.code:
            live = country is GB
            yield orders.BasketLine(
                offer=offer,
                quantity=1,
                surface=types_pb2.SURFACE_LIVE if live else types_pb2.SURFACE_VIDEO,
                live_session=stage.live_session if live else "",
                creator=f"creators/{world.run.slug(OSCAR.key)}",
            )
