"""Requests made from descriptors alone: one that is well-formed, and every way to spoil it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.money_pb2 import Money

from libs.contracts.buf.validate import validate_pb2

LONG = "x" * 20_000
UNITS = "google.type.Money"
MOMENT = "google.protobuf.Timestamp"
INTEGERS = {
    FieldDescriptor.TYPE_INT32: 31,
    FieldDescriptor.TYPE_INT64: 63,
}
SOME_MOMENT = Timestamp(seconds=1_800_000_000)


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A request with one thing wrong in it."""

    how: str
    request: Message


def well_formed(message: Descriptor, *, other: bool = False) -> Message:
    """The smallest request of which every rule holds; `other` is one more, unlike it."""
    request = GetMessageClass(message)()
    for field in message.fields:
        if field.containing_oneof is not None and field.containing_oneof.fields[0] is not field:
            continue
        value = _value(field, other=other)
        if value is not None:
            _set(request, field, value)
    return request


def spoilt(message: Descriptor) -> Iterator[Spoilt]:
    """Each part of the request, spoilt in turn, all else being well."""
    good = well_formed(message)
    for path, field in _fields(message):
        for how, spoil in _ways(field):
            request = deepcopy(good)
            spoil(_reach(request, path), field)
            name = ".".join((*(it.name for it in path), field.name))
            yield Spoilt(f"{name} {how}", request)


def rules_of(field: FieldDescriptor) -> Any:  # Generated, and read by names of its oneof.
    return field.GetOptions().Extensions[validate_pb2.field]


# --- what is well


def _value(field: FieldDescriptor, *, other: bool) -> Any:  # Of whatever type the field is.
    rules = rules_of(field)
    if rules.ignore == validate_pb2.IGNORE_IF_ZERO_VALUE:
        return None
    if field.is_repeated:
        if _is_map(field) or not rules.repeated.min_items:
            return None
        return [_single(field, rules.repeated.items, other=other)] * rules.repeated.min_items
    if field.message_type is not None and not rules.required:
        return None
    return _single(field, rules, other=other)


def _single(field: FieldDescriptor, rules: Any, *, other: bool) -> Any:
    if field.message_type is not None:
        return _message(field.message_type, other=other)
    if field.enum_type is not None:
        numbers = [it.number for it in field.enum_type.values if it.number]
        return numbers[-1 if other else 0]
    if field.type == FieldDescriptor.TYPE_STRING:
        return _text(rules.string, other=other)
    if field.type in INTEGERS:
        return _integer(rules, other=other)
    return None


def _message(message: Descriptor, *, other: bool) -> Message:
    if message.full_name == UNITS:
        return cast("Message", Money(currency_code="GBP", units=2 if other else 1))
    if message.full_name == MOMENT:
        return cast("Message", SOME_MOMENT)
    return well_formed(message, other=other)


def _text(rules: Any, *, other: bool) -> str:
    if rules.uuid:
        return f"00000000-0000-4000-8000-00000000000{int(other)}"
    if rules.pattern:
        return _example(rules.pattern, other=other)
    return ("z" if other else "a") * int(rules.min_len)


def _integer(rules: Any, *, other: bool) -> int:
    bounds = getattr(rules, rules.WhichOneof("type") or "int32")
    least = bounds.gte if bounds.HasField("gte") else bounds.gt + 1
    return max(least, 0) + int(other) or 1


def _example(pattern: str, *, other: bool) -> str:
    """The shortest text that fits; `other` takes the last of each choice instead of the first."""
    at = -1 if other else 0

    def walk(parsed: Any) -> Iterator[str]:
        for code, argument in parsed:
            match str(code):
                case "LITERAL":
                    yield chr(argument)
                case "IN":
                    yield from walk([argument[at]])
                case "RANGE":
                    yield chr(argument[at])
                case "MAX_REPEAT":
                    least, _, inner = argument
                    yield from list(walk(inner)) * least
                case "SUBPATTERN":
                    yield from walk(argument[3])
                case "BRANCH":
                    yield from walk(argument[1][at])
                case "AT":
                    pass
                case unknown:
                    raise NotImplementedError(f"{unknown} in {pattern}")

    text = "".join(walk(re._parser.parse(pattern)))  # type: ignore[attr-defined]
    assert re.search(pattern, text), f"{text!r} was to fit {pattern}"
    return text


# --- what is wrong

Spoil = Callable[[Message, FieldDescriptor], None]


def _fields(
    message: Descriptor, path: tuple[FieldDescriptor, ...] = ()
) -> Iterator[tuple[tuple[FieldDescriptor, ...], FieldDescriptor]]:
    """All fields of a request, those within its messages included, with the way to each."""
    for field in message.fields:
        yield path, field
        inner = field.message_type
        if inner is None or not inner.full_name.startswith("entrepot.") or _is_map(field):
            continue
        if inner not in [it.message_type for it in path]:
            yield from _fields(inner, (*path, field))


def _ways(field: FieldDescriptor) -> Iterator[tuple[str, Spoil]]:
    rules = rules_of(field)
    if _is_map(field):
        many = {str(number): "1" for number in range(rules.map.max_pairs + 1)}
        yield "too many", lambda m, f: getattr(m, f.name).update(many)
        return
    if field.is_repeated:
        if most := rules.repeated.max_items:
            yield "too many", lambda m, f: _set(m, f, [_item(f)] * (most + 1))
        if rules.repeated.min_items:
            yield "none", lambda m, f: m.ClearField(f.name)
        if field.message_type is not None:
            return
        rules = rules.repeated.items
    elif _is_needed(field, rules):
        yield "missing", lambda m, f: m.ClearField(f.name)
    for how, value in _wrong(field, rules):
        yield how, _setter(value)


def _is_needed(field: FieldDescriptor, rules: Any) -> bool:
    if rules.ignore == validate_pb2.IGNORE_IF_ZERO_VALUE:
        return False
    if field.message_type is not None:
        return bool(rules.required)
    if field.type == FieldDescriptor.TYPE_STRING:
        text = rules.string
        return bool(text.uuid or text.min_len or not re.search(text.pattern, ""))
    return bool(field.enum_type is not None and 0 in rules.enum.not_in)


def _wrong(field: FieldDescriptor, rules: Any) -> Iterator[tuple[str, Any]]:
    if field.type == FieldDescriptor.TYPE_STRING:
        yield "too long", LONG
        if rules.string.uuid or rules.string.pattern:
            yield "malformed", "\x00 no such thing \u202e"
        if rules.string.uuid:
            yield "no uuid", "00000000-0000-0000-0000-00000000000g"
        if field.name == "page_token":
            yield "made up", "bm8gdG9rZW4gb2Ygb3Vycw=="
    elif field.enum_type is not None:
        yield "not defined", 9_999
    elif field.type in INTEGERS:
        bits = INTEGERS[field.type]
        yield "very negative", -(2**bits)
        bounds = getattr(rules, rules.WhichOneof("type") or "int32")
        if bounds.HasField("lte") or bounds.HasField("lt"):
            yield "very large", 2**bits - 1
        if min(bounds.gte, bounds.gt) >= 0:
            yield "negative", -1
    elif field.message_type is not None and field.message_type.full_name == UNITS:
        yield "in no currency", Money(currency_code="XQX", units=1)
        yield "in a malformed currency", Money(currency_code="pounds", units=1)
        yield "finer than its currency", Money(currency_code="GBP", units=1, nanos=1)
        yield "of two signs", Money(currency_code="GBP", units=1, nanos=-10_000_000)
        yield "too much to hold", Money(currency_code="GBP", units=2**63 - 1)
        if rules.cel:
            yield "negative", Money(currency_code="GBP", units=-1)
    elif field.message_type is not None and field.message_type.full_name == MOMENT:
        yield "before all time", Timestamp(seconds=-(2**60))
        yield "after all time", Timestamp(seconds=2**60)
        yield "with odd nanos", Timestamp(seconds=1_800_000_000, nanos=-1)


def _item(field: FieldDescriptor) -> Any:
    return _single(field, rules_of(field).repeated.items, other=False)


def _setter(value: Any) -> Spoil:
    return lambda message, field: _set(message, field, [value] if field.is_repeated else value)


# --- how it is put in


def _set(message: Message, field: FieldDescriptor, value: Any) -> None:
    message.ClearField(field.name)
    if field.is_repeated:
        getattr(message, field.name).extend(value)
    elif field.message_type is not None:
        getattr(message, field.name).CopyFrom(value)
    else:
        setattr(message, field.name, value)


def _reach(request: Message, path: tuple[FieldDescriptor, ...]) -> Message:
    """The message at the end of a way, made where the well-formed request has none."""
    for field in path:
        value = getattr(request, field.name)
        if field.is_repeated:
            if not value:
                value.append(_item(field))
            request = value[0]
        else:
            if not request.HasField(field.name):
                value.CopyFrom(_message(cast("Descriptor", field.message_type), other=False))
            request = value
    return request


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry
