"""Requests are what their protos declare, or go no further."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp

from libs.rpc.refusals import InvalidRequest, Violation

if TYPE_CHECKING:
    import protovalidate

SECONDS_MIN, SECONDS_MAX = -62_135_596_800, 253_402_300_799
"""The years 1 to 9999, as timestamp.proto has it."""
NANOS = 1_000_000_000


def read_request(raw: bytes, decode: Callable[[bytes], Message]) -> Message:
    """The request in these bytes, if it is well-formed and every rule of its proto holds."""
    # Loaded with the first request: a fifth of the start of a process that only has to listen.
    import protovalidate  # noqa: PLC0415

    try:
        request = decode(raw)
    except DecodeError:
        raise InvalidRequest("the request cannot be decoded as its message") from None
    violations = [_described(violation) for violation in protovalidate.collect_violations(request)]
    violations.extend(_no_moments(request))
    if violations:
        first = violations[0]
        raise InvalidRequest(f"{first.field}: {first.description}".lstrip(": "), violations)
    return request


def _no_moments(request: Message, within: str = "") -> Iterator[Violation]:
    """Timestamps outside of what their type can mean, which no rule of ours needs to repeat."""
    for field in _timed(request.DESCRIPTOR):
        value = getattr(request, field.name)
        if field.is_repeated:
            places = {f"{within}{field.name}[{number}]": it for number, it in enumerate(value)}
        else:
            places = {within + field.name: value} if request.HasField(field.name) else {}
        for place, message in places.items():
            if not isinstance(message, Timestamp):
                yield from _no_moments(message, f"{place}.")
            elif not (SECONDS_MIN <= message.seconds <= SECONDS_MAX and 0 <= message.nanos < NANOS):
                yield Violation(place, "is no moment of the years 1 to 9999", "TIMESTAMP_RANGE")


@cache
def _timed(message: Descriptor, above: tuple[Descriptor, ...] = ()) -> list[FieldDescriptor]:
    """The fields of a message that are timestamps, or have some within them."""
    if message in above:
        return []
    return [
        field
        for field in message.fields
        if field.message_type is not None
        and not field.message_type.GetOptions().map_entry
        and (
            field.message_type is Timestamp.DESCRIPTOR
            or _timed(field.message_type, (*above, message))
        )
    ]


def _described(violation: "protovalidate.Violation") -> Violation:
    told = violation.proto
    return Violation(
        field=_path(violation),
        description=told.message or told.rule_id or "invalid",
        rule=told.rule_id.upper().replace(".", "_") if told.rule_id else "",
    )


def _path(violation: "protovalidate.Violation") -> str:
    """The way to a field as one would write it: `lines[2].price`."""
    path = violation.proto.field
    if path is None:
        return ""
    parts = []
    for element in path.elements:
        at = element.subscript
        parts.append(f"{element.field_name}[{at.value}]" if at else str(element.field_name))
    return ".".join(parts)
