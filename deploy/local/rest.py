"""Rest: nothing that a service has recorded still waits for another one, or for its time.

Whoever moves the clock by days waits for it. Time would else pass between a fact and what follows
from it, which never takes long enough for that to matter: a reservation would run out while the
news of its payment is on the way.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime
from types import TracebackType
from typing import NamedTuple, Self

import asyncpg

from deploy.local.clock import LocalClock
from deploy.local.home import State
from deploy.local.lag import ConsumerLags
from deploy.local.process import until

LOOK = """
    with last as (
        select tx::text::bigint as tx, position from fact
        order by fact.tx desc, fact.position desc limit 1
    )
    select
        coalesce((select position from last), 0) as position,
        exists (
            select from mark, last
            where name <> 'deadlines' and (mark.tx, mark.position) < (last.tx, last.position)
        ) or exists (select from deadline where due_at <= $1) as busy
"""


class Look(NamedTuple):
    """How far every service has come, and whether any has something to do."""

    positions: tuple[int, ...]
    busy: bool


class Rest:
    def __init__(self, state: State, clock: LocalClock) -> None:
        self._state = state
        self._clock = clock
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        assert self._state.kafka is not None, "a stack that runs has a broker"
        self._lags = await self._open.enter_async_context(ConsumerLags(self._state.kafka.address))
        self._databases = await asyncio.gather(
            *(asyncpg.connect(service.database) for service in self._state.services.values())
        )
        for database in self._databases:
            self._open.push_async_callback(database.close)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._open.aclose()

    async def come(self, *, patience: float) -> bool:
        """Whether it came in time: two looks that see the same, and nobody busy.

        One would not do. What a service does about a message is recorded before the message counts
        as dealt with, so that a second look sees either one or the other.
        """
        before = Look((), True)

        async def nothing_moved() -> bool:
            nonlocal before
            seen, before = before, await self._look()
            return not before.busy and before == seen

        return await until(nothing_moved, patience=patience)

    async def _look(self) -> Look:
        lags = await self._lags.of(self._state.services)
        now = self._clock.now()
        rows = await asyncio.gather(*(self._ask(database, now) for database in self._databases))
        return Look(
            tuple(position for position, _ in rows),
            any(lags.values()) or any(busy for _, busy in rows),
        )

    @staticmethod
    async def _ask(database: asyncpg.Connection, now: datetime) -> tuple[int, bool]:
        (row,) = await database.fetch(LOOK, now)
        return row["position"], row["busy"]
