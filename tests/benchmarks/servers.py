"""Servers that one case has to itself, as durable as in production, and gone with it."""

from __future__ import annotations

import gc
import shutil
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import uvloop

from deploy.local.kafka import KafkaBroker
from deploy.local.postgres import PostgresServer
from libs.domain import Aggregate
from libs.eventstore import PostgresRecorder, Store
from libs.eventstore.recorder import Participant
from libs.messaging.topics import ensure_topics
from libs.runtime.clock import SystemClock
from libs.runtime.migrations import migrate

T = TypeVar("T")

_numbers = count(1)


@contextmanager
def folder() -> Iterator[Path]:
    """One that others than root may enter, as PostgreSQL never runs as root."""
    made = Path(tempfile.mkdtemp(prefix="entrepot-bench-"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def postgres() -> Iterator[PostgresServer]:
    with folder() as place, PostgresServer(place / "postgres") as server:
        try:
            yield server
        finally:
            server.stop()
            shutil.rmtree(server.folder, ignore_errors=True)  # where it found shelter


@asynccontextmanager
async def kafka() -> AsyncIterator[str]:
    """The address of a broker that has the topics and nothing in them."""
    with folder() as place, KafkaBroker(place / "kafka") as broker:
        await ensure_topics(broker.bootstrap)
        yield broker.bootstrap


@asynccontextmanager
async def database(server: PostgresServer, service: str = "none") -> AsyncIterator[str]:
    """The address of an empty one: a plan that is made there must do for a full one as well."""
    name = f"bench_{next(_numbers)}"
    dsn = server.database(name)
    await migrate(dsn, service)
    try:
        yield dsn
    finally:
        server.drop(name)


@asynccontextmanager
async def store(
    dsn: str, *kinds: type[Aggregate], participant: Participant | None = None
) -> AsyncIterator[tuple[Store, PostgresRecorder]]:
    recorder = PostgresRecorder(dsn, participant=participant)
    await recorder.start()
    try:
        yield Store(recorder, kinds=kinds, clock=SystemClock()), recorder
    finally:
        await recorder.stop()


def run(work: Coroutine[Any, Any, T]) -> T:
    """In a loop and with a collector of garbage as the processes of services have them."""
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    try:
        return uvloop.run(work)
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
