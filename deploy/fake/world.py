"""The world of the fake: six lives, one broker, one clock."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from deploy.fake.clock import MovableClock
from deploy.fake.deferred import deferred
from deploy.fake.life import Life
from deploy.fake.services import MAKE
from libs.messaging.memory import MemoryBroker
from libs.rpc.server import Adder
from libs.runtime.waiting import pause, yielded

LOOK_AGAIN_SECONDS = 0.001


class World:
    """Each service begins to live when it is first called, and all of them soon after the start:
    what was said before a service listened, the broker has kept for it."""

    def __init__(self, clock: MovableClock) -> None:
        self.clock = clock
        self.broker = MemoryBroker()
        self._lives: dict[str, Life] = {}
        self._working: list[asyncio.Task[None]] = []

    def servicers(self) -> Mapping[Adder, object]:
        return dict(deferred(name, partial(self._servicer, name)) for name in MAKE)

    async def begin(self) -> None:
        """Have all services live, with room for calls between one and the next."""
        for name in MAKE:
            self.life(name)
            await yielded()

    async def end(self) -> None:
        for task in self._working:
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)

    def life(self, name: str) -> Life:
        life = self._lives.get(name)
        if life is None:
            life = self._lives[name] = Life(MAKE[name](self.clock), self.broker)
            self._working.append(asyncio.create_task(life.live()))
        return life

    async def advance(self, by: timedelta) -> datetime:
        """Let time pass from one deadline to the next, each of them having its consequences.

        A jump would skip what happens in between: what is due on the fourth day may set what is
        due on the ninth.
        """
        until = self.clock.now() + by
        await self.rest()
        while (due := await self._next_due()) is not None and due <= until:
            await self._reach(due)
        await self._reach(until)
        return self.clock.now()

    async def rest(self) -> None:
        """Until nothing that anybody has recorded still waits for somebody, or is due."""
        await self.begin()
        while not all([await life.at_rest() for life in self._lives.values()]):
            await pause(LOOK_AGAIN_SECONDS)

    async def _reach(self, when: datetime) -> None:
        self.clock.reach(when)
        for life in self._lives.values():
            life.time_moved()
        await self.rest()

    async def _next_due(self) -> datetime | None:
        due = [await life.next_due() for life in self._lives.values()]
        return min((it for it in due if it is not None), default=None)

    def _servicer(self, name: str) -> Any:  # Of a class of its own in every service.
        (servicer,) = self.life(name).service.grpc.values()
        return servicer
