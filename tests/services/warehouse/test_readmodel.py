"""What stock items and fulfilment orders can be listed by."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from libs.domain import happening
from libs.eventstore.facts import START, Recorded
from libs.runtime.cause import Cause
from services.warehouse.domain import (
    FulfilmentOrder,
    FulfilmentState,
    Line,
    Parcel,
    StockItem,
)
from services.warehouse.readmodel import WarehouseLists, project

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDER, OTHER = UUID(int=1), UUID(int=2)
MIGRATION = Path(__file__).parents[3] / "services" / "warehouse" / "migrations" / "0001_lists.sql"


@pytest.fixture
async def pool(database: str) -> AsyncIterator["asyncpg.Pool[asyncpg.Record]"]:
    async with asyncpg.create_pool(database, min_size=1, max_size=2) as pool:
        await pool.execute(MIGRATION.read_text())
        yield pool


@pytest.fixture
def lists(pool: "asyncpg.Pool[asyncpg.Record]") -> WarehouseLists:
    return WarehouseLists(pool)


def stocked(sku: str, *, node_id: str = "leeds", owner_id: str = "acme") -> StockItem:
    with happening(NOON):
        return StockItem.of(sku=sku, node_id=node_id, owner_id=owner_id)


def planned(order_id: UUID, *, node_id: str = "leeds", owner_id: str = "acme") -> FulfilmentOrder:
    parcel = Parcel(node_id, owner_id, (Line("1", "MUG", 3, 900),))
    with happening(NOON):
        return FulfilmentOrder.of(
            parcel, order_id=order_id, reservation_id=order_id, currency="GBP"
        )


def recorded(fact: Any) -> Recorded:  # A Started too, which is an event to all but its types.
    return Recorded(fact=fact, mark=START, recorded_at=NOON, cause=Cause())


async def told(
    pool: "asyncpg.Pool[asyncpg.Record]", *aggregates: StockItem | FulfilmentOrder
) -> None:
    """The projector hears what the aggregates have recorded, all of it twice."""
    facts = [recorded(fact) for aggregate in aggregates for fact in aggregate.pending_events]
    async with pool.acquire() as connection:
        await project(connection, facts)
        await project(connection, facts)


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
    pool: "asyncpg.Pool[asyncpg.Record]", lists: WarehouseLists
) -> None:
    mugs, cups = stocked("MUG"), stocked("CUP", owner_id="bolt")
    far = stocked("MUG", node_id="york")
    await told(pool, mugs, cups, far)

    everything = await lists.stock_items(
        sku=None, node_id=None, owner_id=None, after=None, limit=10
    )
    here = await lists.stock_items(
        sku="MUG", node_id="leeds", owner_id="acme", after=None, limit=10
    )

    assert [row.id for row in everything] == ids(mugs, cups, far)
    assert [row.id for row in here] == ids(mugs)


async def test_fulfilment_orders_are_found_by_order_node_owner_and_state(
    pool: "asyncpg.Pool[asyncpg.Record]", lists: WarehouseLists
) -> None:
    first, second = planned(ORDER), planned(ORDER, node_id="york")
    third = planned(OTHER, owner_id="bolt")
    with happening(NOON):
        second.start_picking()
    await told(pool, first, second, third)

    assert await names(lists) == ids(first, second, third)
    assert await names(lists, order_id=ORDER) == ids(first, second)
    assert await names(lists, node_id="york") == ids(second)
    assert await names(lists, owner_id="bolt") == ids(third)
    assert await names(lists, state=FulfilmentState.PLANNED) == ids(first, third)
    assert await names(lists, state=FulfilmentState.PICKING) == ids(second)


async def test_a_list_goes_on_after_the_last_that_was_seen(
    pool: "asyncpg.Pool[asyncpg.Record]", lists: WarehouseLists
) -> None:
    first, second = planned(ORDER), planned(OTHER)
    await told(pool, first, second)

    page = await lists.fulfilment_orders(
        order_id=None, node_id=None, owner_id=None, state=None, after=None, limit=1
    )

    assert [row.id for row in page] == ids(first)
    assert await names(lists, after=page[0].number) == ids(second)


async def test_the_last_state_of_many_steps_counts(
    pool: "asyncpg.Pool[asyncpg.Record]", lists: WarehouseLists
) -> None:
    cancelled = planned(ORDER)
    with happening(NOON):
        cancelled.start_picking()
        cancelled.confirm_pick()
        cancelled.take_out()

    await told(pool, cancelled)

    assert await names(lists, state=FulfilmentState.CANCELLED) == ids(cancelled)
