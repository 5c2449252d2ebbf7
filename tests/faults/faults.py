"""The faults: each does its harm to a trial, ends it, and says since when recovery counts."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.local.stack import KAFKA, POSTGRES, SERVICES
from libs.runtime.clock import monotonic
from libs.runtime.waiting import pause
from tests.faults.machine import Shape
from tests.faults.trial import Strike, Trial

FREEZE_S_MAX = 20.0


@dataclass(frozen=True, slots=True)
class Case:
    """One fault, on a stack of the shape that it needs."""

    name: str
    strike: Strike
    shape: Shape | None = None


def kill(*names: str) -> Strike:
    async def strike(trial: Trial) -> float:
        await pause(trial.chance.uniform(0, 0.5))
        trial.machine.kill(*names)
        return monotonic()

    return strike


def freeze(name: str) -> Strike:
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


async def kill_backend(trial: Trial) -> float:
    """One of PostgreSQL's sessions, upon which the server throws out all others and recovers."""
    sessions = [pid for pid in children(trial.machine.pid(POSTGRES)) if "127.0.0.1" in title(pid)]
    trial.machine.signal(trial.chance.choice(sessions), signal.SIGKILL)
    return monotonic()


def title(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


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


BROKER = f"{KAFKA}.1"
CASES = {
    case.name: case
    for case in (
        *(Case(f"kill-{name}", kill(name)) for name in SERVICES),
        Case("kill-postgres", kill(POSTGRES)),
        Case("kill-backend", kill_backend),
        Case("kill-kafka", kill(BROKER)),
        Case("kill-all", kill(*SERVICES, POSTGRES, BROKER)),
        *(Case(f"freeze-{name}", freeze(name)) for name in SERVICES),
        Case("freeze-postgres", freeze(POSTGRES)),
        Case("freeze-kafka", freeze(BROKER)),
    )
}
