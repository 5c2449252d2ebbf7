"""The catalog, put together."""

from libs.contracts.catalog.v1.catalog_service_pb2_grpc import add_CatalogServiceServicer_to_server
from libs.runtime.service import Service, open_store
from libs.runtime.settings import Settings
from services.catalog import readmodel
from services.catalog.app import CatalogApp
from services.catalog.commands import NoteDelivery, NotePurchase
from services.catalog.domain import KINDS
from services.catalog.policies import catalog_follows_order, catalog_follows_warehouse
from services.catalog.publishing import publish
from services.catalog.readmodel import Lists
from services.catalog.servicer import CatalogServicer


async def build(settings: Settings) -> Service:
    store, recorder = await open_store(settings, KINDS)
    app = CatalogApp(store, store.clock)
    return Service(
        name="catalog",
        store=store,
        recorder=recorder,
        grpc={add_CatalogServiceServicer_to_server: CatalogServicer(app, Lists(recorder.pool))},
        publish=publish,
        follows={
            "entrepot.order.v1": catalog_follows_order,
            "entrepot.warehouse.v1": catalog_follows_warehouse,
        },
        handlers={
            NotePurchase: app.reviews.note_purchase,
            NoteDelivery: app.reviews.note_delivery,
        },
        projections={"lists": readmodel.project},
    )
