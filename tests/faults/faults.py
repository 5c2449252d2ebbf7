"""The faults by name, each with the stack that it needs."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from deploy.local.stack import KAFKA, POSTGRES, SERVICES
from tests.faults.drop import drop
from tests.faults.machine import Shape
from tests.faults.overload import overload
from tests.faults.strikes.brokers import kill_controller, kill_coordinator, kill_leader, kill_two
from tests.faults.strikes.databases import (
    DISK,
    FEW_CONNECTIONS,
    cut_commits,
    cut_network,
    fill_disk,
    hog_connections,
    small_disk,
)
from tests.faults.strikes.messages import churn, repeat, rewind
from tests.faults.strikes.processes import (
    drain,
    freeze,
    kill,
    kill_any_copy,
    kill_backend,
    skew_clock,
)
from tests.faults.trial import Strike


@dataclass(frozen=True, slots=True)
class Case:
    """One fault, on a stack of the shape that it needs."""

    name: str
    strike: Strike
    shape: Shape | None = None
    cannot_run: str = ""
    """Why not on this machine; empty where it can."""
    small_disk: bool = False

    def ground(self) -> AbstractContextManager[None]:
        """What must be there before the stack is."""
        return small_disk() if self.small_disk else nullcontext()


BROKER = f"{KAFKA}.1"
TWO_COPIES = Shape(copies=2)
PROXIED = Shape(proxied=True)
THREE_BROKERS = Shape(brokers=3)
NOT_ROOT = "" if os.geteuid() == 0 else "only root may mount a small disk"

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
        Case("drain", drain),
        Case("copies", kill_any_copy, TWO_COPIES),
        Case("overload", overload),
        Case("drop", drop(kill=False)),
        Case("drop-kill", drop(kill=True)),
        Case("drop-copies", drop(kill=True), TWO_COPIES),
        Case("rewind", rewind),
        Case("repeat", repeat),
        Case("churn", churn),
        Case("commit", cut_commits, PROXIED),
        Case("network", cut_network, PROXIED),
        Case("connections", hog_connections, Shape(postgres={"max_connections": FEW_CONNECTIONS})),
        Case("disk", fill_disk, Shape(postgres_folder=DISK / "postgres"), NOT_ROOT, True),
        Case("clock", skew_clock, Shape(own_clock="order")),
        Case("leader", kill_leader, THREE_BROKERS),
        Case("coordinator", kill_coordinator, THREE_BROKERS),
        Case("controller", kill_controller, THREE_BROKERS),
        Case("two-brokers", kill_two, THREE_BROKERS),
    )
}
