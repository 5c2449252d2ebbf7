"""The order service, put together."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from libs.contracts.order.v1.order_service_pb2_grpc import add_OrderServiceServicer_to_server
from libs.eventstore import PostgresRecorder, Store
from libs.money.rates import DOLLARS
from libs.runtime.anatomy import Project, R, Service
from libs.runtime.stores import open_store
from libs.runtime.watching import UNWATCHED, Watching
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
    Rates,
)
from services.order.news import News
from services.order.policies import (
    order_follows_catalog,
    order_follows_payment,
    order_follows_returns,
    order_follows_warehouse,
)
from services.order.publishing import publish
from services.order.readmodel import OrderList, PostgresOrderList
from services.order.servicer import OrderServicer
from services.order.vault import PostgresShelves, Shelves, Vault, derived_key
from services.order.watching import watching_on

if TYPE_CHECKING:
    from libs.runtime.settings import Settings  # loads pydantic, which a fake does without

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


async def build(settings: "Settings") -> Service[PostgresRecorder]:
    store, recorder = await open_store(settings, KINDS)
    assert settings.vault_key is not None, "the order service keeps a vault: set ENTREPOT_VAULT_KEY"
    catalog, bell = Catalog(store), Bell()
    orders = PostgresOrderList(recorder.pool, store.repository(Order))
    return assemble(
        store,
        recorder,
        catalog=catalog,
        bell=bell,
        orders=orders,
        shelves=PostgresShelves(recorder.pool),
        master_key=settings.vault_key.read_bytes(),
        projections={"orders": orders.project},
        watching=watching_on(recorder.pool),
        background=[News(settings.database, [bell, catalog]).listen],
    )


def assemble(
    store: Store,
    recorder: R,
    *,
    catalog: Catalog,
    bell: Bell,
    orders: OrderList,
    shelves: Shelves,
    master_key: bytes,
    projections: Mapping[str, Project] = {},
    watching: Watching = UNWATCHED,
    background: Sequence[Callable[[], Coroutine[Any, Any, None]]] = (),
) -> Service[R]:
    """The service on a store of any make; `catalog` and `bell` are to hear what changes in it."""
    app = OrderApp(
        store,
        catalog=catalog,
        vault=Vault(shelves, master_key),
        quotes=Quotes(derived_key(master_key, "quotes")),
        rates=Rates(DOLLARS),
        bell=bell,
        clock=store.clock,
    )
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
            c.FreezeConflict: app.freeze_conflict,
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
        projections=projections,
        watching=watching,
        background=background,
    )
