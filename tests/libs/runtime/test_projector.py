"""Rows and mark are kept together, and what a database lost of them is written again."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from libs.eventstore import PostgresRecorder, Recorded, Store
from libs.messaging.follower import Follower, PostgresMarks
from libs.runtime.ids import new_id
from libs.runtime.service import Projector
from libs.runtime.waiting import pause
from tests.libs.eventstore.accounts import Fill, Jar
from tests.libs.eventstore.jars import jars

NAME = "projector:jars"
LOST = "update mark set tx = $2, position = $3 where name = $1"


@pytest.fixture
async def store(database: str) -> AsyncIterator[Store]:
    async with jars(database) as store:
        assert isinstance(store.recorder, PostgresRecorder)
        await store.recorder.pool.execute("create table jar (id uuid primary key)")
        yield store


async def open_a_jar(store: Store) -> UUID:
    jar = await store.repository(Jar).add(
        partial(Jar, id=new_id(), coins=0), command=Fill(request_id=new_id())
    )
    return jar.id


async def project(connection: Any, facts: Sequence[Recorded]) -> None:
    ids = [told.fact.originator_id for told in facts]
    await connection.execute("insert into jar select * from unnest($1::uuid[])", ids)


async def until(store: Store, *jars: UUID) -> None:
    """The table has these and no others; a row that is written twice would be refused."""
    recorder = store.recorder
    assert isinstance(recorder, PostgresRecorder)
    async with asyncio.timeout(10):
        while {r["id"] for r in await recorder.pool.fetch("select id from jar")} != {*jars}:
            await pause(0.01)


@asynccontextmanager
async def following(follower: Follower) -> AsyncIterator[None]:
    task = asyncio.create_task(follower.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_rows_that_a_crash_took_back_are_written_again(store: Store, database: str) -> None:
    recorder = store.recorder
    assert isinstance(recorder, PostgresRecorder)
    projector = Projector(database, recorder.pool, name="jars", project=project)
    async with following(Follower(store, projector, name=NAME, handle=projector.handle)):
        first = await open_a_jar(store)
        await until(store, first)
        kept = await projector.load(NAME)
        second = await open_a_jar(store)
        await until(store, first, second)

        # What nobody waited for to be on disk is gone, and whoever wrote it has heard of nothing.
        async with recorder.pool.acquire() as connection, connection.transaction():
            await connection.execute(LOST, NAME, *kept)
            await connection.execute("delete from jar where id = $1", second)

        third = await open_a_jar(store)
        await until(store, first, second, third)


async def test_facts_come_again_when_a_crash_took_back_a_mark(store: Store, database: str) -> None:
    recorder = store.recorder
    assert isinstance(recorder, PostgresRecorder)
    marks = PostgresMarks(database, recorder.pool)
    heard: list[UUID] = []

    async def hear(facts: Sequence[Recorded]) -> None:
        heard.extend(told.fact.originator_id for told in facts)

    async def saved(times: Sequence[int], *jars: UUID) -> None:
        """Each of them was heard so often, and the mark is where the follower is."""
        async with asyncio.timeout(10):
            while [heard.count(jar) for jar in jars] != times:
                await pause(0.01)
            while await marks.load("told") != follower.mark:
                await pause(0.01)

    follower = Follower(store, marks, name="told", handle=hear)
    async with following(follower):
        first = await open_a_jar(store)
        await saved([1], first)
        await recorder.pool.execute(LOST, "told", 0, 0)
        second = await open_a_jar(store)
        await saved([2, 2], first, second)
