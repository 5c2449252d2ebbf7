"""Returns, put together."""

from libs.contracts.returns.v1.returns_service_pb2_grpc import add_ReturnsServiceServicer_to_server
from libs.runtime.service import Service, open_store
from libs.runtime.settings import Settings
from services.returns import readmodel
from services.returns.app import ReturnsApp
from services.returns.commands import (
    NoteArrival,
    NoteCancellation,
    NoteDelivery,
    NoteLoss,
    NotePayment,
    NoteRefund,
    NoteSale,
)
from services.returns.domain import Deadlines, OrderReturns
from services.returns.policies import (
    returns_follow_order,
    returns_follow_payment,
    returns_follow_warehouse,
)
from services.returns.publishing import publish
from services.returns.readmodel import CaseList
from services.returns.servicer import ReturnsServicer


async def build(settings: Settings) -> Service:
    store, recorder = await open_store(settings, [OrderReturns])
    app = ReturnsApp(store, store.clock, Deadlines())
    return Service(
        name="returns",
        store=store,
        recorder=recorder,
        grpc={add_ReturnsServiceServicer_to_server: ReturnsServicer(app, CaseList(recorder.pool))},
        publish=publish,
        follows={
            "entrepot.order.v1": returns_follow_order,
            "entrepot.payment.v1": returns_follow_payment,
            "entrepot.warehouse.v1": returns_follow_warehouse,
        },
        handlers={
            NoteSale: app.note_sale,
            NotePayment: app.note_payment,
            NoteCancellation: app.note_cancellation,
            NoteDelivery: app.note_delivery,
            NoteLoss: app.note_loss,
            NoteArrival: app.note_arrival,
            NoteRefund: app.note_refund,
        },
        projections={"cases": readmodel.project},
    )
