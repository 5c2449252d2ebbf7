"""What buyers told us in confidence lies nowhere on a real stack but in order's vault, wrapped."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.local.demo import cast
from deploy.local.home import Home, State
from deploy.local.process import finish
from libs.messaging.topics import TOPICS
from tests.system.evenings.played import Evenings
from tests.system.evenings.troubles import Troubles

pytestmark = pytest.mark.timeout(600)

BUYERS = [it for it in vars(cast).values() if isinstance(it, cast.Buyer)]
TABLES = """
    select format('%I.%I', schemaname, tablename) from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')
"""
SEEN = {
    ("order public.fact", "ava-1"),
    ("entrepot.order.v1", "ava-1"),
    ("order.log", "PlaceOrder"),
    ("order.jsonl", "PlaceOrder"),
}
"""What may be there, by which the search is seen to see: her pseudonym, a method."""


def test_no_name_address_or_token_is_in_a_table_a_topic_a_line_or_a_trace(
    evenings: Evenings, troubles: Troubles
) -> None:
    home = evenings.home
    secrets = [
        *(f"{it.name} Example" for it in BUYERS),
        "1 Example Street",
        "Thin Example",
        home.provider_token.read_text().strip(),
    ]

    async def search() -> set[tuple[str, str]]:
        return {
            (where, word)
            async for where, text in _places(home)
            for word in (*secrets, *(known for _, known in SEEN))
            if word.encode() in text
        }

    found = finish(search())

    assert len(BUYERS) > 5
    assert found >= SEEN
    assert {(where, word) for where, word in found if word in secrets} == set()


async def _places(home: Home) -> AsyncIterator[tuple[str, bytes]]:
    state = home.load()
    for name, at in state.services.items():
        async for table, text in _tables(at.database):
            yield f"{name} {table}", text
    for topic in TOPICS:
        yield topic.name, await _topic(state, topic.name)
    for file in (*home.logs.iterdir(), *home.traces.iterdir()):
        yield file.name, file.read_bytes()


async def _tables(database: str) -> AsyncIterator[tuple[str, bytes]]:
    """All rows as they read, columns of bytes as these bytes."""
    connection = await asyncpg.connect(database)
    try:
        for row in await connection.fetch(TABLES):
            rows = await connection.fetch(f"select * from {row[0]}")
            yield row[0], b"\n".join(part for it in rows for part in _parts(it))
    finally:
        await connection.close()


def _parts(row: asyncpg.Record) -> Iterator[bytes]:
    for value in row.values():
        yield value if isinstance(value, bytes) else str(value).encode()


async def _topic(state: State, topic: str) -> bytes:
    assert state.kafka is not None, "a stack that runs has a broker"
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=state.kafka.address, enable_auto_commit=False
    )
    await consumer.start()
    try:
        places = [TopicPartition(topic, it) for it in consumer.partitions_for_topic(topic)]
        ends = await consumer.end_offsets(places)
        await consumer.seek_to_beginning(*places)
        said = []
        for place in places:
            while await consumer.position(place) < ends[place]:
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    for it in records:
                        said += [it.key, it.value, *(value for _, value in it.headers)]
        return b"\n".join(said)
    finally:
        await consumer.stop()
