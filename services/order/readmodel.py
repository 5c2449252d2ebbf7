"""The list of orders: kept from the facts, searched by buyer, state, market and merchant."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

import asyncpg

from libs.eventstore import Recorded, Repository
from libs.eventstore.index import Streams
from libs.eventstore.mapper import facts_of
from services.order.domain import Order
from services.order.news import Connection, announce

_KEEP = """
    insert into order_list (order_id, buyer_id, market, merchants, state, placed_at)
    select order_id, buyer_id, market, string_to_array(merchants, ' '), state, placed_at
    from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
        as told (order_id, buyer_id, market, merchants, state, placed_at)
    on conflict (order_id) do update set state = excluded.state
        where order_list.state <> excluded.state
"""
_FACTS = frozenset(facts_of(Order))


class Listed(NamedTuple):
    """Where an order is in its list: newest first, and by id within a moment."""

    placed_at: datetime
    order_id: UUID


class OrderList(Protocol):
    async def search(
        self,
        *,
        buyer_id: str,
        state: str,
        market: str,
        merchant_id: str,
        after: Listed | None,
        limit: int,
    ) -> list[Listed]:
        """Orders that fit every filter that is not empty, from after a place in the list on."""
        ...


class PostgresOrderList:
    """Keeps the list by its projection, and searches it."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", orders: Repository[Order]) -> None:
        self._pool = pool
        self._orders = orders

    async def project(self, connection: Connection, facts: Sequence[Recorded]) -> None:
        """Have every order that something was recorded about as it is now, and spread the news.

        A state follows from all that happened to an order, so it is the order that is asked for
        it; asked again later, it can only be more recent.
        """
        touched = {told.fact.originator_id for told in facts if type(told.fact) in _FACTS}
        orders = await asyncio.gather(*(self._orders.get(order_id) for order_id in touched))
        await connection.execute(
            _KEEP,
            [order.id for order in orders],
            [order.sale.buyer_id for order in orders],
            [order.sale.market for order in orders],
            [" ".join(sorted(order.merchants)) for order in orders],
            [order.state for order in orders],
            [order.placed_at for order in orders],
        )
        await announce(connection, (told.fact.originator_id for told in facts))

    async def search(
        self,
        *,
        buyer_id: str,
        state: str,
        market: str,
        merchant_id: str,
        after: Listed | None,
        limit: int,
    ) -> list[Listed]:
        filters = {
            "buyer_id = ${}": buyer_id,
            "state = ${}": state,
            "market = ${}": market,
            "merchants @> array[${}]": merchant_id,
        }
        asked = {condition: value for condition, value in filters.items() if value}
        # Only what is asked for is in the text, so that each search finds its own index.
        conditions = [condition.format(number) for number, condition in enumerate(asked, start=4)]
        where = " and ".join(
            ["($2::timestamptz is null or (placed_at, order_id) < ($2, $3))", *conditions]
        )
        rows = await self._pool.fetch(
            f"select placed_at, order_id from order_list where {where}"
            " order by placed_at desc, order_id desc limit $1",
            limit,
            after.placed_at if after else None,
            after.order_id if after else None,
            *asked.values(),
        )
        return [Listed(*row) for row in rows]


class MemoryOrderList:
    """Asks the orders themselves."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    async def search(
        self,
        *,
        buyer_id: str,
        state: str,
        market: str,
        merchant_id: str,
        after: Listed | None,
        limit: int,
    ) -> list[Listed]:
        def fits(order: Order) -> bool:
            return (
                buyer_id in {"", order.sale.buyer_id}
                and state in {"", order.state}
                and market in {"", order.sale.market}
                and (not merchant_id or merchant_id in order.merchants)
            )

        found = [
            Listed(order.placed_at, order.id) for _, order in await self._streams.of(Order, fits)
        ]
        return [it for it in sorted(found, reverse=True) if after is None or it < after][:limit]
