"""Profile: where the processor's time goes while orders are placed, per process and per stage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from deploy.local.home import Home
from deploy.local.stack import SERVICES
from tests.benchmarks.processes import cpu_seconds, pids
from tests.benchmarks.stages import Sampler, program

SHOWN_SHARE = 0.02


class Profile:
    """Begins when it is made; stacks are sampled for some seconds, if py-spy is there."""

    def __init__(self, home: Home, place: Path, *, seconds: float) -> None:
        self._pids = pids(home)
        services = {name: pid for name, pid in self._pids.items() if name in SERVICES}
        self._sampler = Sampler(services, place, seconds=seconds) if program() else None
        self._before = cpu_seconds(self._pids)

    def show(self, console: Console, *, orders: int, seconds: float) -> None:
        after = cpu_seconds(self._pids)
        used = {name: after[name] - self._before[name] for name in after}
        console.print(by_process(used, orders=orders, seconds=seconds))
        if self._sampler is None:
            console.print("per stage: skipped, py-spy is not there (`uv sync` installs it)")
            return
        console.print(by_stage(self._sampler.stages(), used, orders=orders))


def by_process(used: Mapping[str, float], *, orders: int, seconds: float) -> Table:
    table = Table("process", "CPU s", "of a core", "ms an order", title="CPU by process")
    for name, cpu in (*sorted(used.items(), key=lambda it: -it[1]), ("all", sum(used.values()))):
        table.add_row(name, f"{cpu:.2f}", f"{cpu / seconds:.0%}", f"{cpu / orders * 1000:.3f}")
    return table


def by_stage(
    stages: Mapping[str, Counter[str]], used: Mapping[str, float], *, orders: int
) -> Table:
    """A process's own time, shared out as its samples fall."""
    table = Table("process", "stage", "of it", "ms an order", title="CPU by stage")
    for name in sorted(stages, key=lambda it: -used[it]):
        samples = stages[name].total()
        if not samples:
            table.add_row(name, "could not be sampled", "", "", end_section=True)
            continue
        for stage, count in stages[name].most_common():
            share = count / samples
            if share >= SHOWN_SHARE:
                each = used[name] * share / orders * 1000
                table.add_row(name, stage, f"{share:.0%}", f"{each:.3f}")
        table.add_section()
    return table
