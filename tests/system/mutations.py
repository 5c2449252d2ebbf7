"""Messages at random, from descriptors: a request as somebody would make it, and then not quite.

All of it follows from a `Random`, so a seed is all that it takes to make the same again.
"""

from __future__ import annotations

import struct
from random import Random
from typing import Any
from uuid import UUID

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

DEEPEST = 3
CHANGES_MAX = 3
TEXT_MAX = 40
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
ALPHABETS = ((0x20, 0x7E), (0x01, 0x1F), (0xA0, 0x24F), (0x0300, 0xD7FF), (0xE000, 0x10FFFF))
"""Plain, control, accented, of the world's scripts, and all above; surrogates are no text."""
BITS = {
    FieldDescriptor.TYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.TYPE_UINT64: (0, 2**64 - 1),
}


def mutated(chance: Random, seed: Message) -> bytes:
    """The bytes of a request that differs from `seed` in a few places, or is of other bytes."""
    request = type(seed)()
    request.CopyFrom(seed)
    for _ in range(chance.randint(0, CHANGES_MAX)):
        _change(chance, request)
    raw = request.SerializeToString()
    return torn(chance, raw) if chance.randrange(10) == 0 else raw


def torn(chance: Random, raw: bytes) -> bytes:
    """The same bytes with a part of them replaced."""
    start = chance.randint(0, len(raw))
    end = chance.randint(start, min(len(raw), start + 8))
    return raw[:start] + chance.randbytes(chance.randint(0, 8)) + raw[end:]


def text(chance: Random) -> str:
    match chance.randrange(3):
        case 0:
            return chance.choice(WORDS)
        case 1:
            return str(UUID(int=chance.getrandbits(128), version=4))
        case _:
            return letters(chance, TEXT_MAX, *chance.choice(ALPHABETS))


def letters(chance: Random, most: int, first: int, last: int) -> str:
    return "".join(chr(chance.randint(first, last)) for _ in range(chance.randint(0, most)))


def _change(chance: Random, message: Message) -> None:
    """Something else in one field, or in one of a message that it holds."""
    fields = [it for it in message.DESCRIPTOR.fields if isinstance(it, FieldDescriptor)]
    if not fields:
        return
    field = chance.choice(fields)
    held = _held(message, field)
    if held and chance.random() < 0.5:
        _change(chance, chance.choice(held))
    elif chance.randrange(5) == 0:
        message.ClearField(field.name)
    else:
        _fill(chance, message, field, DEEPEST)


def _held(message: Message, field: FieldDescriptor) -> list[Message]:
    if field.message_type is None or _is_map(field):
        return []
    if field.is_repeated:
        return list(getattr(message, field.name))
    return [getattr(message, field.name)] if message.HasField(field.name) else []


def _message(chance: Random, kind: Descriptor, deep: int) -> Message:
    message = GetMessageClass(kind)()
    for field in kind.fields:
        if chance.random() < 0.5:
            _fill(chance, message, field, deep)
    return message


def _fill(chance: Random, message: Message, field: FieldDescriptor, deep: int) -> None:
    if _is_map(field) or (field.message_type is not None and not deep):
        return
    many = chance.randint(0, 3) if field.is_repeated else 1
    values = [_value(chance, field, deep) for _ in range(many)]
    if field.is_repeated:
        message.ClearField(field.name)
        getattr(message, field.name).extend(values)
    elif field.message_type is not None:
        getattr(message, field.name).CopyFrom(values[0])
    else:
        setattr(message, field.name, values[0])


def _value(chance: Random, field: FieldDescriptor, deep: int) -> Any:  # As the field has it.
    if field.message_type is not None:
        return _message(chance, field.message_type, deep - 1)
    if field.enum_type is not None:
        if chance.random() < 0.5:
            return chance.choice(field.enum_type.values).number
        return chance.randint(*BITS[FieldDescriptor.TYPE_INT32])
    if field.type in BITS:
        least, most = BITS[field.type]
        edges = [it for it in (0, 1, -1, 1000, 1001, least, most) if it >= least]
        # As many small numbers as large ones: those of a business are small.
        bits = chance.randrange(64)
        some = chance.randint(max(least, -(1 << bits)), min(most, 1 << bits))
        return chance.choice((chance.choice(edges), some))
    match field.type:
        case FieldDescriptor.TYPE_STRING:
            return text(chance)
        case FieldDescriptor.TYPE_BYTES:
            return chance.randbytes(chance.randint(0, TEXT_MAX))
        case FieldDescriptor.TYPE_BOOL:
            return chance.random() < 0.5
        case _:
            return struct.unpack("<f", chance.randbytes(4))[0]


def _is_map(field: FieldDescriptor) -> bool:
    kind = field.message_type
    return kind is not None and bool(kind.GetOptions().map_entry)
