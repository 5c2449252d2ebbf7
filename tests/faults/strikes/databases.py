"""A database that is cut off, taken by others, or full."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import asyncpg

from libs.runtime.clock import monotonic
from libs.runtime.waiting import pause
from tests.faults.trial import Trial

FEW_CONNECTIONS = "110"
"""Six services take some sixty when they are busy; the rest is for the hog."""

DISK = Path("/tmp/entrepot-small-disk")
DISK_SIZE = "260m"


async def cut_commits(trial: Trial) -> float:
    """Sessions are cut while they commit: nobody knows whether it counted."""
    assert trial.machine.proxy is not None, "its shape has one"
    proxy = trial.machine.proxy
    before = proxy.cuts
    proxy.arm(10, trial.chance.randrange(2**32))
    async with asyncio.timeout(30):
        while proxy.cuts < before + 10:
            await pause(0.05)
    trial.notes.append(f"{proxy.lost_answers} of {proxy.cuts} commits counted, and were cut off")
    return monotonic()


async def cut_network(trial: Trial) -> float:
    """Services and database lose each other, at whatever they are."""
    assert trial.machine.proxy is not None, "its shape has one"
    for _ in range(5):
        trial.machine.proxy.cut_all()
        await pause(trial.chance.uniform(0.1, 1))
    return monotonic()


async def hog_connections(trial: Trial) -> float:
    """Somebody takes every connection that is left, while the services' own are cut off too."""
    dsn = trial.machine.server.dsn()
    hogged: list[asyncpg.Connection] = []
    try:
        async with asyncio.timeout(8):
            while True:
                with suppress(asyncpg.TooManyConnectionsError):
                    hogged.append(await asyncpg.connect(dsn))
                    continue
                await hogged[0].execute(CUT_SOME, trial.chance.randint(1, 10))
                await pause(0.2)
    except TimeoutError:
        pass
    finally:
        for connection in hogged:
            connection.terminate()
    return monotonic()


CUT_SOME = """
    select pg_terminate_backend(pid) from (
        select pid from pg_stat_activity where datname like 'entrepot%' order by random() limit $1
    ) session
"""


async def fill_disk(trial: Trial) -> float:
    """No byte is left where PostgreSQL writes; after a while there is room again."""
    ballast = DISK / "ballast"
    dd = ("dd", "if=/dev/zero", f"of={ballast}", "bs=64k")
    await (await asyncio.create_subprocess_exec(*dd, stderr=subprocess.DEVNULL)).wait()
    await pause(trial.chance.uniform(3, 8))
    ballast.unlink()
    return monotonic()


@contextmanager
def small_disk() -> Iterator[None]:
    """A disk of its own for PostgreSQL: memory, which ends with the case."""
    DISK.mkdir()
    options = ("-o", f"size={DISK_SIZE},mode=0755")
    subprocess.run(["mount", "-t", "tmpfs", *options, "tmpfs", DISK], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", DISK], check=True)
        DISK.rmdir()
