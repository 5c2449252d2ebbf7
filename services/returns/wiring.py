"""Returns, put together."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from libs.contracts.returns.v1.returns_service_pb2_grpc import add_ReturnsServiceServicer_to_server
from libs.eventstore import PostgresRecorder, Store
from libs.runtime.anatomy import Project, R, Service
from libs.runtime.stores import open_store
from libs.runtime.watching import UNWATCHED, Watching
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
from services.returns.readmodel import CaseList, PostgresCaseList
from services.returns.servicer import ReturnsServicer
from services.returns.watching import WATCHING

if TYPE_CHECKING:
    from libs.runtime.settings import Settings  # loads pydantic, which a fake does without


KINDS = (OrderReturns,)


async def build(settings: "Settings") -> Service[PostgresRecorder]:
    store, recorder = await open_store(settings, KINDS)
    return assemble(
        store,
        recorder,
        cases=PostgresCaseList(recorder.pool),
        projections={"cases": readmodel.project},
        watching=WATCHING,
    )


def assemble(
    store: Store,
    recorder: R,
    *,
    cases: CaseList,
    projections: Mapping[str, Project] = {},
    watching: Watching = UNWATCHED,
) -> Service[R]:
    """The service on a store of any make."""
    app = ReturnsApp(store, store.clock, Deadlines())
    return Service(
        name="returns",
        store=store,
        recorder=recorder,
        grpc={add_ReturnsServiceServicer_to_server: ReturnsServicer(app, cases)},
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
        projections=projections,
        watching=watching,
    )
