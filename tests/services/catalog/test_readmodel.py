"""What the catalog can be searched by."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import TypedDict
from uuid import UUID

import asyncpg
import pytest

from libs.domain import Aggregate, happening
from libs.eventstore import Store
from libs.eventstore.index import MemoryIndex, PostgresIndex
from services.catalog import readmodel
from services.catalog.domain import (
    Creator,
    JurisdictionRule,
    LiveSession,
    LiveState,
    Market,
    Offer,
    Price,
    Product,
    ProductState,
    Purchase,
    PurchasedLine,
    Review,
    ReviewState,
)
from services.catalog.readmodel import Lists
from tests.services.catalog.samples import (
    GB,
    LISTING,
    NOW,
    SCARF,
    TOMORROW,
    a_market,
    a_merchant,
    a_product,
)
from tests.services.places import InMemory, OnPostgres, Place

MIGRATION = Path(readmodel.__file__).parent / "migrations" / "0001_lists.sql"


class Paging(TypedDict):
    after: int | None
    limit: int


ALL: Paging = {"after": None, "limit": 10}


@pytest.fixture
def in_memory(store: Store) -> InMemory[Lists]:
    return InMemory(Lists(MemoryIndex(store)), store)


@pytest.fixture
async def on_postgres(database: str) -> AsyncIterator[OnPostgres[Lists]]:
    async with asyncpg.create_pool(database, min_size=1, max_size=2) as pool:
        await pool.execute(MIGRATION.read_text())
        index = PostgresIndex(pool, readmodel.TABLES)
        yield OnPostgres(Lists(index), pool, readmodel.project)


async def listed(place: Place[Lists], *aggregates: Aggregate) -> Lists:
    await place.tell(*aggregates)
    return place.lists


def another_product(merchant_id: str) -> Product:
    with happening(NOW):
        return Product(id=UUID(int=99), merchant_id=merchant_id, title="Kettle", variants=(SCARF,))


async def test_each_thing_is_listed_once_in_the_order_it_came(
    place: Place[Lists],
) -> None:
    first, second = a_product(), another_product("silk-road")

    lists = await listed(place, first, second)

    found = await lists.products(seller=None, merchant_id=None, state=None, **ALL)
    assert [row.id for row in found] == [first.id, second.id]


async def test_a_page_goes_on_where_the_last_one_ended(
    place: Place[Lists],
) -> None:
    first, second = a_product(), another_product("silk-road")
    lists = await listed(place, first, second)

    (start,) = await lists.products(seller=None, merchant_id=None, state=None, after=None, limit=1)
    (rest,) = await lists.products(
        seller=None, merchant_id=None, state=None, after=start.number, limit=10
    )

    assert [start.id, rest.id] == [first.id, second.id]


async def test_products_are_found_by_where_they_stand(
    place: Place[Lists],
) -> None:
    active, draft = a_product(), another_product("silk-road")
    lists = await listed(place, active, draft)

    found = await lists.products(seller=None, merchant_id=None, state=ProductState.ACTIVE, **ALL)

    assert [row.id for row in found] == [active.id]


async def test_a_seller_finds_only_their_own(place: Place[Lists]) -> None:
    own, foreign = a_product(), another_product("tea-house")
    with happening(NOW):
        offer = Offer(id=UUID(int=7), listing=LISTING, price=Price(2500, 0, NOW))
        elsewhere = Offer(
            id=UUID(int=8),
            listing=replace(LISTING, merchant_id="tea-house"),
            price=Price(900, 0, NOW),
        )
    lists = await listed(place, a_merchant(), own, foreign, offer, elsewhere)

    products = await lists.products(seller="silk-road", merchant_id=None, state=None, **ALL)
    offers = await lists.offers(
        seller="silk-road", merchant_id=None, product_id=None, market="GB", **ALL
    )
    others = await lists.products(seller="silk-road", merchant_id="tea-house", state=None, **ALL)
    merchants = await lists.merchants(seller="tea-house", **ALL)

    assert [row.id for row in products] == [own.id]
    assert [row.id for row in offers] == [offer.id]
    assert others == merchants == []


async def test_everything_else_is_found_by_what_it_is_about(
    place: Place[Lists],
) -> None:
    with happening(NOW):
        rule = JurisdictionRule(id=JurisdictionRule.stream("GB", "IE"), market="GB", ship_to="IE")
        mei = Creator.register(
            creator_id="mei", handle="@mei", agency_id="stars", agency_basis_points=2000
        )
        mei.change_agency("moon", agency_basis_points=1000)
        session = LiveSession.schedule(
            id=UUID(int=6),
            creator_id="mei",
            partner_id="",
            market="GB",
            offers=[],
            starts_at=TOMORROW,
        )
        session.start(NOW)
        planned = Market(id=Market.stream("US"), market="US", settings=GB)
        purchase = Purchase(id=UUID(int=3))
        purchase.note_order("buyer-1", (PurchasedLine(UUID(int=4), UUID(int=1)),))
        purchase.note_delivery((UUID(int=4),))
        review = Review.submit(
            purchase=purchase,
            line_id=UUID(int=4),
            buyer_id="buyer-1",
            asked_by=None,
            rating=5,
            text_ref="",
        )
        review.publish()
    market = a_market()

    lists = await listed(place, market, planned, rule, mei, session, purchase, review)

    assert [row.id for row in await lists.markets(**ALL)] == [market.id, planned.id]
    assert [row.id for row in await lists.rules(market="GB", **ALL)] == [rule.id]
    assert await lists.rules(market="US", **ALL) == []
    assert [row.id for row in await lists.creators(agency_id="moon", **ALL)] == [mei.id]
    assert await lists.creators(agency_id="stars", **ALL) == []
    on_air = await lists.live_sessions(creator_id="mei", market="GB", state=LiveState.LIVE, **ALL)
    assert [row.id for row in on_air] == [session.id]
    public = await lists.reviews(product_id=UUID(int=1), state=ReviewState.PUBLISHED, **ALL)
    assert [row.id for row in public] == [review.id]
