"""What is counted of those who follow the facts of a store."""

from collections.abc import Awaitable, Callable, Sequence

import structlog

from libs.eventstore import Recorded
from libs.observability import Metrics
from libs.runtime.clock import perf_counter
from libs.runtime.watching import Watcher

log = structlog.get_logger(__name__)

Handle = Callable[[Sequence[Recorded]], Awaitable[None]]


class Following:
    """Counts a batch when it has been dealt with, and when it could not be."""

    def __init__(self, metrics: Metrics) -> None:
        self._facts = metrics.counter(
            "entrepot_follower_facts", "Facts that a follower has dealt with.", ["follower"]
        )
        self._seconds = metrics.histogram(
            "entrepot_follower_batch_seconds", "How long a batch of facts took.", ["follower"]
        )
        self._failures = metrics.counter(
            "entrepot_follower_failures", "Batches that failed, to be tried again.", ["follower"]
        )
        self._recorded = metrics.counter(
            "entrepot_facts", "Facts by their stored name, counted by the relay.", ["fact"]
        )

    def counted(self, name: str, handle: Handle) -> Handle:
        """`handle`, and its effort."""
        facts_of, seconds_of = self._facts.labels(name), self._seconds.labels(name)
        failures_of = self._failures.labels(name)

        async def handle_and_count(facts: Sequence[Recorded]) -> None:
            began = perf_counter()
            try:
                await handle(facts)
            except Exception:
                failures_of.add()
                raise
            facts_of.add(len(facts))
            seconds_of.observe(perf_counter() - began)

        return handle_and_count

    def watched(self, handle: Handle, watchers: Sequence[Watcher]) -> Handle:
        """`handle`, and what there was to see: for the one follower that sees every fact."""

        async def handle_and_watch(facts: Sequence[Recorded]) -> None:
            await handle(facts)
            for recorded in facts:
                self._recorded.labels(type(recorded.fact).TOPIC).add()
            for watcher in watchers:
                try:
                    await watcher.see(facts)
                except Exception as error:  # What is watched must not stop what is done.
                    log.warning("watcher_failed", error=type(error).__name__)

        return handle_and_watch
