"""Processes: what each part of a stack used of the processor and holds in memory, from /proc."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from deploy.local.home import Home

PROC = Path("/proc")
CLIENT = "client"
_TICK = os.sysconf("SC_CLK_TCK")


def pids(home: Home) -> dict[str, int]:
    """The parts of a running stack, and us who load it."""
    return {name: it.pid for name, it in home.load().children.items()} | {CLIENT: os.getpid()}


def cpu_seconds(of: Mapping[str, int]) -> dict[str, float]:
    """Used so far, with all that each process has started and not only itself."""
    return {name: sum(map(_seconds, _family(pid))) for name, pid in of.items()}


def resident_megabytes(pid: int) -> float:
    """Of the process alone; the pages of a server's shared memory would count once a session."""
    for line in (PROC / str(pid) / "status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def _family(pid: int) -> Iterator[int]:
    """A process and those under it. The client's are the stack itself, or nobody's."""
    yield pid
    if pid != os.getpid():
        for child in _children(pid):
            yield from _family(child)


def _children(pid: int) -> list[int]:
    try:
        tasks = list((PROC / str(pid) / "task").iterdir())
        return [int(it) for task in tasks for it in (task / "children").read_text().split()]
    except OSError:
        return []


def _seconds(pid: int) -> float:
    """Its own time and that of its children that have ended and were waited for."""
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return 0.0
    ticks = stat.rpartition(")")[2].split()[11:15]
    own = ticks[:2] if pid == os.getpid() else ticks
    return sum(map(int, own)) / _TICK
