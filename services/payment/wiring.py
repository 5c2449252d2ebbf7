"""Payment, put together."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from libs.contracts.payment.v1.payment_service_pb2_grpc import add_PaymentServiceServicer_to_server
from libs.eventstore import PostgresRecorder, Store
from libs.eventstore.index import PostgresIndex
from libs.runtime.anatomy import Project, R, Service
from libs.runtime.stores import open_store
from libs.runtime.watching import UNWATCHED, Watching
from services.payment import commands as c
from services.payment import readmodel
from services.payment.app import PaymentApp
from services.payment.domain import OrderPayments, Payment, Payout
from services.payment.effects import Gateway
from services.payment.policies import (
    payment_follows_ledger,
    payment_follows_order,
    payment_follows_returns,
    payment_follows_warehouse,
)
from services.payment.publishing import publish
from services.payment.readmodel import PaymentLists, PostgresOurBooks
from services.payment.servicer import PaymentServicer
from services.payment.simulator import Books, PostgresBooks, Simulator, Terms
from services.payment.watching import watching_on
from services.payment.webhooks import Postman, over_grpc

if TYPE_CHECKING:
    from libs.runtime.settings import Settings  # loads pydantic, which a fake does without


KINDS = (Payment, Payout, OrderPayments)


async def build(settings: "Settings") -> Service[PostgresRecorder]:
    store, recorder = await open_store(settings, KINDS)
    postman = None
    if settings.provider_token is not None:
        deliver = over_grpc(settings.listen, settings.provider_token)
        postman = Postman(deliver, delay_s=settings.provider_webhook_seconds)
    return assemble(
        store,
        recorder,
        lists=PaymentLists(
            PostgresIndex(recorder.pool, readmodel.TABLES, id_column="payment_id"),
            PostgresOurBooks(recorder.pool),
        ),
        provider_books=PostgresBooks(recorder.pool),
        provider_terms=Terms(
            fee_basis_points=settings.provider_fee_basis_points,
            fee_fixed=settings.provider_fee_fixed,
            seed=settings.provider_seed,
        ),
        postman=postman,
        projections={"lists": readmodel.project},
        watching=watching_on(recorder.pool),
    )


def assemble(
    store: Store,
    recorder: R,
    *,
    lists: PaymentLists,
    provider_books: Books,
    provider_terms: Terms | None = None,
    postman: Postman | None = None,
    projections: Mapping[str, Project] = {},
    watching: Watching = UNWATCHED,
) -> Service[R]:
    """The service on a store of any make."""
    provider = Simulator(provider_books, store.clock, provider_terms, postman)
    app = PaymentApp(store, store.clock, provider)
    servicer = PaymentServicer(app, lists, provider_books=provider.books)
    return Service(
        name="payment",
        store=store,
        recorder=recorder,
        grpc={add_PaymentServiceServicer_to_server: servicer},
        publish=publish,
        follows={
            "entrepot.order.v1": payment_follows_order,
            "entrepot.warehouse.v1": payment_follows_warehouse,
            "entrepot.returns.v1": payment_follows_returns,
            "entrepot.ledger.v1": payment_follows_ledger,
        },
        handlers={
            c.AuthorizePayment: app.authorize_payment,
            c.WithdrawPayment: app.withdraw_payment,
            c.CancelLines: app.cancel_lines,
            c.CaptureAtHandOver: app.capture_at_hand_over,
            c.GiveBack: app.give_back,
            c.SubmitPayout: app.submit_payout,
            c.RecordSuccess: app.record_success,
            c.RecordRefusal: app.record_refusal,
            c.RecordAction: app.record_action,
            c.RecordDoubt: app.record_doubt,
            c.RecordPayoutSuccess: app.record_payout_success,
            c.RecordPayoutRefusal: app.record_payout_refusal,
            c.RecordPayoutDoubt: app.record_payout_doubt,
        },
        projections=projections,
        watching=watching,
        effects=Gateway(provider),
        background=[postman.run] if postman else [],
    )
