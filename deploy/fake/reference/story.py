"""The story of the reference: one call of every method, in an order in which each can be made.

`story.txt` is a paragraph a call: who asks what, and under which name the answer is remembered;
then the request as JSON, in which `$offer.name` stands for what an earlier answer said. Ids of
requests are left out: they follow from the call's place in the story.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from google.protobuf.descriptor import Descriptor

from libs.domain import derived_id

TEXT: Final = Path(__file__).with_name("story.txt")
START: Final = "2026-03-01T12:00"
CAST: Final[Mapping[str, Mapping[str, str]]] = {
    "OPS": {"role": "ops"},
    "SERVICE": {"role": "service"},
    "FINANCE": {"role": "finance"},
    "CONTROLLER": {"role": "finance", "subject": "controller"},
    "MERCHANT": {"role": "merchant", "merchant": "bluebell"},
    "BUYER": {"role": "buyer", "subject": "ava"},
}
"""Whose token a call carries, as `entrepot token` is asked for it."""

_CALL = re.compile(r"(?P<who>[A-Z]+) (?P<service>\w+)\.(?P<method>\w+)(?: = (?P<name>\w+))?")
_WORD = re.compile(r"\$(\w+(?:\.\w+)+)")


@dataclass(frozen=True, slots=True)
class Ask:
    """A call as the story has it."""

    number: int
    who: str
    service: str
    method: str
    name: str
    request: Any  # As JSON has it, before answers are put in.


@dataclass(frozen=True, slots=True)
class Pass:
    """Time passes, in seconds, or in hours and days as `entrepot clock advance` takes them."""

    by: str


def story(text: str) -> Iterator[Ask | Pass]:
    for number, paragraph in enumerate(re.split(r"\n{2,}", text.strip()), 1):
        lines = [line for line in paragraph.splitlines() if not line.startswith("#")]
        if not lines:
            continue
        head, body = lines[0], "\n".join(lines[1:])
        if head.startswith("advance "):
            yield Pass(head.removeprefix("advance "))
            continue
        call = _CALL.fullmatch(head)
        assert call is not None, f"story.txt: {head!r} is no call"
        assert call["who"] in CAST, f"story.txt: nobody is {call['who']}"
        request = json.loads(body or "{}")
        name = call["name"] or ""
        yield Ask(number, call["who"], call["service"], call["method"], name, request)


def told(request: Any, said: Mapping[str, Any]) -> Any:
    """The request with what was answered in the places that stand for it."""
    if isinstance(request, dict):
        return {key: told(value, said) for key, value in request.items()}
    if isinstance(request, list):
        return [told(value, said) for value in request]
    if isinstance(request, str):
        if whole := _WORD.fullmatch(request):
            return _look_up(whole[1], said)
        return _WORD.sub(lambda found: str(_look_up(found[1], said)), request)
    return request


def _look_up(path: str, said: Mapping[str, Any]) -> Any:
    """`order.lines.0.lineId`; `case.id` is the last part of its name."""
    value: Any = said
    for part in path.split("."):
        if part == "id" and "id" not in value:
            value = value["name"].rpartition("/")[2]
        else:
            value = value[int(part)] if isinstance(value, list) else value[part]
    return value


def identified(request: dict[str, Any], message: Descriptor, number: int) -> dict[str, Any]:
    """The ids of a request, and of each in a batch, where its message has them."""
    fields = message.fields_by_name
    if "requests" in fields:
        items = request["requests"]
        kept = {
            "requests": [
                {"requestId": str(derived_id("story", number, item)), **one}
                for item, one in enumerate(items)
            ]
        }
        return {**request, **kept}
    if "request_id" in fields:
        return {"requestId": str(derived_id("story", number)), **request}
    return request
