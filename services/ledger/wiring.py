"""The ledger, put together."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from libs.contracts.ledger.v1.ledger_service_pb2_grpc import add_LedgerServiceServicer_to_server
from libs.eventstore import PostgresRecorder, Store
from libs.runtime.anatomy import Project, R, Service
from libs.runtime.stores import open_store
from libs.runtime.watching import UNWATCHED, Watching
from services.ledger import blocks, readmodel
from services.ledger.app import LedgerApp
from services.ledger.balances import JournalBalances
from services.ledger.commands import (
    Agree,
    CloseStatement,
    ConfirmPayout,
    ExpectStatement,
    FailPayout,
    OpenBook,
    TakeNote,
)
from services.ledger.domain import KINDS
from services.ledger.journal import Journal
from services.ledger.policies import (
    ledger_follows_catalog,
    ledger_follows_itself,
    ledger_follows_order,
    ledger_follows_payment,
    ledger_follows_returns,
    ledger_follows_warehouse,
)
from services.ledger.publishing import publish
from services.ledger.rates import TableRates
from services.ledger.reading import Reader
from services.ledger.readmodel import JournalReader
from services.ledger.servicer import LedgerServicer
from services.ledger.watching import WATCHING

if TYPE_CHECKING:
    from libs.runtime.settings import Settings  # loads pydantic, which a fake does without
    from services.ledger.replay import Comparison  # loads the column engine, which few need


async def build(settings: "Settings") -> Service[PostgresRecorder]:
    store, recorder = await open_store(settings, KINDS, participant=Journal())

    async def replayed() -> "Comparison":
        from services.ledger.live import live_ledger  # noqa: PLC0415 - as above
        from services.ledger.replay import replay  # noqa: PLC0415 - as above

        async with live_ledger(settings.database) as live:
            return await replay(live)

    return assemble(
        store,
        recorder,
        reader=JournalReader.of(recorder.pool),
        replayed=replayed,
        projections={"statements": readmodel.project, "blocks": blocks.project},
        watching=WATCHING,
    )


def assemble(
    store: Store,
    recorder: R,
    *,
    reader: Reader,
    replayed: "Callable[[], Awaitable[Comparison]]",
    projections: Mapping[str, Project] = {},
    watching: Watching = UNWATCHED,
) -> Service[R]:
    """The service on a store of any make that the journal of `reader` takes part in."""
    app = LedgerApp(store, balances=JournalBalances(reader), rates=TableRates(), clock=store.clock)
    return Service(
        name="ledger",
        store=store,
        recorder=recorder,
        grpc={add_LedgerServiceServicer_to_server: LedgerServicer(app, reader, replayed)},
        publish=publish,
        follows={
            "entrepot.catalog.v1": ledger_follows_catalog,
            "entrepot.order.v1": ledger_follows_order,
            "entrepot.payment.v1": ledger_follows_payment,
            "entrepot.warehouse.v1": ledger_follows_warehouse,
            "entrepot.returns.v1": ledger_follows_returns,
            "entrepot.ledger.v1": ledger_follows_itself,
        },
        handlers={
            Agree: app.agree,
            OpenBook: app.open_book,
            TakeNote: app.take_note,
            ExpectStatement: app.expect_statement,
            CloseStatement: app.close_statement,
            ConfirmPayout: app.confirm_payout,
            FailPayout: app.fail_payout,
        },
        projections=projections,
        watching=watching,
    )
