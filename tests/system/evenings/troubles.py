"""What goes wrong on purpose, so that there is something to see, and something to mend."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import asyncpg
import grpc
from aiokafka import AIOKafkaProducer

from deploy.local.demo.players import Players, scopes_of
from deploy.local.home import Home, ServiceAt, State
from deploy.local.process import until
from deploy.local.stack import SERVICES
from deploy.local.tokens import mint
from tests.faults.checker.history import History
from tests.faults.recorder import Recorder
from tests.faults.shop import Shop
from tests.system import thin_path
from tests.system.test_thin_path import stack
from tests.system.thin_path import Place

LISTS = {
    "catalog": "ListMarkets",
    "order": "ListOrders",
    "payment": "ListPayments",
    "warehouse": "ListFulfilmentOrders",
    "returns": "ListReturns",
    "ledger": "ListStatements",
}
FOLLOWED_BY_ALL = ("entrepot.order.v1", "entrepot.warehouse.v1")
"""Whoever does not follow the one follows the other."""
TABLES = """
    select string_agg(format('%I.%I', schemaname, tablename), ', ')
    from pg_tables where schemaname not in ('pg_catalog', 'information_schema')
"""
PARKED = "select id from parked order by id limit 1"
LAST = "select max(position) from fact"
DOUBTED = """
    select stream_id from fact where topic = 'payment.Payment.Doubted' and position > {}
"""
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Troubles:
    order: str
    """Of whose payment nobody knows; its id."""
    payment: str
    """And the payment's."""


async def make(home: Home) -> Troubles:
    state = home.load()
    await _leave_a_return_undecided(home, state)
    last = await first(state.services["payment"], LAST)
    order = await _buy(home)
    payment = await first(state.services["payment"], DOUBTED.format(last))
    await _say_nonsense(state)
    for at in state.services.values():
        await first(at, PARKED)
    await _keep_waiting(home, state)
    return Troubles(order, payment)


async def first(at: ServiceAt, sql: str) -> str:
    """What a query finds in a service's database, once it finds something."""
    connection = await asyncpg.connect(at.database)
    found: object = None

    async def is_found() -> bool:
        nonlocal found
        found = await connection.fetchval(sql)
        return found is not None

    try:
        assert await until(is_found, patience=PATIENCE_S), f"nothing by {sql}"
    finally:
        await connection.close()
    return str(found)


async def _leave_a_return_undecided(home: Home, state: State) -> None:
    players = Players(home, state)
    try:
        async with stack(home) as pass_time:
            place = Place(players, pass_time)
            order, _ = await thin_path.buy(place, await thin_path.set_up(place))
            await thin_path.deliver(place, order)
            await thin_path.ask_to_give_back(place, order)
    finally:
        await players.leave()


async def _buy(home: Home) -> str:
    """Something that nobody packs; and then something for which the provider does not answer, who
    will not be asked again for five minutes."""
    async with Recorder(home, History()) as recorder:
        shop = Shop(recorder, [2])
        await shop.open()
        await recorder.ask("order", "PlaceOrder", shop.order(0))
        order = await recorder.ask(
            "order", "PlaceOrder", shop.order(0, token="tok_timeout_succeeds")
        )
    return str(order.name).removeprefix("orders/")


async def _say_nonsense(state: State) -> None:
    """Bytes in two topics that are no message."""
    assert state.kafka is not None, "a stack that runs has a broker"
    producer = AIOKafkaProducer(bootstrap_servers=state.kafka.address)
    await producer.start()
    try:
        for topic in FOLLOWED_BY_ALL:
            await producer.send_and_wait(topic, key=b"nonsense", value=b"\xff")
    finally:
        await producer.stop()


async def _keep_waiting(home: Home, state: State) -> None:
    """A list of each service is asked for while somebody locks its tables: no answer in time."""
    async with AsyncExitStack() as opened:
        for at in state.services.values():
            await opened.enter_async_context(_locked(at))
        codes = await asyncio.gather(*(_ask(home, name, state.services[name]) for name in SERVICES))
    assert set(codes) == {grpc.StatusCode.DEADLINE_EXCEEDED}


@asynccontextmanager
async def _locked(at: ServiceAt) -> AsyncIterator[None]:
    connection = await asyncpg.connect(at.database)
    try:
        async with connection.transaction():
            tables = await connection.fetchval(TABLES)
            await connection.execute(f"lock table {tables} in access exclusive mode")
            yield
    finally:
        await connection.close()


async def _ask(home: Home, service: str, at: ServiceAt) -> grpc.StatusCode:
    """How it ends when the server is left to say how long it may take."""
    role = "finance" if service == "ledger" else "ops"
    token = mint(home, role=role, scopes=scopes_of(role))
    metadata = [("authorization", f"Bearer {token}")]
    path = f"/entrepot.{service}.v1.{service.capitalize()}Service/{LISTS[service]}"
    async with grpc.aio.insecure_channel(at.address) as channel:
        try:
            await channel.unary_unary(path, None, None)(b"", metadata=metadata)
        except grpc.aio.AioRpcError as error:
            return error.code()
    return grpc.StatusCode.OK
