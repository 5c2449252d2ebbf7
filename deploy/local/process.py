"""Programs that run beside us, and never outlive us unnoticed."""

from __future__ import annotations

import asyncio
import ctypes
import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypedDict, TypeVar

T = TypeVar("T")

# What gRPC does in a child between fork and exec kills one child in three while calls are under
# way. None of ours calls anybody before it has become another program.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")


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
    try:
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
    except OSError as error:
        raise StackError(f"{argv[0]} cannot be run: {error.strerror}") from error
    if done.returncode < 0:
        raise StackError(f"{Path(argv[0]).name} was ended by signal {-done.returncode}")
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
    return free_ports({"": preferred})[""]


def free_ports(wanted: Mapping[str, int | None]) -> dict[str, int]:
    """Loopback ports that nobody listens on, by name: the wanted one where it still is free.

    All are held until the last is found, so that no two names get the same one.
    """
    with ExitStack() as held:
        return {
            name: _bind(held.enter_context(socket.socket()), preferred)
            for name, preferred in wanted.items()
        }


def _bind(probe: socket.socket, preferred: int | None) -> int:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(("127.0.0.1", preferred or 0))
    except OSError:
        probe.bind(("127.0.0.1", 0))
    return int(probe.getsockname()[1])


def born(pid: int) -> str | None:
    """When a process began, in the system's own terms: a pid alone may be another's by now."""
    try:
        if sys.platform == "linux":
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
        return run("ps", "-o", "lstart=", "-p", str(pid)).strip()
    except (OSError, StackError):
        return None


async def until(
    is_so: Callable[[], Awaitable[bool]], *, patience: float = math.inf, every: float = 0.05
) -> bool:
    """Whether it came to be so in time. Other processes raise no event of ours to wait for."""
    deadline = time.monotonic() + patience
    while not await is_so():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(every)
    return True


@asynccontextmanager
async def all_or_none() -> AsyncIterator[asyncio.TaskGroup]:
    """Tasks of which none goes on once one has failed; the failure is raised as it was."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


def finish(work: Coroutine[None, None, T]) -> T:
    """Run a coroutine to its end from plain code, whether or not a loop runs above it."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()


# Loaded before any fork: the child between fork and exec must not import.
_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
