"""The lists of the catalog, kept from the facts, and the searches in them.

A list holds what its resources are searched by; the resources are read from the facts.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from libs.domain import Aggregate
from libs.eventstore.facts import Recorded
from libs.eventstore.index import Index, Listed
from services.catalog.domain import (
    Creator,
    JurisdictionRule,
    LiveSession,
    LiveState,
    Market,
    Merchant,
    Offer,
    Product,
    ProductState,
    Review,
    ReviewState,
)

Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)


TABLES: dict[type[Aggregate], str] = {
    Merchant: "merchant",
    Product: "product",
    Offer: "offer",
    Market: "market",
    JurisdictionRule: "jurisdiction_rule",
    Creator: "creator",
    LiveSession: "live_session",
    Review: "review",
}


class Lists:
    """Each search gives resources in the order in which they came to be; None asks for all."""

    def __init__(self, index: Index) -> None:
        self._search = index.search

    async def merchants(self, *, seller: str | None, after: int | None, limit: int) -> list[Listed]:
        return await self._search(Merchant, after=after, limit=limit, merchant_id=seller)

    async def products(
        self,
        *,
        seller: str | None,
        merchant_id: str | None,
        state: ProductState | None,
        after: int | None,
        limit: int,
    ) -> list[Listed]:
        if merchant_id is not None and seller not in {None, merchant_id}:
            return []
        return await self._search(
            Product, after=after, limit=limit, merchant_id=merchant_id or seller, state=state
        )

    async def offers(
        self,
        *,
        seller: str | None,
        merchant_id: str | None,
        product_id: UUID | None,
        market: str | None,
        after: int | None,
        limit: int,
    ) -> list[Listed]:
        if merchant_id is not None and seller not in {None, merchant_id}:
            return []
        return await self._search(
            Offer,
            after=after,
            limit=limit,
            merchant_id=merchant_id or seller,
            product_id=product_id,
            market=market,
        )

    async def markets(self, *, after: int | None, limit: int) -> list[Listed]:
        return await self._search(Market, after=after, limit=limit)

    async def rules(self, *, market: str | None, after: int | None, limit: int) -> list[Listed]:
        return await self._search(JurisdictionRule, after=after, limit=limit, market=market)

    async def creators(
        self, *, agency_id: str | None, after: int | None, limit: int
    ) -> list[Listed]:
        return await self._search(Creator, after=after, limit=limit, agency_id=agency_id)

    async def live_sessions(
        self,
        *,
        creator_id: str | None,
        market: str | None,
        state: LiveState | None,
        after: int | None,
        limit: int,
    ) -> list[Listed]:
        return await self._search(
            LiveSession, after=after, limit=limit, creator_id=creator_id, market=market, state=state
        )

    async def reviews(
        self,
        *,
        product_id: UUID | None,
        state: ReviewState | None,
        after: int | None,
        limit: int,
    ) -> list[Listed]:
        return await self._search(
            Review, after=after, limit=limit, product_id=product_id, state=state
        )


async def project(connection: Connection, facts: Sequence[Recorded]) -> None:
    """Keep the lists. Seeing a fact again changes nothing."""
    for recorded in facts:
        if (statement := _statement(recorded.fact)) is not None:
            await connection.execute(*statement)


def _statement(fact: object) -> tuple[Any, ...] | None:  # Arguments are what SQL takes.
    match fact:
        case Merchant.Registered():
            return _add("merchant", id=fact.originator_id, merchant_id=fact.merchant_id)
        case Product.Drafted():
            return _add(
                "product",
                id=fact.originator_id,
                merchant_id=fact.merchant_id,
                state=ProductState.DRAFT,
            )
        case Product.Submitted():
            return _turn("product", fact.originator_id, ProductState.IN_REVIEW)
        case Product.Activated():
            return _turn("product", fact.originator_id, ProductState.ACTIVE)
        case Product.Rejected():
            return _turn("product", fact.originator_id, ProductState.REJECTED)
        case Product.Paused():
            return _turn("product", fact.originator_id, ProductState.PAUSED)
        case Product.Suspended():
            return _turn("product", fact.originator_id, ProductState.SUSPENDED)
        case Product.Archived():
            return _turn("product", fact.originator_id, ProductState.ARCHIVED)
        case Offer.Published():
            return _add(
                "offer",
                id=fact.originator_id,
                merchant_id=fact.listing.merchant_id,
                product_id=fact.listing.product_id,
                market=fact.listing.market,
            )
        case Market.Planned():
            return _add("market", id=fact.originator_id)
        case JurisdictionRule.Opened():
            return _add("jurisdiction_rule", id=fact.originator_id, market=fact.market)
        case Creator.Registered():
            return _add("creator", id=fact.originator_id, agency_id=fact.agency_id)
        case Creator.AgencyChanged():
            return (
                "update creator set agency_id = $2 where id = $1",
                fact.originator_id,
                fact.agency_id,
            )
        case LiveSession.Scheduled():
            return _add(
                "live_session",
                id=fact.originator_id,
                creator_id=fact.creator_id,
                market=fact.market,
                state=LiveState.SCHEDULED,
            )
        case LiveSession.Opened():
            return _turn("live_session", fact.originator_id, LiveState.LIVE)
        case LiveSession.Ended():
            return _turn("live_session", fact.originator_id, LiveState.ENDED)
        case LiveSession.Cancelled():
            return _turn("live_session", fact.originator_id, LiveState.CANCELLED)
        case Review.Submitted():
            return _add(
                "review",
                id=fact.originator_id,
                product_id=fact.product_id,
                state=ReviewState.PENDING,
            )
        case Review.Published():
            return _turn("review", fact.originator_id, ReviewState.PUBLISHED)
        case Review.Rejected():
            return _turn("review", fact.originator_id, ReviewState.REJECTED)
        case Review.Removed():
            return _turn("review", fact.originator_id, ReviewState.REMOVED)
        case _:
            return None


def _add(table: str, **values: str | UUID) -> tuple[Any, ...]:
    columns = ", ".join(values)
    places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    statement = f"insert into {table} ({columns}) values ({places}) on conflict (id) do nothing"
    return statement, *values.values()


def _turn(table: str, id: UUID, state: str) -> tuple[Any, ...]:
    return f"update {table} set state = $2 where id = $1", id, state
