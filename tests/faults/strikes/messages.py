"""Messages that come again, and groups that do not keep together."""

from __future__ import annotations

from contextlib import AsyncExitStack, suppress

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from deploy.local.stack import SERVICES
from libs.runtime.clock import monotonic
from libs.runtime.waiting import pause
from tests.faults.checker.reading import partitions_of
from tests.faults.strikes.brokers import asked
from tests.faults.trial import Trial

SESSIONS_S = 30.0
REPEATED_MOST = 10
"""Of a partition at a time: what is repeated would be repeated in turn, and ever more of it."""


async def rewind(trial: Trial) -> float:
    """Every group's offsets are gone or stand somewhere before, as a new broker might have it."""
    await trial.machine.stop(*SERVICES)
    for name in SERVICES:
        await _rewind(trial, f"entrepot.{name}")
    await trial.machine.start(*SERVICES)
    return monotonic()


async def _rewind(trial: Trial, group: str) -> None:
    """To the very beginning for half of the partitions, to anywhere for the others."""
    chance = trial.chance
    async with asked(trial) as admin:
        committed = await admin.list_consumer_group_offsets(group)
    earlier = {
        place: 0 if chance.random() < 0.5 else chance.randint(0, at.offset)
        for place, at in committed.items()
        if at.offset > 0
    }
    if not earlier:
        return
    consumer = AIOKafkaConsumer(
        bootstrap_servers=trial.machine.bootstrap, group_id=group, enable_auto_commit=False
    )
    consumer.assign(list(earlier))
    await consumer.start()
    try:
        await _commit(consumer, earlier)
    finally:
        await consumer.stop()


async def _commit(consumer: AIOKafkaConsumer, offsets: dict[TopicPartition, int]) -> None:
    """As soon as the broker takes them: members with lasting names stay until sessions end."""
    until = monotonic() + SESSIONS_S
    while True:
        try:
            await consumer.commit(offsets)
            return
        except KafkaError:
            if monotonic() > until:
                raise
        await pause(0.2)


async def repeat(trial: Trial) -> float:
    """Old messages are on the topics again, as they were, behind and between new ones."""
    bootstrap, chance = trial.machine.bootstrap, trial.chance
    places = partitions_of(SERVICES)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer, consumer:
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        for _ in range(5):
            for place, batch in (await consumer.getmany(timeout_ms=500)).items():
                for old in chance.sample(batch, k=min(len(batch) // 2, REPEATED_MOST)):
                    await producer.send(
                        place.topic, old.value, old.key, place.partition, headers=list(old.headers)
                    )
            await producer.flush()
    return monotonic()


async def churn(trial: Trial) -> float:
    """Every second a stranger joins each group, is given partitions, and leaves them unread."""
    for _ in range(6):
        async with AsyncExitStack() as strangers:
            for name in SERVICES:
                stranger = AIOKafkaConsumer(
                    *(f"entrepot.{service}.v1" for service in SERVICES),
                    bootstrap_servers=trial.machine.bootstrap,
                    group_id=f"entrepot.{name}",
                    enable_auto_commit=False,
                    heartbeat_interval_ms=500,
                    session_timeout_ms=6_000,
                )
                with suppress(KafkaError):
                    await strangers.enter_async_context(stranger)
            await pause(trial.chance.uniform(0.2, 1))
    return monotonic()
