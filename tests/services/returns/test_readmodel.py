"""What cases can be listed by."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from libs.domain import happening
from libs.eventstore import Store
from libs.eventstore.index import Streams
from services.returns import readmodel
from services.returns.domain import (
    PLATFORM,
    Amounts,
    CaseState,
    Deadlines,
    Disposition,
    Finding,
    Goods,
    LineUnits,
    OrderReturns,
    Party,
    ReturnKind,
    ReturnReason,
    SoldLine,
)
from services.returns.readmodel import CaseList, MemoryCaseList, PostgresCaseList
from tests.services.places import InMemory, OnPostgres, Place

ORDER, LINE, CASE = (UUID(int=number) for number in range(1, 4))
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MIGRATION = Path(readmodel.__file__).parent / "migrations" / "0001_cases.sql"


@pytest.fixture
def in_memory(store: Store) -> InMemory[CaseList]:
    return InMemory(MemoryCaseList(Streams(store)), store)


@pytest.fixture
async def on_postgres(database: str) -> AsyncIterator[OnPostgres[CaseList]]:
    async with asyncpg.create_pool(database, min_size=1, max_size=2) as pool:
        await pool.execute(MIGRATION.read_text())
        yield OnPostgres(PostgresCaseList(pool), pool, readmodel.project)


def requested() -> OrderReturns:
    order = OrderReturns(id=ORDER)
    line = SoldLine(Goods(LINE, "SCARF-RED", "silk-road"), "silk-road", 2, Amounts(5000), 30)
    order.note_sale(buyer_id="buyer-1", currency="USD", lines=(line,))
    order.note_payment(UUID(int=9))
    order.note_delivery("package-1", (LineUnits(LINE, 2),), delivered_at=NOW)
    order.open_return(
        CASE,
        party=PLATFORM,
        line_id=LINE,
        quantity=1,
        kind=ReturnKind.RETURN_AND_REFUND,
        reason=ReturnReason.CHANGED_MIND,
        outside_window=False,
        agreed=False,
        deadlines=Deadlines(),
        now=NOW,
    )
    return order


async def cases(place: Place[CaseList], order: OrderReturns) -> CaseList:
    await place.tell(order)
    return place.lists


async def found(
    listed: CaseList,
    *,
    party: Party = PLATFORM,
    order_id: UUID | None = None,
    merchant_id: str | None = None,
    state: CaseState | None = None,
) -> bool:
    rows = await listed.search(
        party=party,
        order_id=order_id,
        merchant_id=merchant_id,
        state=state,
        after=None,
        limit=10,
    )
    return [(row.order_id, row.return_id) for row in rows] == [(ORDER, CASE)]


@pytest.mark.parametrize(
    ("party", "sees"),
    [
        (PLATFORM, True),
        (Party(buyer_id="buyer-1"), True),
        (Party(buyer_id="buyer-2"), False),
        (Party(merchant_id="silk-road"), True),
        (Party(merchant_id="tea-house"), False),
    ],
)
async def test_a_case_is_found_by_whom_it_concerns(
    place: Place[CaseList], party: Party, sees: bool
) -> None:
    with happening(NOW):
        listed = await cases(place, requested())

    assert await found(listed, party=party) is sees


async def test_a_case_is_found_by_what_it_is_about(
    place: Place[CaseList],
) -> None:
    with happening(NOW):
        listed = await cases(place, requested())

    assert await found(listed, order_id=ORDER, merchant_id="silk-road")
    assert not await found(listed, order_id=LINE)
    assert not await found(listed, merchant_id="tea-house")


def inspect(order: OrderReturns) -> None:
    order.approve(CASE, party=PLATFORM, fault=None, now=NOW)
    order.inspect(
        CASE,
        party=PLATFORM,
        node_id="newark",
        findings=(Finding(1, Disposition.SELLABLE),),
        fault=None,
    )


def approve(order: OrderReturns) -> None:
    order.approve(CASE, party=PLATFORM, fault=None, now=NOW)


def lapse(order: OrderReturns) -> None:
    approve(order)
    order.fall_due(NOW + Deadlines().ship)


def arrive(order: OrderReturns) -> None:
    approve(order)
    order.note_arrival(CASE, now=NOW)


@pytest.mark.parametrize(
    ("take", "state"),
    [
        (lambda order: None, CaseState.REQUESTED),
        (approve, CaseState.AWAITING_BUYER_SHIP),
        (lambda order: order.reject(CASE, "worn", party=PLATFORM), CaseState.REJECTED),
        (lambda order: order.withdraw(CASE, party=PLATFORM), CaseState.WITHDRAWN),
        (lambda order: order.close(CASE, "duplicate", party=PLATFORM), CaseState.CLOSED),
        (lapse, CaseState.LAPSED),
        (arrive, CaseState.RECEIVED),
        (inspect, CaseState.REFUNDING),
    ],
)
async def test_the_list_stands_where_the_case_stands(
    place: Place[CaseList], take: Callable[[OrderReturns], None], state: CaseState
) -> None:
    with happening(NOW):
        order = requested()
        take(order)

    listed = await cases(place, order)

    assert order.cases[CASE].state is state
    assert await found(listed, state=state)
    assert [other for other in CaseState if await found(listed, state=other)] == [state]
