"""A database that throws sessions out costs time, and neither a command nor the writer; and a
caller who left costs nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from uuid import uuid4

import asyncpg
import pytest

from libs.eventstore import PostgresRecorder, Store
from libs.runtime.waiting import pause
from tests.libs.eventstore.accounts import Fill, Jar
from tests.libs.eventstore.jars import jars

WAITING = """
    select pid from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'
"""
OTHERS = """
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
"""
Owner = asyncpg.Connection


@pytest.fixture
async def store(database: str) -> AsyncIterator[Store]:
    async with jars(database) as store:
        yield store


@pytest.fixture
async def owner(database: str, store: Store) -> AsyncIterator[Owner]:
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


async def opened(store: Store) -> Jar:
    jar_id = uuid4()
    return await store.repository(Jar).add(
        lambda: Jar(id=jar_id, coins=0), command=Fill(request_id=uuid4())
    )


def fill(store: Store, jar: Jar) -> Awaitable[Jar]:
    return store.repository(Jar).update(
        jar.id, lambda it: it.fill(1), command=Fill(request_id=uuid4())
    )


async def test_a_writer_that_is_thrown_out_twice_over_one_command_still_records_it(
    database: str, store: Store, owner: Owner
) -> None:
    jar = await opened(store)
    locker = await asyncpg.connect(database)

    async with asyncio.timeout(20):
        async with locker.transaction():
            await locker.execute("lock table fact, request in access exclusive mode")
            filling = asyncio.ensure_future(fill(store, jar))
            # Once while it appends, and again while it looks whether that counted.
            for _ in range(2):
                while not (waiting := await owner.fetch(WAITING)):
                    await pause(0.01)
                for row in waiting:
                    await owner.execute("select pg_terminate_backend($1)", row["pid"])
        filled = await filling
    await locker.close()

    assert filled.coins == 1
    async with asyncio.timeout(20):
        assert (await fill(store, jar)).coins == 2


async def test_commands_are_recorded_once_while_sessions_are_thrown_out(
    store: Store, owner: Owner
) -> None:
    jars = [await opened(store) for _ in range(20)]

    async def fill_all(jar: Jar) -> None:
        for _ in range(10):
            await fill_until_answered(store, jar)

    filling = asyncio.gather(*(fill_all(jar) for jar in jars))
    while not filling.done():
        await owner.execute(OTHERS)
        await pause(0.2)
    await filling

    counts = await owner.fetch("select count(*) from fact group by stream_id")
    assert [row["count"] for row in counts] == [11] * 20


async def test_what_its_caller_gave_up_before_its_turn_is_not_done(
    database: str, store: Store, owner: Owner
) -> None:
    jars = [await opened(store) for _ in range(50)]
    locker = await asyncpg.connect(database)

    async with asyncio.timeout(20):
        async with locker.transaction():
            await locker.execute("lock table fact in access exclusive mode")
            first = asyncio.ensure_future(fill(store, jars[0]))
            while not await owner.fetch(WAITING):
                await pause(0.01)
            given_up = [asyncio.ensure_future(fill(store, jar)) for jar in jars[1:]]
            assert isinstance(store.recorder, PostgresRecorder), "as the fixture made it"
            while store.recorder.waiting < len(given_up):
                await pause(0.01)
            for filling in given_up:
                filling.cancel()
            await asyncio.gather(*given_up, return_exceptions=True)
        await first
    await locker.close()
    await fill(store, jars[0])

    counts = await owner.fetch("select stream_id, count(*) from fact group by stream_id")
    found = {row["stream_id"]: row["count"] for row in counts}
    assert found == {jar.id: 3 if jar is jars[0] else 1 for jar in jars}


async def fill_until_answered(store: Store, jar: Jar) -> None:
    """As a caller does: the same request again, for as long as there is no answer."""
    command = Fill(request_id=uuid4())
    while True:
        try:
            await store.repository(Jar).update(jar.id, lambda it: it.fill(1), command=command)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            await pause(0.01)
        else:
            return
