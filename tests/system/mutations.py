"""Messages at random, from descriptors: a request as somebody would make it, and then not quite."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st

DEEPEST = 3
CHANGES_MAX = 3
WORDS = (
    "",
    "0",
    "\x00",
    "\u202e",
    "%s%n",
    "' or 1=1 --",
    "../../etc/passwd",
    "{{7*7}}",
    "ava",
    "bluebell",
    "markets/GB",
    "orders/-",
    "orders/00000000-0000-0000-0000-000000000000",
    "buyers/" + "x" * 300,
    "GBP",
    "XXX",
    "bm8gdG9rZW4gb2Ygb3Vycw==",
    "x" * 5_000,
)
"""What has gone wrong for others, and what is right elsewhere."""
BITS = {
    FieldDescriptor.TYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.TYPE_UINT64: (0, 2**64 - 1),
}
texts = st.one_of(st.sampled_from(WORDS), st.uuids().map(str), st.text(max_size=40))


@st.composite
def mutated(draw: st.DrawFn, seed: Message) -> bytes:
    """The bytes of a request that differs from `seed` in a few places, or is of other bytes."""
    request = deepcopy(seed)
    for _ in range(draw(st.integers(0, CHANGES_MAX))):
        _change(draw, request)
    raw = request.SerializeToString()
    return draw(torn(raw)) if draw(st.integers(0, 9)) == 0 else raw


@st.composite
def torn(draw: st.DrawFn, raw: bytes) -> bytes:
    """The same bytes with a part of them replaced."""
    start = draw(st.integers(0, len(raw)))
    end = draw(st.integers(start, min(len(raw), start + 8)))
    return raw[:start] + draw(st.binary(max_size=8)) + raw[end:]


def _change(draw: st.DrawFn, message: Message) -> None:
    """Something else in one field, or in one of a message that it holds."""
    fields = [it for it in message.DESCRIPTOR.fields if isinstance(it, FieldDescriptor)]
    if not fields:
        return
    field = draw(st.sampled_from(fields))
    held = _held(message, field)
    deeper: bool = draw(st.booleans())
    if held and deeper:
        inner: Message = draw(st.sampled_from(held))
        _change(draw, inner)
    elif draw(st.integers(0, 4)) == 0:
        message.ClearField(field.name)
    else:
        _fill(draw, message, field, DEEPEST)


def _held(message: Message, field: FieldDescriptor) -> list[Message]:
    if field.message_type is None or _is_map(field):
        return []
    if field.is_repeated:
        return list(getattr(message, field.name))
    return [getattr(message, field.name)] if message.HasField(field.name) else []


def _message(draw: st.DrawFn, kind: Descriptor, deep: int) -> Message:
    message = GetMessageClass(kind)()
    for field in kind.fields:
        if draw(st.booleans()):
            _fill(draw, message, field, deep)
    return message


def _fill(draw: st.DrawFn, message: Message, field: FieldDescriptor, deep: int) -> None:
    if _is_map(field) or (field.message_type is not None and not deep):
        return
    many = draw(st.integers(0, 3)) if field.is_repeated else 1
    values = [_value(draw, field, deep) for _ in range(many)]
    if field.is_repeated:
        message.ClearField(field.name)
        getattr(message, field.name).extend(values)
    elif field.message_type is not None:
        getattr(message, field.name).CopyFrom(values[0])
    else:
        setattr(message, field.name, values[0])


def _value(draw: st.DrawFn, field: FieldDescriptor, deep: int) -> Any:  # As the field has it.
    if field.message_type is not None:
        return _message(draw, field.message_type, deep - 1)
    if field.enum_type is not None:
        named = [it.number for it in field.enum_type.values]
        return draw(st.one_of(st.sampled_from(named), st.integers(-(2**31), 2**31 - 1)))
    if field.type in BITS:
        least, most = BITS[field.type]
        edges = st.sampled_from([0, 1, -1, 1000, 1001, least, most])
        return draw(edges.filter(lambda it: it >= least) | st.integers(least, most))
    match field.type:
        case FieldDescriptor.TYPE_STRING:
            return draw(texts)
        case FieldDescriptor.TYPE_BYTES:
            return draw(st.binary(max_size=40))
        case FieldDescriptor.TYPE_BOOL:
            return draw(st.booleans())
        case _:
            return draw(st.floats(width=32))


def _is_map(field: FieldDescriptor) -> bool:
    kind = field.message_type
    return kind is not None and bool(kind.GetOptions().map_entry)
