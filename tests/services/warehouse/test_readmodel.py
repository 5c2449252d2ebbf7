"""What stock items and fulfilment orders can be listed by."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from libs.domain import happening
from libs.eventstore import Store
from libs.eventstore.index import MemoryIndex, PostgresIndex
from services.warehouse.domain import (
    FulfilmentOrder,
    FulfilmentState,
    Line,
    Parcel,
    StockItem,
)
from services.warehouse.readmodel import TABLES, WarehouseLists, project
from tests.services.places import InMemory, OnPostgres, Place

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDER, OTHER = UUID(int=1), UUID(int=2)
MIGRATION = Path(__file__).parents[3] / "services" / "warehouse" / "migrations" / "0001_lists.sql"


@pytest.fixture
def in_memory(store: Store) -> InMemory[WarehouseLists]:
    return InMemory(WarehouseLists(MemoryIndex(store)), store)


@pytest.fixture
async def on_postgres(database: str) -> AsyncIterator[OnPostgres[WarehouseLists]]:
    async with asyncpg.create_pool(database, min_size=1, max_size=2) as pool:
        await pool.execute(MIGRATION.read_text())
        yield OnPostgres(WarehouseLists(PostgresIndex(pool, TABLES)), pool, project)


def stocked(sku: str, *, node_id: str = "leeds", owner_id: str = "acme") -> StockItem:
    with happening(NOON):
        return StockItem.of(sku=sku, node_id=node_id, owner_id=owner_id)


def planned(order_id: UUID, *, node_id: str = "leeds", owner_id: str = "acme") -> FulfilmentOrder:
    parcel = Parcel(node_id, owner_id, (Line("1", "MUG", 3, 900),))
    with happening(NOON):
        return FulfilmentOrder.of(
            parcel, order_id=order_id, reservation_id=order_id, currency="GBP"
        )


async def names(
    lists: WarehouseLists,
    *,
    order_id: UUID | None = None,
    node_id: str | None = None,
    owner_id: str | None = None,
    state: FulfilmentState | None = None,
    after: int | None = None,
) -> list[UUID]:
    listed = await lists.fulfilment_orders(
        order_id=order_id,
        node_id=node_id,
        owner_id=owner_id,
        state=state,
        after=after,
        limit=10,
    )
    return [row.id for row in listed]


def ids(*aggregates: StockItem | FulfilmentOrder) -> Iterable[UUID]:
    return [aggregate.id for aggregate in aggregates]


async def test_stock_items_are_found_by_what_they_are(
    place: Place[WarehouseLists],
) -> None:
    mugs, cups = stocked("MUG"), stocked("CUP", owner_id="bolt")
    far = stocked("MUG", node_id="york")
    await place.tell(mugs, cups, far)

    everything = await place.lists.stock_items(
        sku=None, node_id=None, owner_id=None, after=None, limit=10
    )
    here = await place.lists.stock_items(
        sku="MUG", node_id="leeds", owner_id="acme", after=None, limit=10
    )

    assert [row.id for row in everything] == ids(mugs, cups, far)
    assert [row.id for row in here] == ids(mugs)


async def test_fulfilment_orders_are_found_by_order_node_owner_and_state(
    place: Place[WarehouseLists],
) -> None:
    first, second = planned(ORDER), planned(ORDER, node_id="york")
    third = planned(OTHER, owner_id="bolt")
    with happening(NOON):
        second.start_picking()
    await place.tell(first, second, third)

    assert await names(place.lists) == ids(first, second, third)
    assert await names(place.lists, order_id=ORDER) == ids(first, second)
    assert await names(place.lists, node_id="york") == ids(second)
    assert await names(place.lists, owner_id="bolt") == ids(third)
    assert await names(place.lists, state=FulfilmentState.PLANNED) == ids(first, third)
    assert await names(place.lists, state=FulfilmentState.PICKING) == ids(second)


async def test_a_list_goes_on_after_the_last_that_was_seen(
    place: Place[WarehouseLists],
) -> None:
    first, second = planned(ORDER), planned(OTHER)
    await place.tell(first, second)

    page = await place.lists.fulfilment_orders(
        order_id=None, node_id=None, owner_id=None, state=None, after=None, limit=1
    )

    assert [row.id for row in page] == ids(first)
    assert await names(place.lists, after=page[0].number) == ids(second)


async def test_the_last_state_of_many_steps_counts(
    place: Place[WarehouseLists],
) -> None:
    cancelled = planned(ORDER)
    with happening(NOON):
        cancelled.start_picking()
        cancelled.confirm_pick()
        cancelled.take_out()

    await place.tell(cancelled)

    assert await names(place.lists, state=FulfilmentState.CANCELLED) == ids(cancelled)
