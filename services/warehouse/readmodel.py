"""The lists of stock items and fulfilment orders, kept from the facts, and the searches in them.

They hold what is searched by and no figures: those come from the streams and cannot lag.
"""

from collections.abc import Sequence
from typing import TypeAlias
from uuid import UUID

import asyncpg

from libs.domain import Aggregate
from libs.eventstore import Recorded
from libs.eventstore.index import Index, Listed
from services.warehouse.domain import FulfilmentOrder, FulfilmentState, StockItem

Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)

_STOCK = """
    insert into stock_item (id, sku, node_id, owner_id)
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
    on conflict (id) do nothing
"""
_PLAN = """
    insert into fulfilment_order (id, order_id, node_id, owner_id, state)
    select *, 'PLANNED' from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])
    on conflict (id) do nothing
"""
_MOVE = """
    update fulfilment_order set state = moved.state
    from unnest($1::uuid[], $2::text[]) as moved (id, state)
    where fulfilment_order.id = moved.id
"""
TABLES: dict[type[Aggregate], str] = {
    StockItem: "stock_item",
    FulfilmentOrder: "fulfilment_order",
}

_STATES: dict[type, FulfilmentState] = {
    FulfilmentOrder.PickingStarted: FulfilmentState.PICKING,
    FulfilmentOrder.Picked: FulfilmentState.PICKED,
    FulfilmentOrder.Packed: FulfilmentState.PACKED,
    FulfilmentOrder.HandedOver: FulfilmentState.HANDED_OVER,
    FulfilmentOrder.Departed: FulfilmentState.IN_TRANSIT,
    FulfilmentOrder.Delivered: FulfilmentState.DELIVERED,
    FulfilmentOrder.DeliveryFailed: FulfilmentState.FAILED,
    FulfilmentOrder.Lost: FulfilmentState.LOST,
    FulfilmentOrder.Cancelled: FulfilmentState.CANCELLED,
}


class WarehouseLists:
    def __init__(self, index: Index) -> None:
        self._index = index

    async def stock_items(
        self,
        *,
        sku: str | None,
        node_id: str | None,
        owner_id: str | None,
        after: int | None,
        limit: int,
    ) -> list[Listed]:
        """Stock items in the order in which they were first stocked."""
        return await self._index.search(
            StockItem, after=after, limit=limit, sku=sku, node_id=node_id, owner_id=owner_id
        )

    async def fulfilment_orders(
        self,
        *,
        order_id: UUID | None,
        node_id: str | None,
        owner_id: str | None,
        state: FulfilmentState | None,
        after: int | None,
        limit: int,
    ) -> list[Listed]:
        """Fulfilment orders in the order in which they were planned."""
        return await self._index.search(
            FulfilmentOrder,
            after=after,
            limit=limit,
            order_id=order_id,
            node_id=node_id,
            owner_id=owner_id,
            state=state,
        )


async def project(connection: Connection, facts: Sequence[Recorded]) -> None:
    """Keep the lists, in three statements however many facts. Seeing one again changes nothing."""
    stocked, planned, states = [], [], {}
    for recorded in facts:
        match fact := recorded.fact:
            case StockItem.Stocked():
                stocked.append((fact.originator_id, fact.sku, fact.node_id, fact.owner_id))
            case FulfilmentOrder.Planned():
                planned.append((fact.originator_id, fact.order_id, fact.node_id, fact.owner_id))
            case _ if state := _STATES.get(type(fact)):
                states[fact.originator_id] = state
    if stocked:
        await connection.execute(_STOCK, *zip(*stocked, strict=True))
    if planned:
        await connection.execute(_PLAN, *zip(*planned, strict=True))
    if states:
        await connection.execute(_MOVE, list(states), list(states.values()))
