"""World: what every scene has at hand, and how it waits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from uuid import UUID

from deploy.local.clock import LocalClock
from deploy.local.demo.books import Books
from deploy.local.demo.players import Players
from deploy.local.demo.story import Story
from deploy.local.demo.trace import Traces
from deploy.local.home import Home, State
from deploy.local.process import StackError, until
from deploy.local.rest import Rest
from libs.domain import derived_id
from libs.money import Money

PATIENCE_S = 30.0


class DemoFailed(StackError):
    """Something did not go as the story says; which is what the story is for."""


@dataclass(frozen=True, slots=True)
class Run:
    """One evening of possibly many on the same stack: its number keeps their ids apart."""

    number: int

    def request(self, *parts: str | int) -> str:
        """The id of a request: the same evening asks for the same thing under the same id."""
        return str(derived_id("demo", self.number, *parts))

    def slug(self, key: str) -> str:
        return f"{key}-{self.number}"


def common(*parts: str | int) -> str:
    """The id of a request that all evenings share: a market is opened once."""
    return str(derived_id("demo", *parts))


@dataclass(slots=True, kw_only=True)
class Purchase:
    """An order as the story follows it. `traceparent` is where its trace began."""

    who: str
    name: str
    traceparent: str
    total: Money
    buyer: str
    states: list[str] = field(default_factory=list)

    @property
    def id(self) -> UUID:
        return UUID(self.name.removeprefix("orders/"))

    @property
    def state(self) -> str:
        return self.states[-1] if self.states else ""


@dataclass(slots=True, kw_only=True)
class World:
    home: Home
    state: State
    run: Run
    players: Players
    clock: LocalClock
    rest: Rest
    story: Story
    books: Books
    traces: Traces
    purchases: dict[str, Purchase] = field(default_factory=dict)

    async def at(self, when: datetime) -> None:
        """Let business time come to a moment, once nobody has anything left to do before."""
        if not await self.rest.come(patience=PATIENCE_S):
            raise DemoFailed(f"the services have not come to rest in {PATIENCE_S:.0f} s")
        self.clock.reach(when)
        await self.clock.wake()

    async def later(self, delta: timedelta) -> None:
        await self.at(self.clock.now() + delta)

    async def day(self, evening: datetime, days: int, hour: int) -> None:
        """So many days after the evening, at an hour."""
        date = evening.date() + timedelta(days=days)
        await self.at(datetime.combine(date, time(hour), evening.tzinfo))

    async def wait(self, what: str, is_so: Callable[[], Awaitable[bool]]) -> None:
        if not await until(is_so, patience=PATIENCE_S):
            raise DemoFailed(f"{what}: it was not so after {PATIENCE_S:.0f} s")
