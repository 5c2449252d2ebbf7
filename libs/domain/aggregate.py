"""Aggregates: verbs decide, recorders assign."""

from collections.abc import Callable
from contextvars import ContextVar, Token
from dataclasses import MISSING, fields
from datetime import datetime
from functools import cache, wraps
from inspect import signature
from typing import Any, ClassVar
from uuid import UUID

from eventsourcing.domain import (
    AggregateCreated,
    AggregateEvent,
    BaseAggregate,
    CommandMethodDecorator,
    decorated_func_callers,
    decorated_funcs,
    event,
)

__all__ = ["Aggregate", "Started", "event", "happening"]

_now: ContextVar[datetime] = ContextVar("now")

ENVELOPE = frozenset({"originator_id", "originator_version", "timestamp"})


class happening:  # noqa: N801 - reads as the function that it was, at half its cost
    """Facts recorded inside happen at `now`, in business time (UTC)."""

    __slots__ = ("_now", "_token")

    _token: Token[datetime]

    def __init__(self, now: datetime) -> None:
        self._now = now

    def __enter__(self) -> None:
        self._token = _now.set(self._now)

    def __exit__(self, *_: object) -> None:
        _now.reset(self._token)


class Aggregate(BaseAggregate[UUID]):
    """A stream of facts and the rules for adding to it.

    Subclasses set `TOPIC`, declare their state as annotated attributes (a snapshot stores just
    these), give each fact a `TOPIC` of its own that is never renamed, and are always started
    with an explicit `id`.

    Declared as the library has it, recorded and replayed by ourselves: what it finds out anew for
    every fact (names, defaults, signatures, whether a topic is known) is found once a class here.
    """

    TOPIC: ClassVar[str]

    CONTENDED: ClassVar[bool] = False
    """Whether many commands change one at a time, so that each is to decide on what the last has
    decided rather than wait until that is on disk. Commands that change one look at streams alone.
    """

    class Event(AggregateEvent):
        """A fact about an aggregate that already exists."""

        TOPIC: ClassVar[str]

        @staticmethod
        def create_timestamp() -> datetime:
            return _now.get()

        def mutate(self, aggregate: Any) -> Any:  # The library's: of whichever class.
            assert self.originator_id == aggregate.id, "a fact of another stream"
            assert self.originator_version == aggregate.version + 1, "a fact out of its turn"
            record, names = _recorder(type(self))
            said = self.__dict__
            record(aggregate, **{name: said[name] for name in names})
            aggregate._version = self.originator_version
            aggregate._modified_on = self.timestamp
            return aggregate

    @property
    def due(self) -> datetime | None:
        """When `fall_due` is next called, in business time; None while nothing is awaited."""
        return None

    def fall_due(self, now: datetime) -> None:
        """Record what the passing of time has brought about. Calling it twice is harmless."""

    def trigger_event(self, event_class: type[Any], **said: Any) -> None:
        """Record a fact; raises `TypeError` where it does not say just what it declares."""
        names, defaults = _fields(event_class)  # type: ignore[arg-type] # classes hash
        if said.keys() != names:
            said = {**defaults, **said}
            if said.keys() != names:
                raise TypeError(f"{event_class.__qualname__} says {', '.join(sorted(names))}")
        fact = object.__new__(event_class)
        fact.__dict__.update(
            said,
            originator_id=self._id,
            originator_version=self._version + 1,
            timestamp=_now.get(),
        )
        fact.mutate(self)
        self._pending_events.append(fact)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name, value in [*vars(cls).items()]:
            if isinstance(value, CommandMethodDecorator) and name != "__init__":
                setattr(cls, name, _recording(value))


class Started(AggregateCreated):
    """The fact that brings an aggregate into being."""

    TOPIC: ClassVar[str]

    @staticmethod
    def create_timestamp() -> datetime:
        return _now.get()


def _recording(declared: CommandMethodDecorator) -> Callable[..., None]:
    """The method that records a fact, and so has its recorder called, under the recorder's name."""
    recorder = declared.decorated_func
    parameters = list(signature(recorder).parameters.values())[1:]
    names = [it.name for it in parameters]
    defaults = {it.name: it.default for it in parameters if it.default is not it.empty}

    @wraps(recorder)
    def record(self: Aggregate, *by_place: Any, **said: Any) -> None:
        said.update(zip(names, by_place, strict=False))
        self.trigger_event(decorated_func_callers[declared], **{**defaults, **said})

    return record


@cache
def _recorder(fact: type[Any]) -> tuple[Callable[..., None], tuple[str, ...]]:
    """What assigns a fact, and what it wants to know of it; some facts change no state."""
    recorder = decorated_funcs.get(fact, _nothing)
    return recorder, tuple(signature(recorder).parameters)[1:]


def _nothing(aggregate: Aggregate) -> None: ...


@cache
def _fields(fact: type[Any]) -> tuple[frozenset[str], dict[str, Any]]:
    """What a fact says beside its envelope, and what it says where nothing is said."""
    said = [it for it in fields(fact) if it.name not in ENVELOPE]
    defaults = {it.name: it.default for it in said if it.default is not MISSING}
    return frozenset(it.name for it in said), defaults
