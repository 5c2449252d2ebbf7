"""What orders can be listed by, and that their news reaches every process."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from libs.domain import Aggregate, happening
from libs.eventstore import Repository, Store
from libs.eventstore.index import Streams
from services.order.domain import Order
from services.order.news import News, announce
from services.order.readmodel import Listed, MemoryOrderList, OrderList, PostgresOrderList
from tests.services.order.samples import NOON, basket, sold, wanted
from tests.services.places import InMemory, OnPostgres, Place

MIGRATIONS = Path(__file__).parents[3] / "services" / "order" / "migrations"
ANY: dict[str, Any] = {
    "buyer_id": "",
    "state": "",
    "market": "",
    "merchant_id": "",
    "after": None,
    "limit": 10,
}


@pytest.fixture
async def pool(database: str) -> AsyncIterator["asyncpg.Pool[asyncpg.Record]"]:
    async with asyncpg.create_pool(database, min_size=1, max_size=2) as pool:
        await pool.execute((MIGRATIONS / "0002_order_list.sql").read_text())
        yield pool


class Orders(Repository[Order]):
    """Orders as they are now."""

    def __init__(self) -> None:
        self.known: dict[UUID, Order] = {}

    async def get(self, id: UUID) -> Order:
        return self.known[id]


@dataclass
class OrdersOnPostgres(OnPostgres[OrderList]):
    """The projection asks the orders themselves how they stand."""

    orders: Orders

    async def tell(self, *aggregates: Aggregate) -> None:
        self.orders.known |= {it.id: it for it in aggregates if isinstance(it, Order)}
        await super().tell(*aggregates)


@pytest.fixture
def in_memory(store: Store) -> InMemory[OrderList]:
    return InMemory(MemoryOrderList(Streams(store)), store)


@pytest.fixture
def on_postgres(pool: "asyncpg.Pool[asyncpg.Record]") -> OrdersOnPostgres:
    orders = Orders()
    lists = PostgresOrderList(pool, orders)
    return OrdersOnPostgres(lists, pool, lists.project, orders)


def order(number: int, *, buyer_id: str = "buyer-1", country: str = "US") -> Order:
    """The nth order; each was placed an hour after the one before."""
    at = NOON + timedelta(hours=number)
    offers = {"US": ["mug"], "DE": ["mug-de", "lamp"]}[country]
    sale = sold(replace(basket(*map(wanted, offers), country=country), buyer_id=buyer_id))
    with happening(at):
        return Order.place(
            UUID(int=number << 64),
            sale,
            method_token="t",
            vault_ref=None,
            external_reference="",
            now=at,
        )


async def told(place: Place[OrderList], *orders: Order) -> OrderList:
    """The list, after everything that was recorded about the orders."""
    await place.tell(*orders)
    return place.lists


def numbers(found: Iterable[Listed]) -> list[int]:
    return [listed.order_id.int >> 64 for listed in found]


async def test_orders_are_listed_newest_first_page_by_page(
    place: Place[OrderList],
) -> None:
    orders = await told(place, *(order(number) for number in (1, 3, 2)))

    first = await orders.search(**ANY | {"limit": 2})
    second = await orders.search(**ANY | {"limit": 2, "after": first[-1]})

    assert [numbers(first), numbers(second)] == [[3, 2], [1]]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"buyer_id": "buyer-2"}, [2]),
        ({"market": "DE"}, [3]),
        ({"merchant_id": "shenzhen-light"}, [3]),
        ({"merchant_id": "acme"}, [3, 2, 1]),
        ({"state": "PENDING_RESERVATION"}, [3, 2]),
        ({"state": "REJECTED", "buyer_id": "buyer-1"}, [1]),
        ({"state": "REJECTED", "buyer_id": "buyer-2"}, []),
    ],
)
async def test_orders_are_found_by_all_that_is_asked(
    place: Place[OrderList], asked: dict[str, str], expected: list[int]
) -> None:
    rejected = order(1)
    with happening(NOON):
        rejected.reject(attempt=1, reason="OUT_OF_STOCK")
    orders = await told(place, rejected, order(2, buyer_id="buyer-2"), order(3, country="DE"))

    assert numbers(await orders.search(**ANY | asked)) == expected


async def test_a_state_is_listed_as_it_is_now_however_often_it_is_told(
    place: Place[OrderList],
) -> None:
    moving = order(1)
    await told(place, moving)
    with happening(NOON):
        moving.take_reservation(attempt=1, now=NOON)
    await told(place, moving)

    orders = await told(place, moving)

    assert numbers(await orders.search(**ANY | {"state": "PENDING_PAYMENT"})) == [1]
    assert await orders.search(**ANY | {"state": "PENDING_RESERVATION"}) == []


class Heard:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.streams: set[UUID] = set()
        self.listening = asyncio.Event()
        self.told = asyncio.Event()

    def hear(self, streams: Iterable[UUID]) -> None:
        self.streams.update(streams)
        self.told.set()

    def hear_all(self) -> None:
        self.listening.set()


async def test_news_reach_whoever_listens_once_they_are_committed(
    pool: "asyncpg.Pool[asyncpg.Record]", database: str
) -> None:
    heard = Heard()
    streams = {UUID(int=number) for number in range(450)}
    listening = asyncio.create_task(News(database, [heard]).listen())
    async with asyncio.timeout(5):
        await heard.listening.wait()

        async with pool.acquire() as connection, connection.transaction():
            await announce(connection, streams)
            assert heard.streams == set()
        while heard.streams != streams:
            await heard.told.wait()
            heard.told.clear()

    listening.cancel()
