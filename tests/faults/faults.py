"""The faults: each does its harm to a trial, ends it, and says since when recovery counts."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
from collections.abc import Iterator
from contextlib import (
    AbstractContextManager,
    AsyncExitStack,
    contextmanager,
    nullcontext,
    suppress,
)
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local.stack import KAFKA, POSTGRES, SERVICES
from libs.runtime.clock import monotonic
from libs.runtime.waiting import pause
from tests.faults.checker.reading import PARTITIONS
from tests.faults.checker.verdict import Violation
from tests.faults.drop import drop
from tests.faults.machine import Shape
from tests.faults.overload import overload
from tests.faults.trial import Strike, Trial

FREEZE_S_MAX = 20.0
DRAIN_S = 15.0
FEW_CONNECTIONS = "110"
"""Six services take some sixty when they are busy; the rest is for the hog."""

DISK = Path("/tmp/entrepot-small-disk")
DISK_SIZE = "260m"


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


# Processes that die


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
    for name in trial.chance.sample(SERVICES, k=len(SERVICES)):
        began = monotonic()
        await trial.machine.stop(name)
        if (took := monotonic() - began) > DRAIN_S:
            what = f"{name} took {took:.1f} s to end"
            trial.found.append(Violation("acknowledged commands are kept", "drain", what))
        await trial.machine.start(name)
    return monotonic()


# Messages that come again, and groups that do not keep together


async def rewind(trial: Trial) -> float:
    """Every group's offsets are gone or stand somewhere before, as a new broker might have it."""
    chance = trial.chance
    await trial.machine.stop(*SERVICES)
    for name in SERVICES:
        await _rewind(trial.machine.bootstrap, f"entrepot.{name}", chance)
    await trial.machine.start(*SERVICES)
    return monotonic()


async def _rewind(bootstrap: str, group: str, chance: random.Random) -> None:
    """To the very beginning for half of the partitions, to anywhere for the others."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        committed = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    earlier = {
        place: 0 if chance.random() < 0.5 else chance.randint(0, at.offset)
        for place, at in committed.items()
        if at.offset > 0
    }
    if not earlier:
        return
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False
    )
    consumer.assign(list(earlier))
    await consumer.start()
    try:
        await consumer.commit(earlier)
    finally:
        await consumer.stop()


async def repeat(trial: Trial) -> float:
    """Old messages are on the topics again, as they were, behind and between new ones."""
    bootstrap, chance = trial.machine.bootstrap, trial.chance
    places = [TopicPartition(f"entrepot.{s}.v1", n) for s in SERVICES for n in range(PARTITIONS)]
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer, consumer:
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        for _ in range(5):
            for place, batch in (await consumer.getmany(timeout_ms=500)).items():
                for old in chance.sample(batch, k=len(batch) // 2):
                    await producer.send_and_wait(
                        place.topic, old.value, old.key, place.partition, headers=list(old.headers)
                    )
    return monotonic()


async def churn(trial: Trial) -> float:
    """Every second a stranger joins each group, is given partitions, and leaves them unread."""
    for _ in range(6):
        async with AsyncExitStack() as strangers:
            for name in SERVICES:
                stranger = AIOKafkaConsumer(
                    *(f"entrepot.{service}.v1" for service in SERVICES),
                    bootstrap_servers=trial.machine.bootstrap,
                    group_id=f"entrepot.{name}",
                    enable_auto_commit=False,
                    heartbeat_interval_ms=500,
                    session_timeout_ms=6_000,
                )
                with suppress(KafkaError):
                    await strangers.enter_async_context(stranger)
            await pause(trial.chance.uniform(0.2, 1))
    return monotonic()


# A database that is not what it should be


async def cut_commits(trial: Trial) -> float:
    """Sessions are cut while they commit: nobody knows whether it counted."""
    assert trial.machine.proxy is not None, "its shape has one"
    proxy = trial.machine.proxy
    before = proxy.cuts
    proxy.arm(10, trial.chance.randrange(2**32))
    async with asyncio.timeout(30):
        while proxy.cuts < before + 10:
            await pause(0.05)
    return monotonic()


async def cut_network(trial: Trial) -> float:
    """Services and database lose each other, at whatever they are."""
    assert trial.machine.proxy is not None, "its shape has one"
    for _ in range(5):
        trial.machine.proxy.cut_all()
        await pause(trial.chance.uniform(0.1, 1))
    return monotonic()


async def hog_connections(trial: Trial) -> float:
    """Somebody takes every connection that is left, while the services' own are cut off too."""
    dsn = trial.machine.server.dsn()
    hogged: list[asyncpg.Connection] = []
    try:
        async with asyncio.timeout(8):
            while True:
                with suppress(asyncpg.TooManyConnectionsError):
                    hogged.append(await asyncpg.connect(dsn))
                    continue
                await hogged[0].execute(CUT_SOME, trial.chance.randint(1, 10))
                await pause(0.2)
    except TimeoutError:
        pass
    finally:
        for connection in hogged:
            connection.terminate()
    return monotonic()


CUT_SOME = """
    select pg_terminate_backend(pid) from (
        select pid from pg_stat_activity where datname like 'entrepot%' order by random() limit $1
    ) session
"""


async def fill_disk(trial: Trial) -> float:
    """No byte is left where PostgreSQL writes; after a while there is room again."""
    ballast = DISK / "ballast"
    dd = ("dd", "if=/dev/zero", f"of={ballast}", "bs=64k")
    await (await asyncio.create_subprocess_exec(*dd, stderr=subprocess.DEVNULL)).wait()
    await pause(trial.chance.uniform(3, 8))
    ballast.unlink()
    return monotonic()


@contextmanager
def small_disk() -> Iterator[None]:
    """A disk of its own for PostgreSQL: memory, which ends with the case."""
    DISK.mkdir()
    options = ("-o", f"size={DISK_SIZE},mode=0755")
    subprocess.run(["mount", "-t", "tmpfs", *options, "tmpfs", DISK], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", DISK], check=True)
        DISK.rmdir()


# Time that is not the same everywhere


async def skew_clock(trial: Trial) -> float:
    """The order service is minutes ahead of the others, or behind them, and then right again."""
    minutes = trial.chance.choice((-5, -2, 2, 5))
    trial.machine.skew(timedelta(minutes=minutes))
    await pause(5)
    trial.machine.skew(timedelta())
    return monotonic()


# Three brokers


async def kill_leader(trial: Trial) -> float:
    """The broker that leads a partition of what order tells."""
    async with asked(trial) as admin:
        described = await admin.describe_topics(["entrepot.order.v1"])
    leader = described[0]["partitions"][0]["leader"]
    return await _kill_broker(trial, leader)


async def kill_coordinator(trial: Trial) -> float:
    async with asked(trial) as admin:
        return await _kill_broker(trial, await admin.find_coordinator("entrepot.order"))


async def kill_controller(trial: Trial) -> float:
    async with asked(trial) as admin:
        described = await admin.describe_cluster()
    return await _kill_broker(trial, described["controller_id"])


async def kill_two(trial: Trial) -> float:
    """What is left has no quorum: nothing can be published, and orders are still taken."""
    killed = trial.chance.sample(trial.machine.brokers, k=2)
    trial.machine.kill(*killed)
    return monotonic()


async def _kill_broker(trial: Trial, number: int) -> float:
    trial.machine.kill(f"{KAFKA}.{number}")
    return monotonic()


class asked:  # noqa: N801 - it is used as a word
    """An admin client for a question."""

    def __init__(self, trial: Trial) -> None:
        self._admin = AIOKafkaAdminClient(bootstrap_servers=trial.machine.bootstrap)

    async def __aenter__(self) -> AIOKafkaAdminClient:
        await self._admin.start()
        return self._admin

    async def __aexit__(self, *_: object) -> None:
        await self._admin.close()


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
