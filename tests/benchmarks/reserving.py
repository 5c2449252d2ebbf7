"""Reserving: what the warehouse promises a second, of one SKU or of many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from deploy.local.postgres import PostgresServer
from libs.runtime.ids import new_id
from services.warehouse import commands as c
from services.warehouse.app import WarehouseApp
from services.warehouse.domain import Cause, Condition, Wanted
from services.warehouse.wiring import KINDS
from tests.benchmarks.callers import a_second
from tests.benchmarks.servers import database, store

NODE, OWNER = "bench", "merchant"
STOCK = 1_000_000_000


async def reservations_a_second(server: PostgresServer, seconds: float, *, skus: int) -> float:
    """Orders of one unit each, by callers that each wait for theirs to be durable."""
    async with database(server, "warehouse") as dsn, store(dsn, *KINDS) as (of, _):
        app = WarehouseApp(of)
        names = [f"sku-{number}" for number in range(skus)]
        await _open(app, names)
        numbers = count()

        async def reserve() -> int:
            await app.reserve_stock(_order(names[next(numbers) % skus]))
            return 1

        return await a_second(reserve, seconds)


async def _open(app: WarehouseApp, skus: list[str]) -> None:
    await app.open_node(
        c.OpenNode(request_id=new_id(), node_id=NODE, title="Benchmark", country="GB")
    )
    for sku in skus:
        await app.adjust_stock(
            c.AdjustStock(
                request_id=new_id(),
                sku=sku,
                node_id=NODE,
                owner_id=OWNER,
                delta=STOCK,
                cause=Cause.COUNT,
                condition=Condition.SELLABLE,
            )
        )


def _order(sku: str) -> c.ReserveStock:
    return c.ReserveStock(
        request_id=new_id(),
        order_id=new_id(),
        attempt=1,
        currency="GBP",
        ship_to_country="GB",
        lines=(Wanted(line_id="1", sku=sku, owner_id=OWNER, quantity=1, weight_grams=100),),
        until=datetime.now(UTC) + timedelta(minutes=15),
    )
