"""Keeps processes alive: starts them, notices when one dies, and stops them in order."""

from __future__ import annotations

import asyncio
import time
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from deploy.local.process import Program, StackError, all_or_none

STEADY_SECONDS = 10.0
PAUSE_SECONDS_MAX = 10.0
FIRST_ATTEMPTS = 3

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Something to keep alive: what must be there first, what runs, and when it is of use."""

    name: str
    program: Callable[[], Program]
    ready: Callable[[int], Awaitable[None]]
    prepare: Callable[[], None] = lambda: None


class Supervisor:
    def __init__(
        self,
        *,
        report: Report,
        changed: Callable[[], None] = lambda: None,
        patience: float = 15,
    ) -> None:
        self._report = report
        self._changed = changed
        self._patience = patience
        self._keepers: dict[str, Keeper] = {}

    @property
    def pids(self) -> dict[str, int]:
        return {name: keeper.pid for name, keeper in self._keepers.items() if keeper.pid}

    async def start(self, *parts: Part, patience: float = 60) -> None:
        """All at once; back when all are ready. One that cannot start is an error."""
        keepers = [Keeper(part, report=self._report, changed=self._changed) for part in parts]
        self._keepers |= {keeper.name: keeper for keeper in keepers}
        async with all_or_none() as tasks:
            for keeper in keepers:
                tasks.create_task(keeper.start(patience))

    async def stop(self, *names: str) -> None:
        """All at once; back when all are gone. Those that never ran are skipped."""
        keepers = [self._keepers[name] for name in names if name in self._keepers]
        await asyncio.gather(*(keeper.stop(self._patience) for keeper in keepers))


class Keeper:
    """One part and its present process. A part that was ready once is started for ever again."""

    def __init__(self, part: Part, *, report: Report, changed: Callable[[], None]) -> None:
        self.name = part.name
        self._part = part
        self._report = report
        self._changed = changed
        self._process: Process | None = None
        self._was_ready = asyncio.Event()
        self._stopping = asyncio.Event()
        self._life: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def start(self, patience: float) -> None:
        self._life = asyncio.create_task(self._keep(), name=f"keep {self.name}")
        ready = asyncio.create_task(self._was_ready.wait())
        try:
            await asyncio.wait(
                (self._life, ready), timeout=patience, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            ready.cancel()
        if self._life.done():
            self._life.result()
        elif not self._was_ready.is_set():
            raise self._failure(f"is not ready after {patience:.0f} s")

    async def stop(self, patience: float) -> None:
        if self._life is None:
            return
        self._stopping.set()
        if self._process is not None:
            self._signal(self._part.program().stop_signal)
        done, _ = await asyncio.wait((self._life,), timeout=patience)
        if not done:
            self._report(f"{self.name} did not stop within {patience:.0f} s and is killed")
            if self._process is not None:
                self._process.kill()
        await asyncio.gather(self._life, return_exceptions=True)

    async def _keep(self) -> None:
        quick_deaths = 0
        while not self._stopping.is_set():
            born = time.monotonic()
            try:
                end = await self._live()
            except StackError as error:
                if not self._was_ready.is_set():
                    raise
                end = f"cannot be started ({error})"
            if self._stopping.is_set():
                return
            steady = time.monotonic() - born > STEADY_SECONDS
            quick_deaths = 0 if steady else quick_deaths + 1
            if not self._was_ready.is_set() and quick_deaths >= FIRST_ATTEMPTS:
                raise self._failure(f"does not start: it {end}")
            pause = self._pause(quick_deaths)
            self._report(f"{self.name} {end}; it is started again in {pause:.1f} s")
            await self._rest(pause)

    async def _live(self) -> str:
        """From start to end of one process, told as the predicate of a sentence."""
        await asyncio.to_thread(self._part.prepare)
        if self._stopping.is_set():
            return "was not started"
        program = self._part.program()
        try:
            with program.open_log() as log:
                process = await asyncio.create_subprocess_exec(
                    *program.argv, **program.options(log)
                )
        except OSError as error:
            raise StackError(f"{program.argv[0]} cannot be run: {error.strerror}") from error
        self._process = process
        self._changed()
        readiness = asyncio.create_task(self._announce(process.pid))
        try:
            code = await process.wait()
        finally:
            readiness.cancel()
            self._process = None
            self._changed()
        return f"was ended by signal {-code}" if code < 0 else f"ended with status {code}"

    async def _announce(self, pid: int) -> None:
        born = time.monotonic()
        await self._part.ready(pid)
        self._was_ready.set()
        self._report(f"{self.name} is ready after {time.monotonic() - born:.1f} s")

    async def _rest(self, seconds: float) -> None:
        """A pause that a stop cuts short."""
        await asyncio.wait((asyncio.create_task(self._stopping.wait()),), timeout=seconds)

    def _pause(self, quick_deaths: int) -> float:
        return 0.1 if quick_deaths == 0 else min(0.25 * 2**quick_deaths, PAUSE_SECONDS_MAX)

    def _signal(self, by: int) -> None:
        assert self._process is not None
        with suppress(ProcessLookupError):  # it went by itself since we looked
            self._process.send_signal(by)

    def _failure(self, what: str) -> StackError:
        return StackError(f"{self.name} {what}\n{self._part.program().last_words()}".rstrip())
