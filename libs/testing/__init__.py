"""What tests are written with: given these facts, when this is done, then these are recorded."""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import fields as fields_of
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from libs.domain import Aggregate, Started, happening

A = TypeVar("A", bound=Aggregate)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ID = UUID("00000000-0000-7000-8000-000000000001")

_ENVELOPE = {"originator_id", "originator_version", "originator_topic", "timestamp"}


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact by its class and its fields; fields left out have their defaults."""

    cls: Callable[..., Any]
    fields: dict[str, object]

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.fields.items())
        return f"{getattr(self.cls, '__qualname__', self.cls)}({fields})"

    def at(self, *, id: UUID, version: int, kind: type[Aggregate], now: datetime = NOW) -> Any:
        """The fact as an aggregate would have recorded it."""
        envelope: dict[str, Any] = {
            "originator_id": id,
            "originator_version": version,
            "timestamp": now,
        }
        if isinstance(self.cls, type) and issubclass(self.cls, Started):
            envelope["originator_topic"] = kind.TOPIC
        return self.cls(**envelope, **self.fields)


def fact(cls: Callable[..., Any], **fields: object) -> Fact:
    return Fact(cls, _with_defaults(cls, fields))


def given(kind: type[A], *facts: Fact, id: UUID = ID) -> A:
    """The aggregate that these facts have made."""
    aggregate: Any = None
    for version, each in enumerate(facts, start=1):
        aggregate = each.at(id=id, version=version, kind=kind).mutate(aggregate)
    assert isinstance(aggregate, kind), "an aggregate begins with a fact"
    return aggregate


def recorded(aggregate: Aggregate) -> list[Fact]:
    """What the aggregate has recorded since it was given."""
    return [
        Fact(type(event), {k: v for k, v in vars(event).items() if k not in _ENVELOPE})
        for event in aggregate.pending_events
    ]


def _with_defaults(cls: Any, fields: dict[str, object]) -> dict[str, object]:
    named = {field.name: field for field in fields_of(cls) if field.name not in _ENVELOPE}
    unknown = fields.keys() - named.keys()
    assert not unknown, f"{cls.__qualname__} has no {', '.join(sorted(unknown))}"
    whole = dict(fields)
    for name, field in named.items():
        if name not in whole:
            whole[name] = field.default
    return {name: whole[name] for name in named}


__all__ = ["ID", "NOW", "Fact", "fact", "given", "happening", "recorded"]
