"""The list of cases, kept from the facts, and the searches in it."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias
from uuid import UUID

import asyncpg

from libs.eventstore.facts import Recorded
from libs.eventstore.index import Streams
from services.returns.domain import CaseState, OrderReturns, Party

Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)

_ADD = """
    insert into return_case (return_id, order_id, buyer_id, merchant_id, state)
    values ($1, $2, $3, $4, $5) on conflict (return_id) do nothing
"""
_TURN = "update return_case set state = $2 where return_id = $1"
_SEARCH = """
    select number, order_id, return_id from return_case
    where ($1::bigint is null or number > $1)
        and ($2::uuid is null or order_id = $2)
        and ($3::text is null or buyer_id = $3)
        and ($4::text is null or merchant_id = $4)
        and ($5::text is null or merchant_id = $5)
        and ($6::text is null or state = $6)
    order by number limit $7
"""


class ListedCase(NamedTuple):
    """Where a case is in the list, and where it is in the facts."""

    number: int
    order_id: UUID
    return_id: UUID


class CaseList(Protocol):
    async def search(
        self,
        *,
        party: Party,
        order_id: UUID | None,
        merchant_id: str | None,
        state: CaseState | None,
        after: int | None,
        limit: int,
    ) -> list[ListedCase]:
        """Cases that the party may see, in the order in which they were asked for."""
        ...


class PostgresCaseList:
    """Searches what the projection below keeps."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def search(
        self,
        *,
        party: Party,
        order_id: UUID | None,
        merchant_id: str | None,
        state: CaseState | None,
        after: int | None,
        limit: int,
    ) -> list[ListedCase]:
        rows = await self._pool.fetch(
            _SEARCH, after, order_id, party.buyer_id, party.merchant_id, merchant_id, state, limit
        )
        return [ListedCase(*row) for row in rows]


class MemoryCaseList:
    """Asks the orders themselves for their cases."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    async def search(
        self,
        *,
        party: Party,
        order_id: UUID | None,
        merchant_id: str | None,
        state: CaseState | None,
        after: int | None,
        limit: int,
    ) -> list[ListedCase]:
        orders = {listed.id: order for listed, order in await self._streams.of(OrderReturns)}
        requests = [
            recorded.fact
            for recorded in await self._streams.facts()
            if isinstance(recorded.fact, OrderReturns.Requested)
        ]
        return [
            ListedCase(number, fact.originator_id, fact.request.return_id)
            for number, fact in enumerate(requests, 1)
            if number > (after or 0)
            and order_id in {None, fact.originator_id}
            and party.buyer_id in {None, fact.buyer_id}
            and party.merchant_id in {None, fact.merchant_id}
            and merchant_id in {None, fact.merchant_id}
            and state in {None, orders[fact.originator_id].cases[fact.request.return_id].state}
        ][:limit]


async def project(connection: Connection, facts: Sequence[Recorded]) -> None:
    """Keep the list. Seeing a fact again changes nothing."""
    for recorded in facts:
        if (statement := _statement(recorded.fact)) is not None:
            await connection.execute(*statement)


def _statement(fact: object) -> tuple[Any, ...] | None:  # Arguments are what SQL takes.
    match fact:
        case OrderReturns.Requested():
            return (
                _ADD,
                fact.request.return_id,
                fact.originator_id,
                fact.buyer_id,
                fact.merchant_id,
                CaseState.REQUESTED,
            )
        case OrderReturns.Approved(refund_only=False):
            return _TURN, fact.return_id, CaseState.AWAITING_BUYER_SHIP
        case OrderReturns.Rejected():
            return _TURN, fact.return_id, CaseState.REJECTED
        case OrderReturns.Shipped():
            return _TURN, fact.return_id, CaseState.IN_TRANSIT
        case OrderReturns.Received():
            return _TURN, fact.return_id, CaseState.RECEIVED
        case OrderReturns.RefundDecided():
            return _TURN, fact.return_id, CaseState.REFUNDING
        case OrderReturns.Withdrawn():
            return _TURN, fact.return_id, CaseState.WITHDRAWN
        case OrderReturns.Lapsed():
            return _TURN, fact.return_id, CaseState.LAPSED
        case OrderReturns.Closed():
            return _TURN, fact.return_id, CaseState.CLOSED
        case _:
            return None
