"""Setting up: merchant, market, warehouse, goods and all dated prices, before the first day."""

from datetime import date
from itertools import zip_longest

from deploy.local.home import Home
from deploy.local.importers.online_retail.calls import batched, until
from deploy.local.importers.online_retail.countries import country_codes
from deploy.local.importers.online_retail.plan import Plan
from deploy.local.importers.online_retail.services import Services
from deploy.local.importers.online_retail.shop import Shop
from deploy.local.lag import consumer_lags, relay_lag
from deploy.local.process import StackError
from libs.contracts.catalog.v1 import catalog_service_pb2 as pb
from libs.rpc.client import RpcRefused


async def set_up(
    plan: Plan, shop: Shop, services: Services, home: Home, *, priced: date
) -> dict[str, str]:
    """Names of the offers by code. Prices up to `priced` were published by an earlier run."""
    catalog = services.catalog
    await catalog.RegisterMerchant(shop.registration())
    await catalog.PutTerms(shop.terms())
    await _open_market(shop, services)
    await services.warehouse.OpenNode(shop.node_opening())
    codes = sorted(plan.prices)
    products = await batched(
        catalog.BatchCreateProducts,
        pb.BatchCreateProductsRequest,
        [shop.product(code, plan.titles.get(code, "")) for code in codes],
    )
    published = await batched(
        catalog.BatchPublishOffers,
        pb.BatchPublishOffersRequest,
        [
            shop.offer(code, product.name, plan.prices[code][0].price)
            for code, product in zip(codes, products, strict=True)
        ],
    )
    offers = {code: offer.name for code, offer in zip(codes, published, strict=True)}
    await _change_prices(plan, shop, services, offers, priced)
    await _learnt(home)
    return offers


async def _open_market(shop: Shop, services: Services) -> None:
    """The market may be there already, if it sells as the file needs it."""
    wanted = shop.market_plan(country_codes())
    try:
        await services.catalog.PlanMarket(wanted)
        await services.catalog.OpenMarket(shop.market_opening())
    except RpcRefused as refusal:
        if refusal.reason not in {"ALREADY_EXISTS", "MARKET_EXISTS", "REQUEST_ID_REUSED"}:
            raise
        market = await services.catalog.GetMarket(pb.GetMarketRequest(name=shop.market))
        if market.settings != wanted.settings:
            raise StackError(
                f"{shop.market} is open here with other settings than this import needs: "
                "import into a fresh stack"
            ) from None


async def _change_prices(
    plan: Plan, shop: Shop, services: Services, offers: dict[str, str], priced: date
) -> None:
    """Round by round, so that a batch never changes one offer twice."""
    rounds = zip_longest(
        *(
            [
                shop.price_change(code, offers[code], price)
                for price in prices[1:]
                if price.since > priced
            ]
            for code, prices in sorted(plan.prices.items())
        )
    )
    for changes in rounds:
        await batched(
            services.catalog.BatchChangePrices,
            pb.BatchChangePricesRequest,
            [change for change in changes if change is not None],
        )


async def _learnt(home: Home) -> None:
    """Orders are priced from a copy of the catalog: wait until it is up to date."""
    state = home.running()
    assert state.kafka is not None, "a stack that runs has a broker"
    broker = state.kafka.address

    async def up_to_date() -> bool:
        if await relay_lag(state.services["catalog"].database):
            return False
        return not any((await consumer_lags(broker, ["order"])).values())

    await until(up_to_date, or_else="orders do not learn of the catalog's offers")
