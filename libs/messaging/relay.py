"""From the store to Kafka: what others may know, in commit order, batched per partition."""

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from ssl import SSLContext

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from libs.eventstore import Recorded
from libs.messaging.envelope import Headers, Publish, to_wire

log = structlog.get_logger(__name__)

BATCH_BYTES = 262_144
ACKNOWLEDGE_SECONDS = 20.0
STOP_SECONDS = 5.0


class Relay:
    """Publishes batches of facts; one that fails is published again from its first record.

    aiokafka sends one batch per partition at a time, and a batch of many records costs a tenth
    of as many sends; so batches are made here, by one coroutine a partition.
    """

    def __init__(
        self,
        *,
        bootstrap: str,
        tls: SSLContext | None = None,
        topic: str,
        source: str,
        publish: Publish,
    ) -> None:
        self._bootstrap = bootstrap
        self._tls = tls
        self._topic = topic
        self._source = source
        self._publish = publish
        self._producer: AIOKafkaProducer | None = None

    async def handle(self, facts: Sequence[Recorded]) -> None:
        """Returns when the broker has acknowledged all of them. Raises on any failure."""
        producer = await self._started()
        partitions = sorted(await producer.partitions_for(self._topic))
        waiting: dict[int, list[tuple[bytes, bytes, Headers, int]]] = {}
        for recorded in facts:
            message = self._publish(recorded.fact)
            if message is None:
                continue
            key, value, headers = to_wire(message, recorded, source=self._source)
            partition = partitions[partition_of(key, len(partitions))]
            # Not when it happened, which `ce_time` says: a clock that was moved ahead makes that a
            # time to come, and brokers refuse records from more than an hour ahead.
            at = int(recorded.recorded_at.timestamp() * 1000)
            waiting.setdefault(partition, []).append((key, value, headers, at))
        try:
            async with asyncio.timeout(ACKNOWLEDGE_SECONDS), asyncio.TaskGroup() as tasks:
                sent = [
                    tasks.create_task(self._send(producer, partition, records))
                    for partition, records in waiting.items()
                ]
            for task in sent:
                task.result()  # One that was cancelled is none that a group complains of.
        except BaseException:
            # An idempotent producer whose batch failed may refuse every later one: make another.
            await self.close()
            raise

    async def _send(
        self,
        producer: AIOKafkaProducer,
        partition: int,
        records: Sequence[tuple[bytes, bytes, Headers, int]],
    ) -> None:
        batch = producer.create_batch()
        for key, value, headers, at in records:
            if batch.append(key=key, value=value, timestamp=at, headers=headers) is None:
                await (await producer.send_batch(batch, self._topic, partition=partition))
                batch = producer.create_batch()
                if batch.append(key=key, value=value, timestamp=at, headers=headers) is None:
                    await producer.send_and_wait(
                        self._topic, value, key, partition, timestamp_ms=at, headers=headers
                    )
        if batch.record_count():
            await (await producer.send_batch(batch, self._topic, partition=partition))

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                security_protocol="SSL" if self._tls else "PLAINTEXT",
                ssl_context=self._tls,
                acks="all",
                enable_idempotence=True,
                compression_type="zstd",
                linger_ms=0,
                max_batch_size=BATCH_BYTES,
                max_request_size=4 * 1024 * 1024,
                request_timeout_ms=10_000,
            )
            await producer.start()
            self._producer = producer
        return self._producer

    async def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await producer.stop()
            except Exception as error:
                log.warning("producer_not_stopped", error=type(error).__name__)


@lru_cache(maxsize=20_000)
def partition_of(key: bytes, partitions: int) -> int:
    """As Kafka's own clients place a key, so that theirs and ours agree. It takes them a tenth of
    what a message costs, and a stream has many."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions
