"""How far a consumer has come, for whoever fetches the metrics."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from libs.observability import Counters, Histograms, Metrics
from libs.runtime.clock import SystemClock

LAG = "entrepot_consumer_lag"
END = "entrepot_topic_messages"
DELAYS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0, 3600.0)
_CLOCK = SystemClock()


class Progress:
    """A consumer tells of each batch; the broker is asked the rest when somebody wants to know."""

    names = (LAG, END)

    def __init__(self) -> None:
        self._messages = Counters(
            "entrepot_consumer_messages", "Messages that were dealt with.", ["topic"]
        )
        self._delay = Histograms(
            "entrepot_consumer_delay_seconds",
            "From recording a fact until it was dealt with here; the oldest of each batch.",
            ["topic"],
            bounds=DELAYS,
        )
        self._restarts = Counters(
            "entrepot_consumer_restarts", "How often the consumer had to begin anew."
        )
        self._consumer: AIOKafkaConsumer | None = None
        self._done: dict[TopicPartition, int] = {}
        self._restarts.labels()

    def show(self, metrics: Metrics) -> None:
        for family in (self._messages, self._delay, self._restarts):
            metrics.show(family)
        metrics.gauge(
            "entrepot_consumer_partitions",
            "Partitions that this process reads.",
            lambda: len(self._consumer.assignment()) if self._consumer else 0,
        )

    def begins(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    def assigned(self) -> None:
        """Others may have gone on where we were before."""
        self._done.clear()

    def ended(self) -> None:
        self._consumer = None
        self._restarts.labels().add()

    def handled(self, batches: Mapping[TopicPartition, Sequence[Any]]) -> None:
        now = _CLOCK.now().timestamp()
        for partition, batch in batches.items():
            self._done[partition] = batch[-1].offset + 1
            self._messages.labels(partition.topic).add(len(batch))
            waited = now - batch[0].timestamp / 1000
            self._delay.labels(partition.topic).observe(max(waited, 0.0))

    async def look(self) -> Iterable[Metric]:
        """Lag as the broker sees it: the end of each partition less what is dealt with."""
        lag = GaugeMetricFamily(
            LAG, "Messages of a partition that are not dealt with.", labels=("topic", "partition")
        )
        end = CounterMetricFamily(
            END, "Messages that were ever sent to a partition.", labels=("topic", "partition")
        )
        consumer = self._consumer
        if consumer is None:
            return []
        assigned = consumer.assignment()
        ends = await consumer.end_offsets(list(assigned)) if assigned else {}
        for partition, offset in ends.items():
            done = self._done.get(partition)
            if done is None:
                done = self._done[partition] = await consumer.committed(partition) or 0
            where = (partition.topic, str(partition.partition))
            lag.add_metric(where, max(offset - done, 0))
            end.add_metric(where, offset)
        return [lag, end]
