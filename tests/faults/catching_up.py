"""When all that had been said at a moment has been heard by everybody."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local.stack import SERVICES
from libs.runtime.waiting import pause
from tests.faults.checker.reading import databases, partitions_of
from tests.faults.machine import Machine

LAST = "select tx::text::bigint, position from fact order by tx desc, position desc limit 1"
BEHIND = "select exists (select from mark where name <> 'deadlines' and (tx, position) < ($1, $2))"


async def caught_up(machine: Machine) -> None:
    """Followers stand at the last fact of this moment, and groups at the end of the topics."""
    while True:
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError, OSError):
            await _followers_reach_the_end(machine)
            await _groups_reach_the_end(machine.bootstrap)
            return
        await pause(0.2)


async def _followers_reach_the_end(machine: Machine) -> None:
    addresses = {name: at.database for name, at in machine.state.services.items()}
    async with databases(addresses) as opened:
        for database in opened.values():
            last = await database.fetchrow(LAST)
            while last and await database.fetchval(BEHIND, *last):
                await pause(0.02)


async def _groups_reach_the_end(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    ends = await _ends(bootstrap)
    await admin.start()
    try:
        for name in SERVICES:
            while await _is_behind(admin, f"entrepot.{name}", ends):
                await pause(0.1)
    finally:
        await admin.close()


async def _ends(bootstrap: str) -> Mapping[TopicPartition, int]:
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        ends: Mapping[TopicPartition, int] = await consumer.end_offsets(partitions_of(SERVICES))
        return ends


async def _is_behind(
    admin: AIOKafkaAdminClient, group: str, ends: Mapping[TopicPartition, int]
) -> bool:
    committed = await admin.list_consumer_group_offsets(group)
    return any(at.offset < ends[place] for place, at in committed.items())
