"""Processes that die, freeze, are sent home, or see another time than the others."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from deploy.local.stack import POSTGRES, SERVICES
from libs.runtime.clock import monotonic
from libs.runtime.waiting import pause
from tests.faults.checker.reading import databases
from tests.faults.trial import Strike, Trial

FREEZE_S_MAX = 20.0
DRAIN_S = 15.0


def kill(*names: str) -> Strike:
    async def strike(trial: Trial) -> float:
        await pause(trial.chance.uniform(0, 0.5))
        trial.machine.kill(*names)
        return monotonic()

    return strike


async def kill_any_copy(trial: Trial) -> float:
    """One of the two processes of some service: the other goes on, and takes its followers over."""
    trial.machine.kill(trial.chance.choice(trial.machine.names))
    return monotonic()


async def kill_backend(trial: Trial) -> float:
    """One of PostgreSQL's sessions, upon which the server throws out all others and recovers."""
    sessions = [pid for pid in children(trial.machine.pid(POSTGRES)) if "127.0.0.1" in title(pid)]
    trial.machine.signal(trial.chance.choice(sessions), signal.SIGKILL)
    return monotonic()


def freeze(name: str) -> Strike:
    """Stopped by a signal, as a virtual machine that is moved: it wakes up and knows of nothing."""

    async def strike(trial: Trial) -> float:
        machine, seconds = trial.machine, trial.chance.uniform(1, FREEZE_S_MAX)
        pids = [machine.pid(name), *children(machine.pid(name))]
        for pid in pids:
            machine.signal(pid, signal.SIGSTOP)
        await pause(seconds)
        for pid in pids:
            machine.signal(pid, signal.SIGCONT)
        return monotonic()

    return strike


async def drain(trial: Trial) -> float:
    """SIGTERM to one after the other, as at an upgrade. What was accepted is answered."""
    since = monotonic()
    for name in trial.chance.sample(SERVICES, k=len(SERVICES)):
        began = monotonic()
        await trial.machine.stop(name)
        if (took := monotonic() - began) > DRAIN_S:
            trial.find("drain", f"{name} took {took:.1f} s to end")
        await trial.machine.start(name)
    recovering = monotonic()
    await pause(1)  # Whoever was turned away asks again, and is on record.
    async for what in _answers_lost(trial, since):
        trial.find("drain", what)
    return recovering


RECORDED = """
    select recorded_at from request join fact using (stream_id, version)
    where request_id = $1::text::uuid
"""


async def _answers_lost(trial: Trial, since: float) -> AsyncIterator[str]:
    """Requests that were recorded, and whose senders were told that nobody is there."""
    addresses = {name: at.database for name, at in trial.machine.state.services.items()}
    async with databases(addresses) as opened:
        for call in trial.history.calls:
            for attempt in call.attempts:
                if not call.request_id or attempt.began < since or attempt.code != "UNAVAILABLE":
                    continue
                at = await opened[call.service].fetchval(RECORDED, call.request_id)
                if at is not None and attempt.ended_at is not None and at < attempt.ended_at:
                    yield f"{call.method} {call.request_id} was recorded, and not answered"


async def skew_clock(trial: Trial) -> float:
    """The order service is minutes ahead of the others, or behind them, and then right again."""
    minutes = trial.chance.choice((-5, -2, 2, 5))
    trial.machine.skew(timedelta(minutes=minutes))
    await pause(5)
    trial.machine.skew(timedelta())
    return monotonic()


def title(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""


def children(pid: int) -> list[int]:
    return list(_children(pid))


def _children(pid: int) -> Iterator[int]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(words[1]) == pid:
            yield int(stat.parent.name)
