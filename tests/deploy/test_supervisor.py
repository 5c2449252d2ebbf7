"""The supervisor keeps its parts alive, says so by name, and stops them all."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local.health import serves
from deploy.local.process import Program, StackError, run, until
from deploy.local.supervisor import Part, Supervisor
from libs.rpc import Caller, serve
from libs.rpc.refusals import Unauthenticated

SLEEPER = "import time; print('here', flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('here', flush=True); time.sleep(600)"
)


@pytest.fixture
def said() -> list[str]:
    return []


async def test_a_part_that_dies_is_named_and_started_again(tmp_path: Path, said: list[str]) -> None:
    supervisor = Supervisor(report=said.append)
    await supervisor.start(part("order", SLEEPER, tmp_path))
    first = supervisor.pids["order"]

    os.kill(first, signal.SIGKILL)
    await eventually(lambda: supervisor.pids.get("order", first) != first)

    second = supervisor.pids["order"]
    await supervisor.stop("order")
    assert "order was ended by signal 9; it is started again in 0.5 s" in said
    assert is_gone(first)
    assert is_gone(second)


async def test_what_cannot_start_is_an_error_with_its_last_words(
    tmp_path: Path, said: list[str]
) -> None:
    supervisor = Supervisor(report=said.append)

    with pytest.raises(StackError, match="no database to be found"):
        await supervisor.start(
            part("order", "raise SystemExit('no database to be found')", tmp_path)
        )

    assert supervisor.pids == {}


async def test_what_is_never_ready_is_an_error_and_can_still_be_stopped(
    tmp_path: Path, said: list[str]
) -> None:
    supervisor = Supervisor(report=said.append)

    with pytest.raises(StackError, match="order is not ready after 0 s"):
        await supervisor.start(part("order", SLEEPER, tmp_path, word="never said"), patience=0.2)

    left = supervisor.pids["order"]
    await supervisor.stop("order")
    assert is_gone(left)


async def test_what_does_not_heed_a_signal_is_killed(tmp_path: Path, said: list[str]) -> None:
    supervisor = Supervisor(report=said.append, patience=0.2)
    await supervisor.start(part("order", STUBBORN, tmp_path))
    stubborn = supervisor.pids["order"]

    await supervisor.stop("order")

    assert is_gone(stubborn)
    assert said[-1] == "order did not stop within 0 s and is killed"


async def test_a_stop_is_not_mistaken_for_a_death(tmp_path: Path, said: list[str]) -> None:
    supervisor = Supervisor(report=said.append)
    await supervisor.start(part("order", SLEEPER, tmp_path), part("ledger", SLEEPER, tmp_path))

    await supervisor.stop("order", "ledger")

    assert [line for line in said if "started again" in line] == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of such an end")
async def test_children_are_born_whole_while_calls_are_under_way(tmp_path: Path) -> None:
    """gRPC has a say in every fork, unless it is told not to."""
    server = await serve({}, listen="127.0.0.1:0", authenticator=Nobody())
    calls = [asyncio.create_task(keep_calling(server.address)) for _ in range(8)]
    program = Program(name="true", argv=("true",), log=tmp_path / "log")

    ends = [(await asyncio.to_thread(program.start)).wait() for _ in range(50)]

    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    await server.drain(0)
    assert ends == [0] * 50


async def test_a_tool_that_is_killed_has_said_nothing() -> None:
    with pytest.raises(StackError, match="sh was ended by signal 9"):
        await asyncio.to_thread(run, "sh", "-c", "kill -9 $$")


async def test_children_do_not_outlive_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import sys, time; from pathlib import Path; "
        "from deploy.local.process import Program; "
        "child = Program(name='c', argv=('sleep', '600'), log=Path(sys.argv[1])).start(); "
        "print(child.pid, flush=True); time.sleep(600)",
        str(tmp_path / "log"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())

    parent.kill()
    await parent.wait()

    await eventually(lambda: is_gone(child))


class Nobody:
    """Knows no caller; whoever asks for health need not be known."""

    def authenticate(self, authorization: str | None) -> Caller:
        raise Unauthenticated("who are you?")


async def keep_calling(address: str) -> None:
    while True:
        assert await serves(address)


def part(name: str, code: str, folder: Path, *, word: str = "here") -> Part:
    """A child that is ready once it has said the word."""
    program = Program(name=name, argv=(sys.executable, "-c", code), log=folder / f"{name}.log")

    async def ready(_pid: int) -> None:
        await eventually(lambda: word in program.last_words())

    return Part(name=name, program=lambda: program, ready=ready)


def is_gone(pid: int) -> bool:
    """Gone, or dead and waiting for a parent that is gone itself to look."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


async def eventually(condition: Callable[[], bool]) -> None:
    async def holds() -> bool:
        return condition()

    assert await until(holds, patience=10, every=0.01)
