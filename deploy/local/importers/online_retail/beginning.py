"""Beginning: a stack that has recorded nothing yet may begin on the file's first day.

Business time never goes back, because deadlines have fired and books were closed. Where no fact
was ever recorded nothing has fired and nothing was closed.
"""

import asyncio
import mmap
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import asyncpg

from deploy.local.clock import SIZE, LocalClock
from deploy.local.home import Home
from deploy.local.process import StackError

HOUR = timedelta(hours=1)


async def begin(home: Home, clock: LocalClock, first: datetime) -> None:
    """See to it that business time is not past the first day before anything of it was played."""
    if clock.now() <= first:
        return
    databases = [service.database for service in home.running().services.values()]
    if not await _untouched(databases):
        raise StackError(
            f"business time is {clock.now():%Y-%m-%d} already, and the file begins on "
            f"{first:%Y-%m-%d}: import it into a fresh stack, such as "
            "`ENTREPOT_HOME=.entrepot-import entrepot up`"
        )
    _set(home, first - HOUR)


async def _untouched(databases: Iterable[str]) -> bool:
    return not any(await asyncio.gather(*map(_has_facts, databases)))


async def _has_facts(database: str) -> bool:
    connection = await asyncpg.connect(database)
    try:
        return bool(await connection.fetchval("select exists (select from fact)"))
    finally:
        await connection.close()


def _set(home: Home, when: datetime) -> None:
    with home.clock.open("r+b") as file, mmap.mmap(file.fileno(), SIZE) as memory:
        offset = memoryview(memory).cast("q")
        offset[0] = (when - datetime.now(UTC)) // timedelta(microseconds=1)
        offset.release()
