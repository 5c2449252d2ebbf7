"""The six services as their wirings assemble them, each on a store in memory."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from libs.eventstore import MemoryRecorder, Recorded, Store
from libs.eventstore.index import MemoryIndex, Streams
from libs.messaging.follower import Follower, MemoryMarks
from libs.runtime.anatomy import Service
from libs.runtime.clock import Clock

if TYPE_CHECKING:
    from services.ledger.replay import Comparison

Fake = Service[MemoryRecorder]

MASTER_KEY = b"the fake keeps nothing for long."
"""Always the same, so that the same story is told with the same quotes."""


def catalog(clock: Clock) -> Fake:
    from services.catalog import wiring
    from services.catalog.domain import KINDS

    recorder = MemoryRecorder(clock)
    store = Store(recorder, kinds=KINDS, clock=clock)
    return wiring.assemble(store, recorder, index=MemoryIndex(store))


def order(clock: Clock) -> Fake:
    from services.order import wiring
    from services.order.bell import Bell
    from services.order.catalog import Catalog
    from services.order.readmodel import MemoryOrderList
    from services.order.vault import MemoryShelves

    recorder = MemoryRecorder(clock)
    store = Store(recorder, kinds=wiring.KINDS, clock=clock)
    heard, bell = Catalog(store), Bell()

    async def hear(facts: Sequence[Recorded]) -> None:
        for hearer in (bell, heard):
            hearer.hear([recorded.fact.originator_id for recorded in facts])

    news = Follower(store, MemoryMarks(), name="news", handle=hear)
    return wiring.assemble(
        store,
        recorder,
        catalog=heard,
        bell=bell,
        orders=MemoryOrderList(Streams(store)),
        shelves=MemoryShelves(),
        master_key=MASTER_KEY,
        background=[news.run],
    )


def payment(clock: Clock) -> Fake:
    from services.payment import wiring
    from services.payment.readmodel import MemoryOurBooks, PaymentLists
    from services.payment.simulator import MemoryBooks

    recorder = MemoryRecorder(clock)
    store = Store(recorder, kinds=wiring.KINDS, clock=clock)
    lists = PaymentLists(MemoryIndex(store), MemoryOurBooks(Streams(store)))
    return wiring.assemble(store, recorder, lists=lists, provider_books=MemoryBooks())


def warehouse(clock: Clock) -> Fake:
    from services.warehouse import wiring

    recorder = MemoryRecorder(clock)
    store = Store(recorder, kinds=wiring.KINDS, clock=clock)
    return wiring.assemble(store, recorder, index=MemoryIndex(store))


def returns(clock: Clock) -> Fake:
    from services.returns import wiring
    from services.returns.readmodel import MemoryCaseList

    recorder = MemoryRecorder(clock)
    store = Store(recorder, kinds=wiring.KINDS, clock=clock)
    return wiring.assemble(store, recorder, cases=MemoryCaseList(Streams(store)))


def ledger(clock: Clock) -> Fake:
    from services.ledger import wiring
    from services.ledger.domain import KINDS
    from services.ledger.memory import MemoryJournal

    journal = MemoryJournal()
    recorder = MemoryRecorder(clock, participant=journal)
    store = Store(recorder, kinds=KINDS, clock=clock)

    async def replayed() -> "Comparison":
        from services.ledger.memory_live import MemoryLedger
        from services.ledger.replay import replay

        return await replay(MemoryLedger(Streams(store), journal))

    return wiring.assemble(store, recorder, reader=journal, replayed=replayed)


MAKE: Mapping[str, Callable[[Clock], Fake]] = {
    it.__name__: it for it in (catalog, order, payment, warehouse, returns, ledger)
}
