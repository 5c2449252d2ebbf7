"""Programs that run beside us, and never outlive us unnoticed."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypedDict, TypeVar

T = TypeVar("T")


class StackError(Exception):
    """A foreseeable reason why the stack cannot do what was asked, in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run, as whom, where its words go, and by which signals it ends."""

    name: str
    argv: tuple[str, ...]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL

    def start(self) -> subprocess.Popen[bytes]:
        with self.open_log() as log:
            return subprocess.Popen(self.argv, **self.options(log))

    def open_log(self) -> IO[bytes]:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        return self.log.open("ab")

    def options(self, log: IO[bytes]) -> SpawnOptions:
        """What `subprocess` and `asyncio.create_subprocess_exec` both take.

        A session of its own keeps a Ctrl-C in the terminal from reaching the child: the
        supervisor decides the order in which things stop.
        """
        return {
            "stdin": subprocess.DEVNULL,
            "stdout": log,
            "stderr": subprocess.STDOUT,
            "env": {**os.environ, **self.environment},
            "start_new_session": True,
            "preexec_fn": dies_with_parent(self.orphan_signal),
            "user": self.user,
            "group": self.user,
            "extra_groups": None if self.user is None else [],
        }

    def last_words(self, count: int = 8) -> str:
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])


class SpawnOptions(TypedDict):
    stdin: int
    stdout: IO[bytes]
    stderr: int
    env: dict[str, str]
    start_new_session: bool
    preexec_fn: Callable[[], None] | None
    user: str | None
    group: str | None
    extra_groups: list[str | int] | None


def run(*argv: str | Path, user: str | None = None, cwd: Path | None = None) -> str:
    """A tool that does one thing and ends."""
    done = subprocess.run(
        argv,
        check=False,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        cwd=cwd,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip()
        raise StackError(f"{Path(argv[0]).name} failed: {words}")
    return done.stdout


def stop(process: subprocess.Popen[bytes], by: signal.Signals, *, patience: float) -> None:
    """Ask with a signal, wait, and insist."""
    if process.poll() is not None:
        return
    process.send_signal(by)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def dies_with_parent(by: signal.Signals) -> Callable[[], None] | None:
    """Have Linux signal the child when its parent's thread is gone, even by kill -9.

    The kernel forgets the wish when the user changes, so it must come after that, in the
    child and right before exec; subprocess calls `preexec_fn` there. Other systems have
    nothing like it: there, the next start ends what was left over.
    """
    if sys.platform != "linux":
        return None
    prctl, parent = _LIBC.prctl, os.getpid()

    def tie() -> None:
        prctl(_PR_SET_PDEATHSIG, int(by))
        if os.getppid() != parent:  # it died before we could ask
            os.kill(os.getpid(), signal.SIGKILL)

    return tie


def free_port(preferred: int | None = None) -> int:
    """A loopback port that nobody listens on: the preferred one if it still is free."""
    for port in (preferred, 0):
        if port is None:
            continue
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StackError("no free port is left on 127.0.0.1")


def finish(work: Coroutine[None, None, T]) -> T:
    """Run a coroutine to its end from plain code, whether or not a loop runs above it."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()


# Loaded before any fork: the child between fork and exec must not import.
_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
