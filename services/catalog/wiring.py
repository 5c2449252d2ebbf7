"""The catalog, put together."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from libs.contracts.catalog.v1.catalog_service_pb2_grpc import add_CatalogServiceServicer_to_server
from libs.eventstore import PostgresRecorder, Store
from libs.eventstore.index import Index, PostgresIndex
from libs.runtime.anatomy import Project, R, Service
from libs.runtime.stores import open_store
from libs.runtime.watching import UNWATCHED, Watching
from services.catalog import readmodel
from services.catalog.app import CatalogApp
from services.catalog.commands import NoteDelivery, NotePurchase
from services.catalog.domain import KINDS
from services.catalog.policies import catalog_follows_order, catalog_follows_warehouse
from services.catalog.publishing import publish
from services.catalog.readmodel import Lists
from services.catalog.servicer import CatalogServicer
from services.catalog.watching import WATCHING

if TYPE_CHECKING:
    from libs.runtime.settings import Settings  # loads pydantic, which a fake does without


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
    app = CatalogApp(store, store.clock)
    return Service(
        name="catalog",
        store=store,
        recorder=recorder,
        grpc={add_CatalogServiceServicer_to_server: CatalogServicer(app, Lists(index))},
        publish=publish,
        follows={
            "entrepot.order.v1": catalog_follows_order,
            "entrepot.warehouse.v1": catalog_follows_warehouse,
        },
        handlers={
            NotePurchase: app.reviews.note_purchase,
            NoteDelivery: app.reviews.note_delivery,
        },
        projections=projections,
        watching=watching,
    )
