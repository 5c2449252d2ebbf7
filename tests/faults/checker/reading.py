"""Reads the evidence by SQL and from Kafka, in the way of no service."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from libs.messaging.topics import PARTITIONS_OF_ONE_MACHINE
from tests.faults.checker.evidence import (
    Account,
    Entry,
    Evidence,
    Fact,
    Journal,
    Line,
    Operation,
    Parked,
    Record,
    Request,
)
from tests.faults.checker.history import History

READ_S = 60.0
OVERDUE = timedelta(minutes=1)
Database = asyncpg.Connection

FACTS = """
    select stream_id, version, topic, tx::text::bigint as tx, position, recorded_at,
           payload, meta
    from fact order by tx, position
"""
ENTRIES = """
    select shard, sequence, rule.name, rule_version, stream_id, version, effective_at,
           recorded_at, reference, hash
    from entry join rule on rule.id = entry.rule order by shard, sequence
"""
LINES = """
    select shard, sequence, n, account, amount, order_line, payment, statement
    from line order by shard, sequence, n
"""
ACCOUNTS = """
    select id, book, array[code, currency, legal_entity, market, payee, mode, surface, creator,
           reason], balance.amount, balance.lines
    from account left join balance on balance.account = account.id
"""
PROVIDER = """
    select key, kind, account, amount, currency, state, reference, refund_id
    from simulator.operation order by key
"""
BOOKED = "select key, kind, account, amount, currency, outcome from operation order by key"


@asynccontextmanager
async def databases(addresses: Mapping[str, str]) -> Any:  # An async iterator of a mapping.
    """A connection to each service's database."""
    async with AsyncExitStack() as stack:
        opened: dict[str, Database] = {}
        for name, dsn in addresses.items():
            opened[name] = await asyncpg.connect(dsn)
            stack.push_async_callback(opened[name].close)
        yield opened


async def gather(
    opened: Mapping[str, Database], records: list[Record], history: History, *, now: datetime
) -> Evidence:
    """The evidence as these connections see it, at this business time."""
    facts, requests, parked, overdue = {}, {}, [], {}
    for service, database in opened.items():
        facts[service] = [_fact(service, row) for row in await database.fetch(FACTS)]
        requests[service] = {
            row["request_id"]: Request(row["stream_id"], row["version"])
            for row in await database.fetch("select request_id, stream_id, version from request")
        }
        parked += [
            Parked(service, *row) for row in await database.fetch("select topic, error from parked")
        ]
        overdue[service] = await database.fetchval(
            "select count(*) from deadline where due_at < $1", now - OVERDUE
        )
    return Evidence(
        facts=facts,
        requests=requests,
        parked=parked,
        overdue=overdue,
        records=records,
        journal=await _journal(opened["ledger"]),
        provider=[Operation(*row) for row in await opened["payment"].fetch(PROVIDER)],
        booked=[Operation(*row) for row in await opened["payment"].fetch(BOOKED)],
        history=history,
    )


async def _journal(ledger: Database) -> Journal:
    shards = await ledger.fetch("select id, legal_entity, sequence, hash from shard")
    return Journal(
        entities={row["id"]: (row["legal_entity"], row["sequence"], row["hash"]) for row in shards},
        entries=[Entry(*row) for row in await ledger.fetch(ENTRIES)],
        lines=[Line(*row) for row in await ledger.fetch(LINES)],
        accounts={
            row[0]: Account(row[0], row[1], tuple(row[2]), row[3], row[4])
            for row in await ledger.fetch(ACCOUNTS)
        },
    )


async def read_topics(bootstrap: str, services: Sequence[str]) -> list[Record]:
    """Every record of every topic, by partition and offset."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    try:
        async with asyncio.timeout(READ_S):
            return await _read(consumer, services)
    finally:
        await consumer.stop()


def partitions_of(services: Sequence[str]) -> list[TopicPartition]:
    """All of their topics, as a stack on one machine has them."""
    numbers = range(PARTITIONS_OF_ONE_MACHINE)
    return [TopicPartition(f"entrepot.{it}.v1", number) for it in services for number in numbers]


async def _read(consumer: AIOKafkaConsumer, services: Sequence[str]) -> list[Record]:
    places = partitions_of(services)
    consumer.assign(places)
    ends = await consumer.end_offsets(places)
    left = {place for place in places if ends[place] > 0}
    records: list[Record] = []
    await consumer.seek_to_beginning(*places)
    while left:
        for place, batch in (await consumer.getmany(timeout_ms=500)).items():
            records += [_record(message) for message in batch]
            if batch[-1].offset + 1 >= ends[place]:
                left.discard(place)
    return sorted(records, key=lambda r: (r.service, r.partition, r.offset))


def _fact(service: str, row: Any) -> Fact:
    return Fact(
        service,
        row["stream_id"],
        row["version"],
        row["topic"],
        (row["tx"], row["position"]),
        row["recorded_at"],
        json.loads(row["payload"]),
        json.loads(row["meta"]),
    )


def _record(message: Any) -> Record:
    said = {name: text.decode() for name, text in message.headers}
    return Record(
        message.topic.split(".")[1],
        message.partition,
        message.offset,
        message.key,
        UUID(said["ce_id"]),
        said["ce_type"],
        UUID(said["ce_subject"]),
        int(said["ce_sequence"]),
        message.value,
    )
