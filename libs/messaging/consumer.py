"""From Kafka to commands: keys at once, messages of a key in order, offsets after the effects."""

import asyncio
from collections.abc import Mapping, Sequence
from ssl import SSLContext
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from libs.messaging.dispatch import Dispatch
from libs.messaging.parking import Message
from libs.messaging.progress import Progress
from libs.runtime.waiting import pause, told_to_end, woken

Batches = dict[TopicPartition, list[Any]]  # Records of aiokafka, which ships no types.

log = structlog.get_logger(__name__)

BATCH = 1_000
COMMIT_SECONDS = 10.0
SAVE_SECONDS = 0.5
"""So much may come again after a crash, which changes nothing; each commit costs as much as some
ten messages do."""
POLL_MS = 30_000
SECOND_LOOK_MS = 5


class Consumer:
    """Reads the topics of a group and hands each message to `dispatch`, at least once.

    One that has died is given up by its group after the session's six seconds; back earlier under
    the name of its `instance`, it goes on with its partitions at once.
    """

    def __init__(
        self,
        *,
        bootstrap: str,
        tls: SSLContext | None = None,
        group: str,
        instance: str | None = None,
        topics: Sequence[str],
        dispatch: Dispatch,
        progress: Progress | None = None,
    ) -> None:
        self._bootstrap = bootstrap
        self._tls = tls
        self._group = group
        self._instance = instance
        self._topics = topics
        self._dispatch = dispatch
        self._progress = progress or Progress()

    async def run(self) -> None:
        """Consume until cancelled. A failure begins anew from what was committed."""
        while True:
            try:
                await self._consume()
            except asyncio.CancelledError as error:  # aiokafka's own, when it stops half-way
                if told_to_end():
                    raise
                log.warning("consumer_restarts", group=self._group, error=type(error).__name__)
            except (KafkaError, OSError, TimeoutError) as error:
                log.warning("consumer_restarts", group=self._group, error=type(error).__name__)
            except Exception as error:
                log.exception("consumer_failed", group=self._group, error=type(error).__name__)
            await pause(0.5)

    async def _consume(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            security_protocol="SSL" if self._tls else "PLAINTEXT",
            ssl_context=self._tls,
            group_id=self._group,
            group_instance_id=self._instance,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            heartbeat_interval_ms=500,
            session_timeout_ms=6_000,
            request_timeout_ms=15_000,
            max_partition_fetch_bytes=8 * 1024 * 1024,
            fetch_max_wait_ms=200,
        )
        consumer.subscribe(list(self._topics), listener=_Assigned(self._dispatch, self._progress))
        await consumer.start()
        self._progress.begins(consumer)
        offsets = _Offsets(consumer, self._group)
        commits = asyncio.create_task(offsets.commit_as_they_come())
        try:
            while True:
                if batches := await _arrived(consumer):
                    await self._dispatch.handle_all(
                        Message(
                            r.topic, r.partition, r.offset, r.key or b"", r.value or b"", r.headers
                        )
                        for batch in batches.values()
                        for r in batch
                    )
                    self._progress.handled(batches)
                    offsets.handled(batches)
        finally:
            self._progress.ended()
            commits.cancel()
            await asyncio.gather(commits, return_exceptions=True)
            await offsets.commit()
            async with asyncio.timeout(COMMIT_SECONDS):
                await consumer.stop()


async def _arrived(consumer: AIOKafkaConsumer) -> Batches:
    """What has come by now; waits only where nothing has.

    While we handle messages the client holds the first few that came meanwhile, and asks for more
    only when they are taken. Handled alone, they would cost as much as the many behind them.
    """
    batches: Batches = await consumer.getmany(timeout_ms=0, max_records=BATCH)
    more_ms = SECOND_LOOK_MS if batches else POLL_MS
    if (room := BATCH - sum(map(len, batches.values()))) > 0:
        more: Batches = await consumer.getmany(timeout_ms=more_ms, max_records=room)
        for partition, records in more.items():
            batches.setdefault(partition, []).extend(records)
    return batches


class _Offsets:
    """How far we are, told to the broker while the next messages are dealt with.

    Lost or refused, it only means that some messages come again.
    """

    def __init__(self, consumer: AIOKafkaConsumer, group: str) -> None:
        self._consumer = consumer
        self._group = group
        self._handled: dict[TopicPartition, int] = {}
        self._more = asyncio.Event()

    def handled(self, batches: Mapping[TopicPartition, Sequence[Any]]) -> None:
        for partition, batch in batches.items():
            self._handled[partition] = batch[-1].offset + 1
        self._more.set()

    async def commit_as_they_come(self) -> None:
        while True:
            await woken(self._more)
            await self.commit()
            await pause(SAVE_SECONDS)

    async def commit(self) -> None:
        ours = self._consumer.assignment()
        offsets = {at: offset for at, offset in self._handled.items() if at in ours}
        self._handled = {}
        if not offsets:
            return
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                await self._consumer.commit(offsets)
        except (KafkaError, TimeoutError) as error:
            log.warning("offsets_not_committed", group=self._group, error=type(error).__name__)


class _Assigned(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka ships no types
    """Learns which keys are parked whenever partitions come to us."""

    def __init__(self, dispatch: Dispatch, progress: Progress) -> None:
        self._dispatch = dispatch
        self._progress = progress

    async def on_partitions_revoked(self, revoked: object) -> None:
        pass

    async def on_partitions_assigned(self, assigned: object) -> None:
        self._progress.assigned()
        await self._dispatch.refresh()
