"""A trial: a stack under load, something dies, all is well again, and then the checker looks."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from deploy.local.home import Home
from deploy.local.rest import Rest
from deploy.local.stack import SERVICES
from libs.contracts.order.v1 import order_service_pb2 as orders
from libs.runtime.clock import monotonic
from libs.runtime.waiting import pause
from tests.faults.catching_up import caught_up
from tests.faults.checker.evidence import Evidence
from tests.faults.checker.history import History
from tests.faults.checker.reading import databases, gather, read_topics
from tests.faults.checker.verdict import Violation, judge
from tests.faults.load import STOCKS, Load
from tests.faults.machine import Machine, Shape
from tests.faults.recorder import Recorder
from tests.faults.shop import Shop

RATE = 8.0
"""Orders a second: a fraction of what the stack can do, so that it recovers beside them."""

BEFORE_S, AFTER_S = 1.5, 1.0
KEPT = "acknowledged commands are kept"
REST_S = 120.0
RECOVERY_S = 90.0
UNPAID = {
    orders.ORDER_STATE_PENDING_RESERVATION,
    orders.ORDER_STATE_PENDING_PAYMENT,
    orders.ORDER_STATE_ACTION_REQUIRED,
}
TIMERS = (timedelta(minutes=6), timedelta(minutes=26), timedelta(hours=2))
"""The sweep of payments in doubt, the payment's deadline, and the end of the remorse hold."""

Strike = Callable[["Trial"], Awaitable[float]]
"""Does the harm and ends it; returns since when the system may be expected to recover."""


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one strike."""

    recovery: float
    stages: dict[str, float]
    """Of the recovery: until all serve, an order is paid, and everything is heard."""
    codes: Counter[str]
    """How attempts ended while it lasted: a fault that nobody felt was none."""
    violations: list[Violation]


@dataclass
class Trial:
    """One stack, on which strike follows strike; the evidence is that of all of them."""

    machine: Machine
    recorder: Recorder
    shop: Shop
    history: History
    chance: random.Random
    found: list[Violation] = field(default_factory=list)
    """What a strike saw itself; the checker adds what it finds."""
    broken: bool = False
    """Something was found: what the stack wrote is worth keeping."""
    notes: list[str] = field(default_factory=list)
    """Figures of a strike beside its recovery."""

    async def run(self, strike: Strike, *, rate: float = RATE) -> Run:
        before = len(self.history.calls)
        async with Load(self.recorder, self.shop, rate=rate, seed=self.chance.randrange(2**32)):
            await pause(BEFORE_S)
            since = await strike(self)
            stages = {name: at - since for name, at in (await self.recovered()).items()}
            await pause(AFTER_S)
        calls = self.history.calls[before:]
        codes = Counter(attempt.code for call in calls for attempt in call.attempts)
        return Run(stages["heard"], stages, codes, await self.violations())

    def find(self, check: str, what: str, *, promise: str = KEPT) -> None:
        self.found.append(Violation(promise, check, what))

    async def violations(self) -> list[Violation]:
        """Whatever is wrong once all that is on its way has arrived."""
        stuck = await self.come_to_rest()
        found = [*self.found, *stuck, *judge(await self.evidence())]
        self.broken |= bool(found)
        return found

    async def recovered(self) -> dict[str, float]:
        """Until an order that is placed now is paid, and everything said until then was heard."""
        async with asyncio.timeout(RECOVERY_S):
            await self.machine.are_serving(patience=RECOVERY_S)
            serving = monotonic()
            probe = await self.recorder.ask(
                "order", "PlaceOrder", self.shop.order(0), deadline=2, patience=RECOVERY_S
            )
            while probe.state in UNPAID:
                await pause(0.02)
                probe = await self.recorder.ask(
                    "order", "GetOrder", orders.GetOrderRequest(name=probe.name), deadline=2
                )
            paid = monotonic()
            await caught_up(self.machine)
        return {"serving": serving, "paid": paid, "heard": monotonic()}

    async def come_to_rest(self) -> list[Violation]:
        """Let everything arrive and every timer of the checkout run."""
        stuck = await self._rest("after the fault")
        for by in TIMERS:
            self.machine.advance(by)
            async with self.machine.clock as clock:
                await clock.wake()
            stuck += await self._rest(f"{by} later")
        return stuck

    async def replayed(self) -> list[Violation]:
        """The ledger's own commands rebuild the books from facts, and derive all that is stored."""
        found = []
        for command, sound in (("replay", b"equal to the live books"), ("check", b"sound")):
            ledger = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", "from services.ledger.cli import main; main()", command),
                env={**os.environ, "ENTREPOT_HOME": str(self.machine.home.folder)},
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            said, _ = await ledger.communicate()
            if ledger.returncode or sound not in said:
                found.append(Violation("books follow from facts", command, said.decode()))
        return found

    async def evidence(self) -> Evidence:
        records = await read_topics(self.machine.bootstrap, SERVICES)
        addresses = {name: at.database for name, at in self.machine.state.services.items()}
        async with databases(addresses) as opened:
            return await gather(opened, records, self.history, now=self.machine.clock.now())

    async def _rest(self, when: str) -> list[Violation]:
        try:
            async with (
                asyncio.timeout(REST_S + 10),
                Rest(self.machine.state, self.machine.clock) as rest,
            ):
                if await rest.come(patience=REST_S):
                    return []
        except TimeoutError:
            pass
        return [Violation("every order ends", "come_to_rest", f"no rest in {REST_S:.0f} s {when}")]


@asynccontextmanager
async def trial(
    *, seed: int, shape: Shape | None = None, stocks: tuple[int, ...] | None = None
) -> AsyncIterator[Trial]:
    folder = open_folder()
    broken = False
    try:
        async with Machine(Home(folder), shape).up() as machine:
            history = History()
            async with Recorder(machine.home, history, seed=seed) as recorder:
                shop = Shop(recorder, stocks or STOCKS)
                await shop.open()
                tried = Trial(machine, recorder, shop, history, random.Random(seed))
                yield tried
                broken = tried.broken
    except BaseException:
        broken = True
        raise
    finally:
        if broken:
            print(f"what it left is in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def open_folder() -> Path:
    """PostgreSQL, which never runs as root, must be able to enter it."""
    folder = Path(tempfile.mkdtemp(prefix="entrepot-"))
    folder.chmod(0o755)
    return folder
