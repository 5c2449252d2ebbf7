"""Levels that nobody counts: looked up, in bounded time, when somebody fetches the metrics."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import CancelledError
from typing import Any

import asyncpg
import structlog
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from libs.observability import Metrics
from libs.runtime.clock import Clock, monotonic
from libs.runtime.level import Level

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 3.0
FRESH_SECONDS = 2.0
"""Whoever fetches again within this time gets what was found for the one before."""


Look = Callable[[], Awaitable[Iterable[Metric]]]


class Levels:
    """Levels of one database, read over one connection of its pool."""

    def __init__(self, levels: Sequence[Level], pool: "asyncpg.Pool[Any]", clock: Clock) -> None:
        self._levels = levels
        self._pool = pool
        self._clock = clock

    @property
    def names(self) -> list[str]:
        return [level.name for level in self._levels]

    async def look(self) -> list[Metric]:
        async with self._pool.acquire(timeout=PATIENCE_SECONDS) as connection:
            return [_metric(level, await self._rows(connection, level)) for level in self._levels]

    async def _rows(self, connection: Any, level: Level) -> Sequence[Sequence[Any]]:
        arguments = (self._clock.now(),) if "$1" in level.sql else ()
        rows: Sequence[Sequence[Any]] = await connection.fetch(
            level.sql, *arguments, timeout=PATIENCE_SECONDS
        )
        return rows


class Survey:
    """Runs looks on the process's loop for the endpoint's thread, which waits for them.

    What cannot be found out in time is left out: no number is better than an old one.
    """

    def __init__(self, metrics: Metrics, loop: asyncio.AbstractEventLoop) -> None:
        self._metrics = metrics
        self._loop = loop
        self._failures = metrics.counter(
            "entrepot_survey_failures", "Looks at a source of levels that failed.", ["source"]
        )
        metrics.gauge(
            "entrepot_survey_seconds",
            "How long the last look at each source of levels took.",
            lambda: self._took,
            ["source"],
        )
        self._took: Mapping[tuple[str, ...], float] = {}

    def add(self, source: str, names: Sequence[str], look: Look) -> None:
        """Show what `look` finds under these names."""
        self._failures.labels(source)
        found: list[Metric] = []
        looked = -FRESH_SECONDS

        def read() -> Iterable[Metric]:
            nonlocal found, looked
            if monotonic() - looked < FRESH_SECONDS:
                return found
            began = monotonic()
            asked = asyncio.run_coroutine_threadsafe(_list(look), self._loop)
            try:
                found = asked.result(PATIENCE_SECONDS)
            except (Exception, CancelledError) as error:
                asked.cancel()
                self._failures.labels(source).add()
                log.warning("survey_failed", source=source, error=type(error).__name__)
                return []
            looked = monotonic()
            self._took = {**self._took, (source,): looked - began}
            return found

        self._metrics.source(names, read)


def _metric(level: Level, rows: Iterable[Sequence[Any]]) -> Metric:
    kind = CounterMetricFamily if level.kind == "counter" else GaugeMetricFamily
    metric = kind(level.name, level.about, labels=level.labels)
    for *values, number in rows:
        metric.add_metric([str(value) for value in values], float(number))
    return metric


async def _list(look: Look) -> list[Metric]:
    return list(await look())
