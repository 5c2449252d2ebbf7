"""Plain Kafka: records through the same broker by aiokafka alone, with the same promises."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from libs.runtime.clock import perf_counter
from libs.runtime.ids import new_id
from libs.runtime.waiting import pause

TOPIC = "entrepot.returns.v1"
PARTITIONS = 12
KEY = b"0" * 36
VALUE = b"x" * 45
HEADERS = [(name, b"x" * 24) for name in "specversion id source type time subject cause".split()]
"""About as many bytes as a fact has on the wire."""
BATCH_BYTES = 262_144
AT_ONCE = 2_000


async def records_a_second(bootstrap: str, records: int) -> float:
    """Batches to all partitions while they are read again, until the last was read."""
    async with _producer(bootstrap) as producer, _consumer(bootstrap) as consumer:
        start = perf_counter()
        sending = asyncio.create_task(_send(producer, records))
        read = 0
        while read < records:
            batches = await consumer.getmany(timeout_ms=1000, max_records=1000)
            read += sum(map(len, batches.values()))
        await sending
        return records / (perf_counter() - start)


async def milliseconds_alone(bootstrap: str, records: int, a_second: float) -> float:
    """From before a record is sent until it is read: the median."""
    sent: list[float] = []
    read: list[float] = []

    async with _producer(bootstrap) as producer, _consumer(bootstrap) as consumer:

        async def keep_reading() -> None:
            while len(read) < records:
                for batch in (await consumer.getmany(timeout_ms=1000)).values():
                    read.extend(perf_counter() for _ in batch)

        reading = asyncio.create_task(keep_reading())
        for _ in range(records):
            sent.append(perf_counter())
            await producer.send_and_wait(TOPIC, VALUE, KEY, 0, headers=HEADERS)
            await pause(1 / a_second)
        await reading
    return median(end - start for start, end in zip(sent, read, strict=True)) * 1000


async def _send(producer: AIOKafkaProducer, records: int) -> None:
    left = records
    while left > 0:
        now = min(left, AT_ONCE)
        share = [now // PARTITIONS + (it < now % PARTITIONS) for it in range(PARTITIONS)]
        await asyncio.gather(
            *(_send_batch(producer, it, count) for it, count in enumerate(share) if count)
        )
        left -= now


async def _send_batch(producer: AIOKafkaProducer, partition: int, records: int) -> None:
    batch = producer.create_batch()
    for _ in range(records):
        added = batch.append(key=KEY, value=VALUE, timestamp=None, headers=HEADERS)
        assert added is not None, "a batch has room for its part of the records"
    await (await producer.send_batch(batch, TOPIC, partition=partition))


@asynccontextmanager
async def _producer(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        compression_type="zstd",
        linger_ms=0,
        max_batch_size=BATCH_BYTES,
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


@asynccontextmanager
async def _consumer(bootstrap: str) -> AsyncIterator[AIOKafkaConsumer]:
    """Of a group of its own, from where the topic ends now."""
    consumer = AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=bootstrap,
        group_id=f"plain-{new_id().hex}",
        enable_auto_commit=False,
        auto_offset_reset="latest",
        fetch_max_wait_ms=200,
    )
    await consumer.start()
    await consumer.seek_to_end()
    for partition in consumer.assignment():
        await consumer.position(partition)
    try:
        yield consumer
    finally:
        await consumer.stop()
