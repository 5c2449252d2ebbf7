"""The thin path, placed to paid out, on the fake and on the real stack: both tell the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
)
from datetime import timedelta
from pathlib import Path

import pytest

from deploy.fake.remote import FakeClock
from deploy.local.clock import LocalClock
from deploy.local.demo.players import Players
from deploy.local.home import Home
from deploy.local.rest import Rest
from deploy.local.stack import SERVICES
from libs.money import Money
from tests.system.thin_path import PassTime, Place, play

ENTREPOT = (sys.executable, "-m", "deploy.local")
START = "2026-03-01T12:00"
CPU_SECONDS_MAX = 1.0
PATIENCE_S = 60.0
NOT_YET = {
    "aiokafka",
    "duckdb",
    "ibis",
    "numpy",
    "opentelemetry.exporter",
    "protovalidate",
    "pyarrow",
    "pydantic_settings",
    *(f"services.{name}.wiring" for name in SERVICES),
}
"""What takes long to load, and is not needed to listen."""
UNTIL_READY = """
import builtins, os, sys
from deploy.local import cli

def told(*_, **__):
    os.write(1, "\\n".join(sys.modules).encode())
    os._exit(0)

builtins.print = told
cli.main()
"""
"""The command, which ends with the names of all modules when it says that it is ready."""


@contextmanager
def open_home() -> Iterator[Home]:
    folder = Path(tempfile.mkdtemp(prefix="entrepot-"))
    folder.chmod(0o755)
    try:
        yield Home(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_fake(home: Home) -> Iterator[subprocess.Popen[str]]:
    """From the moment that it says it is ready."""
    command = [*ENTREPOT, "fake", "--listen", "127.0.0.1:0", "--clock", START]
    with subprocess.Popen(command, env=living_in(home), stdout=subprocess.PIPE, text=True) as fake:
        try:
            assert fake.stdout is not None
            assert "ready" in fake.stdout.readline()
            yield fake
        finally:
            fake.terminate()
            assert fake.wait(PATIENCE_S) == 0


def living_in(home: Home) -> dict[str, str]:
    return {**os.environ, "ENTREPOT_HOME": str(home.folder)}


@contextmanager
def running_stack(home: Home) -> Iterator[None]:
    subprocess.run([*ENTREPOT, "up", "--detach"], env=living_in(home), check=True)
    try:
        yield
    finally:
        subprocess.run([*ENTREPOT, "down"], env=living_in(home), check=False)


@asynccontextmanager
async def fake(home: Home) -> AsyncIterator[PassTime]:
    clock = FakeClock(home)

    async def pass_time(delta: timedelta) -> None:
        await clock.advance(delta)

    yield pass_time


@asynccontextmanager
async def stack(home: Home) -> AsyncIterator[PassTime]:
    async with LocalClock(home) as clock, Rest(home.running(), clock) as rest:

        async def pass_time(delta: timedelta) -> None:
            assert await rest.come(patience=PATIENCE_S)
            clock.advance(delta)
            await clock.wake()
            assert await rest.come(patience=PATIENCE_S)

        yield pass_time


@pytest.mark.parametrize(("run", "time"), [(running_fake, fake), (running_stack, stack)])
async def test_an_order_goes_its_way_and_the_books_follow(
    run: Callable[[Home], AbstractContextManager[object]],
    time: Callable[[Home], AbstractAsyncContextManager[PassTime]],
) -> None:
    with open_home() as home, run(home):
        players = Players(home, home.running())
        async with time(home) as pass_time:
            told = await play(Place(players, pass_time))
        await players.leave()

    assert told.way[-2:] == ["ON_HOLD", "COMPLETED"]
    assert told.refunded == Money(60_00, "GBP")
    # GMV is net of tax.
    assert (told.gross, told.net) == (Money(100_00, "GBP"), Money(50_00, "GBP"))
    assert told.sums
    assert not any(told.sums.values())
    assert told.statements > 0
    assert told.on_its_way == 0
    assert told.replayed


def test_the_fake_is_ready_in_less_than_a_second() -> None:
    """Of a processor's time, since the machine may be busy with other tests."""
    with open_home() as home, running_fake(home) as fake:
        fields = Path(f"/proc/{fake.pid}/stat").read_text().rpartition(")")[2].split()
        seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    assert seconds < CPU_SECONDS_MAX


def test_the_fake_is_ready_before_it_has_loaded_what_it_can_do_without() -> None:
    with open_home() as home:
        told = subprocess.run(
            [sys.executable, "-c", UNTIL_READY, "fake", "--listen", "127.0.0.1:0"],
            env=living_in(home),
            capture_output=True,
            text=True,
            check=True,
        )

    loaded = set(told.stdout.splitlines())
    assert {"grpc", "libs.rpc.server"} <= loaded
    assert loaded & NOT_YET == set()


def test_the_commands_of_the_stack_find_the_fake() -> None:
    with open_home() as home, running_fake(home):
        told = subprocess.run(
            [*ENTREPOT, "clock", "advance", "8d"],
            env=living_in(home),
            capture_output=True,
            text=True,
            check=True,
        )
        status = subprocess.run(
            [*ENTREPOT, "status", "--json"],
            env=living_in(home),
            capture_output=True,
            text=True,
            check=True,
        )

    assert told.stdout.strip() == "2026-03-09T12:00:00+00:00"
    services = json.loads(status.stdout)["services"]
    assert {it["health"] for it in services.values()} == {"SERVING"}
