"""By which reasons a method may be refused: found in the code that it leads to.

From the servicer's method along the names of what is called, within the service. Two verbs of one
name in one service are not told apart, so a reason too many may be found.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from google.protobuf.descriptor import Descriptor, EnumDescriptor, MethodDescriptor

from libs.rpc.catalogue import COMMON, reason_of, reasons_of

Place = tuple[str, str]
"""A class, or nothing where it is not known, and the name of a function."""

ROOT: Final = Path(__file__).parents[3]
MONEY: Final = "google.type.Money"
ANY_CALL: Final = frozenset(
    """
    DEADLINE_EXCEEDED INTERNAL INVALID_REQUEST OVERLOADED PERMISSION_DENIED TOKEN_EXPIRED
    UNAUTHENTICATED UNAVAILABLE
    """.split()
)
"""Before a service's own code is reached, or when it cannot be."""


def refusals_of(method: MethodDescriptor) -> list[str]:
    """What may be said to this call beside what may be said to any."""
    file = method.containing_service.file
    service = file.package.split(".")[1]
    declared = {name for enum in _enums(method) for name, _ in reasons_of(enum)}
    found = {reason_of(name) for name in _named_by(service, method.name)}
    return sorted((found | _by_shape(method)) & declared - ANY_CALL)


def _enums(method: MethodDescriptor) -> Iterator[EnumDescriptor]:
    yield COMMON
    own = method.containing_service.file.enum_types_by_name.get("ErrorReason")
    if own is not None:
        yield own


def _by_shape(method: MethodDescriptor) -> set[str]:
    """What the libs refuse by what a request is made of."""
    request = method.input_type
    fields = set(request.fields_by_name)
    if "requests" in fields:
        item = request.fields_by_name["requests"].message_type
        assert item is not None, "a batch is of messages"
        request, fields = item, fields | set(item.fields_by_name)
    reasons = set()
    if "request_id" in fields:
        reasons |= {"REQUEST_ID_REUSED", "CONFLICT"}
    if "page_token" in fields:
        reasons.add("PAGE_TOKEN_INVALID")
    if "etag" in fields:
        reasons.add("STALE_ETAG")
    if "name" in fields:
        reasons.add("NOT_FOUND")
    if _has_money(request, frozenset()):
        reasons |= {
            "AMOUNT_OUT_OF_RANGE",
            "MALFORMED_AMOUNT",
            "SUB_MINOR_AMOUNT",
            "UNKNOWN_CURRENCY",
        }
    return reasons


def _has_money(message: Descriptor, above: frozenset[str]) -> bool:
    inner = [it.message_type for it in message.fields if it.message_type is not None]
    return any(
        it.full_name == MONEY
        or (it.full_name not in above and _has_money(it, above | {message.full_name}))
        for it in inner
    )


def _named_by(service: str, start: str) -> set[str]:
    """All names on the way; those of refusals are told by what the protos declare."""
    code = _code(service)
    names: set[str] = set()
    seen: set[Place] = set()
    ahead: list[Place] = [("", start)]
    while ahead:
        place = ahead.pop()
        if place in seen:
            continue
        seen.add(place)
        owner, name = place
        named_so = code.get(name, [])
        of_owner = [it for it in named_so if it[0] == owner]
        for cls, function in of_owner or named_so:
            for node in ast.walk(function):
                if isinstance(node, ast.Name):
                    names.add(node.id)
                if led := _leads_to(node, cls):
                    ahead.append(led)
    return names


def _leads_to(node: ast.AST, cls: str) -> Place | None:
    """What is called; or named to be called by another, as `self._one` or `Product.suspend` is."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        named = node.value.id
        if named == "self":
            return cls, node.attr
        if named[0].isupper():
            return named, node.attr
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return "", node.func.attr
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return "", node.func.id
    return None


@cache
def _code(service: str) -> Mapping[str, list[tuple[str, ast.AST]]]:
    """The service's functions by name, with the class that each is in, if any."""
    code: dict[str, list[tuple[str, ast.AST]]] = {}
    for path in sorted((ROOT / "services" / service).rglob("*.py")):
        if path.stem in {"wiring", "cli", "policies", "publishing"}:
            continue
        for node in ast.parse(path.read_text()).body:
            inner = node.body if isinstance(node, ast.ClassDef) else [node]
            cls = node.name if isinstance(node, ast.ClassDef) else ""
            for it in inner:
                if isinstance(it, ast.FunctionDef | ast.AsyncFunctionDef):
                    # What makes an object goes by the name of its class.
                    name = cls if it.name in {"__init__", "__post_init__"} else it.name
                    code.setdefault(name, []).append((cls, it))
    return code
