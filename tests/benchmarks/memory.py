"""Memory and start: what each service holds at rest and after many orders, and until it serves."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

from deploy.local.home import Home
from deploy.local.importers.online_retail.services import Services
from deploy.local.stack import SERVICES
from libs.runtime.clock import perf_counter
from libs.runtime.ids import new_id
from tests.benchmarks.case import Result, Round, Size
from tests.benchmarks.processes import pids, resident_megabytes
from tests.benchmarks.saga import arrived, packing, room
from tests.benchmarks.servers import run
from tests.benchmarks.shop import Shop
from tests.benchmarks.stack import own_stack

ORDERS = {Size.SMALL: 100, Size.USUAL: 4_000, Size.FULL: 100_000}
WARM = {Size.SMALL: 50, Size.USUAL: 1_000, Size.FULL: 50_000}
"""Orders after which memory is expected to stay as it is."""
PATIENCE_S = 120.0
BARE = """
import asyncio, asyncpg, aiokafka, grpc.aio
for line in open("/proc/self/status"):
    if line.startswith("VmRSS:"):
        print(line.split()[1])
"""
"""What every service must load, and nothing else."""


def measure(size: Size) -> list[Result]:
    megabytes, seconds = _bare()
    start = perf_counter()
    with own_stack() as home:
        took = perf_counter() - start
        at_rest = resident(home)
        warm, after = run(_after_orders(home, WARM[size], ORDERS[size]))
    bare = "a Python with the libraries it needs"
    return [
        Result.of("memory/start", "s for all", f"{bare}, s", [Round(took, seconds)]),
        *(
            Result.of(f"memory/rest/{name}", "MB at rest", f"{bare}, MB", [Round(at, megabytes)])
            for name, at in at_rest.items()
        ),
        *(
            Result.of(
                f"memory/after/{name}",
                f"MB, {ORDERS[size]:,} orders",
                f"after {WARM[size]:,}, MB",
                [Round(after[name], warm[name])],
            )
            for name in after
        ),
    ]


def resident(home: Home) -> dict[str, float]:
    of = pids(home)
    return {name: resident_megabytes(of[name]) for name in SERVICES}


async def _after_orders(
    home: Home, warm: int, orders: int
) -> tuple[Mapping[str, float], Mapping[str, float]]:
    async with Services(home) as services:
        shop = Shop(services, f"bench-{new_id().hex[-8:]}")
        await shop.open()
        async with packing(shop):
            await _place(shop, warm)
            before = resident(home)
            await _place(shop, orders)
            return before, resident(home)


async def _place(shop: Shop, until: int) -> None:
    while shop.placed < until:
        await shop.place_batch()
        await room(shop)
    await arrived(shop, patience=PATIENCE_S)


def _bare() -> tuple[float, float]:
    """Megabytes and seconds."""
    start = perf_counter()
    done = subprocess.run([sys.executable, "-c", BARE], check=True, capture_output=True, text=True)
    return int(done.stdout) * 1024 / 1e6, perf_counter() - start
