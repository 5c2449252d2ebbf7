"""The supervisor as a process: in the foreground, in the background, and told to end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from deploy.local.home import Home, State
from deploy.local.process import StackError
from deploy.local.stack import Stack

UP = (sys.executable, "-m", "deploy.local", "up")
NAME = "supervisor"


def run(stack: Stack, ready: Callable[[State], None]) -> None:
    """Until Ctrl-C or SIGTERM. Asked twice it is no faster: an orderly end is bounded anyway."""
    # gRPC would otherwise hook into every start of a child, and say so on the terminal.
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

    async def main() -> None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for end in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(end, ended.set)
        await stack.run(ready=ready, ended=ended)

    asyncio.run(main())


def detach(home: Home) -> State:
    """Start a supervisor that outlives the terminal, and return once it says that all is ready.

    It says so on a pipe, which also ends when it dies: there is nothing to poll.
    """
    listen, say = os.pipe()
    log = home.log(NAME)
    with log.open("ab") as output:
        begin = output.tell()
        process = subprocess.Popen(
            [*UP, "--ready-fd", str(say)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=[say],
        )
    os.close(say)
    with os.fdopen(listen, "rb") as heard:
        if heard.read():
            return home.load()
    process.wait()
    words = log.read_bytes()[begin:].decode(errors="replace").strip()
    raise StackError(words or f"the supervisor ended with status {process.returncode}")


def end(home: Home, *, patience: float = 90) -> None:
    pid = home.running().supervisor
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while home.is_held():
        if time.monotonic() > deadline:
            raise StackError(f"the supervisor (process {pid}) does not end: see {home.log(NAME)}")
        time.sleep(0.05)
