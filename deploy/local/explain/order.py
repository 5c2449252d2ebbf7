"""Causal order: whatever led to a fact stands before it."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from importlib import import_module
from typing import NamedTuple

from deploy.local.explain.streams import Told


class Step(NamedTuple):
    """A fact in its place, and the number of the one that led to it, if that is among them."""

    number: int
    told: Told
    because: int | None


def in_causal_order(told: Sequence[Told]) -> list[Step]:
    """After what caused it and after what its own stream said before; else as it was recorded."""
    causes = _causes(told)
    follows: dict[int, list[int]] = {}
    waits_for = [0] * len(told)
    before: dict[tuple[str, object], int] = {}
    for index, it in enumerate(told):
        stream = (it.service, it.fact.originator_id)
        for earlier in {causes[index], before.get(stream)} - {None}:
            assert earlier is not None, "just taken out"
            follows.setdefault(earlier, []).append(index)
            waits_for[index] += 1
        before[stream] = index
    ready = [(told[i].recorded_at, i) for i, left in enumerate(waits_for) if not left]
    heapify(ready)
    number: dict[int, int] = {}
    steps: list[Step] = []
    while ready:
        _, index = heappop(ready)
        number[index] = len(steps) + 1
        cause = causes[index]
        steps.append(Step(number[index], told[index], None if cause is None else number[cause]))
        for later in follows.get(index, ()):
            waits_for[later] -= 1
            if not waits_for[later]:
                heappush(ready, (told[later].recorded_at, later))
    assert len(steps) == len(told), "facts do not cause each other in a circle"
    return steps


def _causes(told: Sequence[Told]) -> list[int | None]:
    """Which of the facts led to each.

    What order, returns and ledger keep of an order are streams of one id, so their events share
    ids too: it is the one that the service in question acts on.
    """
    where: dict[str, list[int]] = {}
    for index, it in enumerate(told):
        where.setdefault(it.event_id, []).append(index)

    def cause_of(index: int) -> int | None:
        effect = told[index]
        before = [
            other
            for other in where.get(effect.cause.causation_id, ())
            if other != index and told[other].recorded_at <= effect.recorded_at
        ]
        others = [other for other in before if _acts_on(effect.service, told[other])]
        return max(others or before, key=lambda other: told[other].recorded_at, default=None)

    return [cause_of(index) for index in range(len(told))]


def _acts_on(service: str, told: Told) -> bool:
    """Whether a service follows the other's topic, and this fact is told there."""
    policies = import_module(f"services.{service}.policies")
    publishing = import_module(f"services.{told.service}.publishing")
    follows = hasattr(policies, f"{service}_follows_{told.service}")
    return follows and publishing.publish(told.fact) is not None
