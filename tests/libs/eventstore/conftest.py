"""Stores that the suite runs on: in memory, and on PostgreSQL."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from libs.eventstore import MemoryRecorder, PostgresRecorder, Store
from libs.eventstore.recorder import Recorder
from libs.runtime.clock import ManualClock
from libs.runtime.migrations import migrate
from libs.testing import NOW
from tests.libs.eventstore.accounts import Jar

Open = Callable[[], Awaitable[Store]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture(params=["memory", "postgres"])
async def open_store(request: pytest.FixtureRequest, clock: ManualClock) -> AsyncIterator[Open]:
    """Makes one more store on the same rows, as another process would."""
    started: list[PostgresRecorder] = []
    memory = MemoryRecorder(clock)
    dsn = ""
    if request.param == "postgres":
        dsn = request.getfixturevalue("database")
        await migrate(dsn, "none")

    async def make() -> Store:
        recorder: Recorder = memory
        if dsn:
            started.append(PostgresRecorder(dsn))
            await started[-1].start()
            recorder = started[-1]
        return Store(recorder, kinds=[Jar], clock=clock)

    yield make
    for recorder in started:
        await recorder.stop()


@pytest.fixture
async def store(open_store: Open) -> Store:
    return await open_store()
