"""Stages: where in a service's code its time goes, by samples of its stacks that py-spy takes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

RATE = 200

ELSEWHERE: Final = "event loop and libraries"

STAGES: Final = (
    ("libs/runtime/service.py", ELSEWHERE),  # everything runs below it
    ("libs/rpc", "rpc: stages and servicers"),
    ("libs/messaging/consumer", "consumer"),
    ("libs/messaging/dispatch", "dispatch"),
    ("libs/messaging/relay", "relay"),
    ("libs/messaging/follower", "followers"),
    ("libs/messaging", "messages"),
    ("libs/eventstore/mapper", "store: facts to bytes and back"),
    ("libs/eventstore/postgres", "store: writer and loads"),
    ("libs/eventstore", "store: commands"),
    ("services/ledger/journal", "journal"),
    ("services/ledger/chain", "journal"),
    ("services/ledger/rules", "posting rules"),
    ("services/ledger/posting", "posting rules"),
    ("/domain/", "domain"),
    ("/policies.py", "policies"),
    ("/publishing.py", "publishing"),
    ("/readmodel.py", "projections"),
    ("services/", "commands and servicers"),
    ("libs/observability", "telemetry"),
    ("libs/runtime", "runtime"),
)
"""Parts of paths, and what the code there is for. The first that fits says it."""


def program() -> str | None:
    """py-spy, if it is there: beside this Python, or wherever programs are found."""
    beside = Path(sys.executable).with_name("py-spy")
    return str(beside) if beside.exists() else shutil.which("py-spy")


class Sampler:
    """Samples several processes for some seconds, those of their threads that hold the lock."""

    def __init__(self, of: Mapping[str, int], place: Path, *, seconds: float) -> None:
        self._files = {name: place / f"{name}.stacks" for name in of}
        spy = program()
        assert spy is not None, "ask for the program first"
        self._running = {
            name: subprocess.Popen(
                (
                    *(spy, "record", "--gil", "--nonblocking", "--full-filenames"),
                    *("--format", "raw", "--output", str(self._files[name])),
                    *("--rate", str(RATE), "--duration", str(round(seconds))),
                    *("--pid", str(pid)),
                ),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for name, pid in of.items()
        }

    def stages(self) -> dict[str, Counter[str]]:
        """Waits for the samples; empty for a process that could not be looked into."""
        for process in self._running.values():
            process.wait()
        return {
            name: stages_of(file.read_text().splitlines() if file.exists() else ())
            for name, file in self._files.items()
        }


def stages_of(stacks: Iterable[str]) -> Counter[str]:
    """Samples a stage, of lines like `outer (path:line);inner (path:line) 12`."""
    found: Counter[str] = Counter()
    for line in stacks:
        frames, _, samples = line.rpartition(" ")
        if samples.isdigit():
            found[stage_of(frames.split(";"))] += int(samples)
    return found


def stage_of(frames: Iterable[str]) -> str:
    """Of the innermost frame in code of ours: what a library does, it does for whoever called."""
    for frame in reversed(list(frames)):
        if "site-packages" in frame:
            continue
        for part, stage in STAGES:
            if part in frame:
                return stage
    return ELSEWHERE
