"""How long a stream stays in each stage of its life, told from its facts as they pass."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from libs.eventstore import Recorded
from libs.observability import Histograms

REMEMBERED = 20_000
"""Streams whose stage is in memory; that of another is read from its facts."""

_BEFORE = """
    select topic, occurred_at from fact where stream_id = $1 and version < $2 order by version
"""


class Standing(NamedTuple):
    stage: str | None
    since: datetime


class Stages:
    """Times stages by business time.

    `begins` says by a fact's stored name which stage it begins: "" none, so that what lasted until
    now is timed, and None that nobody can be held to the rest, as when a buyer is asked to act.
    """

    def __init__(
        self,
        seconds: Histograms,
        begins: Mapping[str, str | None],
        pool: "asyncpg.Pool[Any]",
    ) -> None:
        self.seconds = seconds
        self._begins = begins
        self._pool = pool
        self._standing: OrderedDict[UUID, Standing] = OrderedDict()

    async def see(self, facts: Sequence[Recorded]) -> None:
        for recorded in facts:
            fact = recorded.fact
            if fact.TOPIC not in self._begins:
                continue
            before = self._standing.get(fact.originator_id)
            if before is None and fact.originator_version > 1:
                before = await self._before(fact.originator_id, fact.originator_version)
            now = self._next(before, fact.TOPIC, fact.timestamp)
            if before is not None and before.stage and before.stage != now.stage is not None:
                seconds = (now.since - before.since).total_seconds()
                self.seconds.labels(before.stage).observe(seconds)
            self._remember(fact.originator_id, now)

    async def _before(self, stream: UUID, version: int) -> Standing | None:
        standing = None
        for topic, at in await self._pool.fetch(_BEFORE, stream, version):
            if topic in self._begins:
                standing = self._next(standing, topic, at)
        return standing

    def _next(self, standing: Standing | None, topic: str, at: datetime) -> Standing:
        stage = self._begins[topic]
        if standing is not None and standing.stage == stage:
            return standing
        return Standing(stage, at)

    def _remember(self, stream: UUID, standing: Standing) -> None:
        self._standing[stream] = standing
        self._standing.move_to_end(stream)
        if len(self._standing) > REMEMBERED:
            self._standing.popitem(last=False)
