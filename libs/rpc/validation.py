"""Requests are what their protos declare, or go no further."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError, Message
from protovalidate import collect_violations

from libs.rpc.refusals import InvalidRequest, Violation

if TYPE_CHECKING:
    import protovalidate


def read_request(raw: bytes, decode: Callable[[bytes], Message]) -> Message:
    """The request in these bytes, if it is well-formed and every rule of its proto holds."""
    try:
        request = decode(raw)
    except DecodeError:
        raise InvalidRequest("the request cannot be decoded as its message") from None
    if found := collect_violations(request):
        violations = [_described(violation) for violation in found]
        first = violations[0]
        raise InvalidRequest(f"{first.field}: {first.description}".lstrip(": "), violations)
    return request


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
