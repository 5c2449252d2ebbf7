"""The order service, put together."""

from libs.contracts.order.v1.order_service_pb2_grpc import add_OrderServiceServicer_to_server
from libs.runtime.service import Service, open_store
from libs.runtime.settings import Settings
from services.order import commands as c
from services.order.app import OrderApp
from services.order.bell import Bell
from services.order.catalog import Catalog
from services.order.domain import (
    Buyer,
    Creator,
    LiveSession,
    Market,
    Merchant,
    Offer,
    Order,
    Product,
    Purchases,
    Quotes,
)
from services.order.news import News
from services.order.policies import (
    order_follows_catalog,
    order_follows_payment,
    order_follows_returns,
    order_follows_warehouse,
)
from services.order.publishing import publish
from services.order.rates import TABLE_RATES
from services.order.readmodel import OrderList
from services.order.servicer import OrderServicer
from services.order.vault import PostgresShelves, Vault, derived_key

KINDS = (
    Buyer,
    Creator,
    LiveSession,
    Market,
    Merchant,
    Offer,
    Order,
    Product,
    Purchases,
)


async def build(settings: Settings) -> Service:
    store, recorder = await open_store(settings, KINDS)
    assert settings.vault_key is not None, "the order service keeps a vault: set ENTREPOT_VAULT_KEY"
    master_key = settings.vault_key.read_bytes()
    catalog = Catalog(store)
    bell = Bell()
    app = OrderApp(
        store,
        catalog=catalog,
        vault=Vault(PostgresShelves(recorder.pool), master_key),
        quotes=Quotes(derived_key(master_key, "quotes")),
        rates=TABLE_RATES,
        bell=bell,
        clock=store.clock,
    )
    orders = OrderList(recorder.pool, store.repository(Order))
    return Service(
        name="order",
        store=store,
        recorder=recorder,
        grpc={add_OrderServiceServicer_to_server: OrderServicer(app, orders)},
        publish=publish,
        follows={
            "entrepot.catalog.v1": order_follows_catalog,
            "entrepot.payment.v1": order_follows_payment,
            "entrepot.returns.v1": order_follows_returns,
            "entrepot.warehouse.v1": order_follows_warehouse,
        },
        handlers={
            c.TakeReservation: app.take_reservation,
            c.RejectOrder: app.reject_order,
            c.LoseReservation: app.lose_reservation,
            c.CancelShortages: app.cancel_shortages,
            c.StartPicking: app.start_picking,
            c.ShipPackage: app.ship_package,
            c.DeliverPackage: app.deliver_package,
            c.LosePackage: app.lose_package,
            c.RequirePaymentAction: app.require_payment_action,
            c.DeclinePayment: app.decline_payment,
            c.AuthorizePayment: app.authorize_payment,
            c.ConfirmPayment: app.confirm_payment,
            c.FailCapture: app.fail_capture,
            c.OpenReturn: app.open_return,
            c.CloseReturn: app.close_return,
            c.NoteRefund: app.note_refund,
            c.LearnOffer: catalog.learn_offer,
            c.LearnPrice: catalog.learn_price,
            c.LearnOfferEnd: catalog.learn_offer_end,
            c.LearnProduct: catalog.learn_product,
            c.LearnTerms: catalog.learn_terms,
            c.LearnMarket: catalog.learn_market,
            c.LearnMarketHeld: catalog.learn_market_held,
            c.LearnRule: catalog.learn_rule,
            c.LearnCreator: catalog.learn_creator,
            c.LearnLiveSession: catalog.learn_live_session,
        },
        projections={"orders": orders.project},
        background=[News(settings.database, [bell, catalog]).listen],
    )
