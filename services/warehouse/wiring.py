"""The warehouse, put together."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from libs.contracts.warehouse.v1.warehouse_service_pb2_grpc import (
    add_WarehouseServiceServicer_to_server,
)
from libs.eventstore import PostgresRecorder, Store
from libs.eventstore.index import Index, PostgresIndex
from libs.runtime.anatomy import Project, R, Service
from libs.runtime.stores import open_store
from libs.runtime.watching import UNWATCHED, Watching
from services.warehouse import readmodel
from services.warehouse.app import WarehouseApp
from services.warehouse.commands import (
    AwaitPayment,
    ConfirmReservation,
    ExpectReturn,
    FreeExpiredStock,
    PutAwayInspected,
    ReleaseReservation,
    ReserveStock,
    SecureReservation,
    TakeBackLines,
)
from services.warehouse.domain import (
    ExpectedReturn,
    FulfilmentOrder,
    InboundPlan,
    Network,
    Reservation,
    StockItem,
)
from services.warehouse.policies import (
    warehouse_follows_itself,
    warehouse_follows_order,
    warehouse_follows_payment,
    warehouse_follows_returns,
)
from services.warehouse.publishing import publish
from services.warehouse.readmodel import WarehouseLists
from services.warehouse.servicer import WarehouseServicer
from services.warehouse.watching import WATCHING

if TYPE_CHECKING:
    from libs.runtime.settings import Settings  # loads pydantic, which a fake does without

KINDS = (ExpectedReturn, FulfilmentOrder, InboundPlan, Network, Reservation, StockItem)


async def build(settings: "Settings") -> Service[PostgresRecorder]:
    store, recorder = await open_store(settings, KINDS)
    return assemble(
        store,
        recorder,
        index=PostgresIndex(recorder.pool, readmodel.TABLES),
        projections={"lists": readmodel.project},
        watching=WATCHING,
    )


def assemble(
    store: Store,
    recorder: R,
    *,
    index: Index,
    projections: Mapping[str, Project] = {},
    watching: Watching = UNWATCHED,
) -> Service[R]:
    """The service on a store of any make."""
    app = WarehouseApp(store)
    return Service(
        name="warehouse",
        store=store,
        recorder=recorder,
        grpc={
            add_WarehouseServiceServicer_to_server: WarehouseServicer(app, WarehouseLists(index))
        },
        publish=publish,
        follows={
            "entrepot.order.v1": warehouse_follows_order,
            "entrepot.payment.v1": warehouse_follows_payment,
            "entrepot.returns.v1": warehouse_follows_returns,
            "entrepot.warehouse.v1": warehouse_follows_itself,
        },
        handlers={
            AwaitPayment: app.await_payment,
            ConfirmReservation: app.confirm_reservation,
            ExpectReturn: app.expect_return,
            FreeExpiredStock: app.free_expired_stock,
            PutAwayInspected: app.put_away_inspected,
            ReleaseReservation: app.release_reservation,
            ReserveStock: app.reserve_stock,
            SecureReservation: app.secure_reservation,
            TakeBackLines: app.take_back_lines,
        },
        projections=projections,
        watching=watching,
    )
