"""How far behind a service is: facts not yet published, and messages not yet dealt with."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import Self

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import GroupCoordinatorNotAvailableError, KafkaConnectionError

RELAY_LAG = """
    select count(*) from fact
    where (tx, position) > (
        select coalesce(max(tx::text), '0')::xid8, coalesce(max(position), 0)
        from mark where name = 'relay'
    )
"""


async def relay_lag(dsn: str) -> int | None:
    """Facts above the relay's mark. Unknown while there is no store, or none that answers."""
    try:
        connection = await asyncpg.connect(dsn)
    except (OSError, asyncpg.PostgresError):
        return None
    try:
        return int(await connection.fetchval(RELAY_LAG))
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await connection.close()


async def consumer_lags(bootstrap: str, services: Iterable[str]) -> dict[str, int]:
    """End of what each service follows, minus what it has committed. Empty without a broker."""
    try:
        async with ConsumerLags(bootstrap) as lags:
            return await lags.of(services)
    except KafkaConnectionError:
        return {}


class ConsumerLags:
    """The same for one who looks often, and keeps the connections."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap

    async def __aenter__(self) -> Self:
        self._admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        self._consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap)
        try:
            await self._admin.start()
            await self._consumer.start()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._close()

    async def of(self, services: Iterable[str]) -> dict[str, int]:
        return {
            service: await _lag(self._admin, self._consumer, f"entrepot.{service}")
            for service in services
        }

    async def _close(self) -> None:
        await self._consumer.stop()
        await self._admin.close()


async def _lag(admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer, group: str) -> int:
    try:
        committed = await admin.list_consumer_group_offsets(group)
    except GroupCoordinatorNotAvailableError:
        return 0  # a new broker: nobody has ever committed anything, and this question is the first
    offsets = {partition: max(at.offset, 0) for partition, at in committed.items()}
    # A partition that is followed and has no commit yet counts from its beginning.
    for partition in await _assigned(admin, group):
        offsets.setdefault(partition, 0)
    ends = await consumer.end_offsets(list(offsets)) if offsets else {}
    return sum(max(ends[partition] - offset, 0) for partition, offset in offsets.items())


async def _assigned(admin: AIOKafkaAdminClient, group: str) -> list[TopicPartition]:
    (answer,) = await admin.describe_consumer_groups([group])
    members = [member for described in answer.groups for member in described[5]]
    return [
        partition
        for member in members
        if member[4]
        for partition in ConsumerProtocolMemberAssignment.decode(member[4]).partitions()
    ]
