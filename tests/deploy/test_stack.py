"""The whole local stack, with real servers and services that only serve."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from deploy.local.clock import LocalClock
from deploy.local.home import Home, State
from deploy.local.process import StackError, until
from deploy.local.stack import Contents, Stack, is_alive
from deploy.local.status import status

STAND_IN = Path(__file__).with_name("stand_in.py")


@pytest.fixture
def home() -> Iterator[Home]:
    folder = Path(tempfile.mkdtemp(prefix="entrepot-"))
    folder.chmod(0o755)
    home = Home(folder)
    home.prepare()
    yield home
    shutil.rmtree(folder)


async def test_addresses_data_and_clock_survive_down_and_up(home: Home) -> None:
    async with running(home) as before:
        await tell(before, "create table kept as select 42 as id")
        LocalClock(home).advance(timedelta(days=8))

    async with running(home) as after:
        kept = await tell(after, "select id from kept")
        offset = LocalClock(home).offset

    assert after.ports == before.ports
    assert kept == 42
    assert offset == timedelta(days=8)


async def test_a_second_start_says_that_it_runs_and_where(home: Home) -> None:
    async with running(home):
        with pytest.raises(StackError, match=rf"{home.folder} runs already"):
            await Stack(home, report=print).run(ready=print, ended=asyncio.Event())


async def test_status_tells_addresses_processes_health_and_lag(home: Home) -> None:
    async with running(home) as state:
        found = await status(home)

    assert found["services"]["order"] == {
        "address": state.services["order"].address,
        "pid": found["services"]["order"]["pid"],
        "metrics": state.services["order"].metrics,
        "health": "SERVING",
        "lag": {"consumer": 0, "relay": None},
    }
    assert found["postgres"] is not None
    assert found["kafka"] is not None


async def test_a_killed_server_and_a_killed_service_come_back(home: Home) -> None:
    async with running(home) as state:
        for name in ("postgres", "order"):
            os.kill(state.children[name].pid, signal.SIGKILL)

        assert await until(lambda: is_well(home, unlike=state), patience=30)


async def test_after_the_end_nothing_runs_and_status_says_so(home: Home) -> None:
    async with running(home) as state:
        pass

    assert [name for name, child in state.children.items() if is_alive(child)] == []
    with pytest.raises(StackError, match="no stack runs in"):
        await status(home)


async def test_moving_the_clock_wakes_those_who_wait(home: Home) -> None:
    async with running(home) as state, LocalClock(home) as clock:
        woken = asyncio.Event()
        connection = await asyncpg.connect(state.services["order"].database)
        await connection.add_listener("clock", lambda *_: woken.set())

        clock.advance(timedelta(days=1))
        await clock.wake()

        await asyncio.wait_for(woken.wait(), timeout=5)
        await connection.close()


@asynccontextmanager
async def running(home: Home) -> AsyncIterator[State]:
    """The state as it was once all were ready."""
    ended = asyncio.Event()
    ready: asyncio.Future[State] = asyncio.get_running_loop().create_future()
    stack = Stack(home, report=print, contents=CONTENTS)
    life = asyncio.create_task(
        stack.run(ready=lambda _: ready.set_result(home.load()), ended=ended)
    )
    await asyncio.wait((life, ready), return_when=asyncio.FIRST_COMPLETED)
    if life.done():
        life.result()
    try:
        yield ready.result()
    finally:
        ended.set()
        await life


async def is_well(home: Home, *, unlike: State) -> bool:
    try:
        found = await status(home)
    except (OSError, asyncpg.PostgresError):
        return False
    server = found["postgres"]
    return (
        server is not None
        and server["pid"] not in (None, unlike.children["postgres"].pid)
        and found["services"]["order"]["pid"] != unlike.children["order"].pid
        and found["services"]["order"]["health"] == "SERVING"
    )


async def tell(state: State, sql: str) -> object:
    connection = await asyncpg.connect(state.services["order"].database)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def nothing(*_: str) -> None:
    """Neither layout nor topics: the stand-ins have no use for them."""


CONTENTS = Contents(
    services=("order", "ledger"),
    command=lambda _: (sys.executable, str(STAND_IN)),
    migrate=nothing,
    ensure_topics=nothing,
)
