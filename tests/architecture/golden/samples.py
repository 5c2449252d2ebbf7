"""Samples: a fact of each kind with something in every field, always the same."""

import types
import typing
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from itertools import count
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from libs.domain import Aggregate, Started

MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
_WORDS = {"currency": "GBP", "market": "GB"}
_ENVELOPE = {"originator_id", "originator_version", "originator_topic", "TOPIC"}


def message(of: Descriptor) -> Message:
    """Numbers are the fields' own, texts their names, enums their last value."""
    made: Any = GetMessageClass(of)()  # Fields are set by name.
    for field in of.fields:
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            continue
        value = _of_field(field)
        if field.is_repeated:
            getattr(made, field.name).append(value)
        elif field.message_type is not None:
            getattr(made, field.name).CopyFrom(value)
        else:
            setattr(made, field.name, value)
    return made  # type: ignore[no-any-return] # as made above


def _of_field(field: FieldDescriptor) -> Any:
    if field.message_type is not None:
        return message(field.message_type)
    if field.enum_type is not None:
        return field.enum_type.values[-1].number
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_STRING:
            return field.name if field.type == FieldDescriptor.TYPE_STRING else b"bytes"
        case FieldDescriptor.CPPTYPE_BOOL:
            return True
        case _:
            return field.number


def fact(cls: type[Aggregate.Event], kind: type[Aggregate]) -> Aggregate.Event:
    """A stored fact of this class."""
    numbers = count(1)
    hints = {k: v for k, v in get_type_hints(cls).items() if k in cls.__dataclass_fields__}
    state = {k: _value(k, v, numbers) for k, v in hints.items() if k not in _ENVELOPE}
    state |= {"originator_id": UUID(int=7), "originator_version": 1, "timestamp": MOMENT}
    if issubclass(cls, Started):
        state["originator_topic"] = kind.TOPIC
    made = object.__new__(cls)
    object.__setattr__(made, "__dict__", state)
    return made


def _value(name: str, hint: Any, numbers: Iterator[int]) -> Any:
    hint = getattr(hint, "__supertype__", hint)  # what a NewType is made of
    origin, inner = get_origin(hint), [it for it in get_args(hint) if it is not Ellipsis]
    if origin in (types.UnionType, typing.Union):
        return _value(name, next(it for it in inner if it is not type(None)), numbers)
    if origin is typing.Literal:
        return inner[0]
    if origin in (tuple, list, set, frozenset):
        return origin(_value(name, it, numbers) for it in inner)
    if origin is dict:
        return {_value(name, inner[0], numbers): _value(name, inner[1], numbers)}
    if isinstance(hint, type) and is_dataclass(hint):
        of = get_type_hints(hint)
        return hint(**{it.name: _value(it.name, of[it.name], numbers) for it in fields(hint)})
    if issubclass(hint, tuple):
        return hint(*(_value(k, v, numbers) for k, v in get_type_hints(hint).items()))
    if issubclass(hint, Enum):
        return list(hint)[-1]
    return _scalar(name, hint, next(numbers))


def _scalar(name: str, hint: type, number: int) -> Any:
    if hint is str:
        return _WORDS.get(name.rsplit("_", 1)[-1], f"{name} {number}")
    made = {
        bool: True,
        int: number,
        Decimal: Decimal(number),
        UUID: UUID(int=number),
        bytes: b"bytes",
        datetime: MOMENT,
        date: MOMENT.date(),
        timedelta: timedelta(days=number),
    }
    return made[hint]
