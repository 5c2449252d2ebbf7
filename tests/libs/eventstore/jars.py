"""A store of jars on a real database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.eventstore import PostgresRecorder, Store
from libs.eventstore.recorder import Participant
from libs.runtime.clock import SystemClock
from libs.runtime.migrations import migrate
from tests.libs.eventstore.accounts import Jar


@asynccontextmanager
async def jars(dsn: str, participant: Participant | None = None) -> AsyncIterator[Store]:
    """As a process of its own would open it; the tables are made where there are none."""
    await migrate(dsn, "none")
    recorder = PostgresRecorder(dsn, participant=participant)
    await recorder.start()
    try:
        yield Store(recorder, kinds=[Jar], clock=SystemClock())
    finally:
        await recorder.stop()
