"""Aggregates: verbs decide, recorders assign."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from eventsourcing.domain import AggregateCreated, AggregateEvent, BaseAggregate, event

__all__ = ["Aggregate", "Started", "event", "happening"]

_now: ContextVar[datetime] = ContextVar("now")


@contextmanager
def happening(now: datetime) -> Iterator[None]:
    """Facts recorded inside happen at `now`, in business time (UTC)."""
    token = _now.set(now)
    try:
        yield
    finally:
        _now.reset(token)


class Aggregate(BaseAggregate[UUID]):
    """A stream of facts and the rules for adding to it.

    Subclasses set `TOPIC`, declare their state as annotated attributes (a snapshot stores just
    these), give each fact a `TOPIC` of its own that is never renamed, and are always started
    with an explicit `id`.
    """

    TOPIC: ClassVar[str]

    class Event(AggregateEvent):
        """A fact about an aggregate that already exists."""

        TOPIC: ClassVar[str]

        @staticmethod
        def create_timestamp() -> datetime:
            return _now.get()

    @property
    def due(self) -> datetime | None:
        """When `fall_due` is next called, in business time; None while nothing is awaited."""
        return None

    def fall_due(self, now: datetime) -> None:
        """Record what the passing of time has brought about. Calling it twice is harmless."""


class Started(AggregateCreated):
    """The fact that brings an aggregate into being."""

    TOPIC: ClassVar[str]

    @staticmethod
    def create_timestamp() -> datetime:
        return _now.get()
