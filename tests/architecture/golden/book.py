"""The files of golden lines, and what each line says when it is read by the code as it is now."""

import importlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from google.protobuf.descriptor_pool import Default
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from libs.domain import Aggregate
from libs.eventstore.mapper import FactMapper
from tests.architecture.golden import samples
from tests.architecture.tree import PUBLISHING, SERVICES, aggregates, events_file, facts

HERE = Path(__file__).parent
PUBLIC = HERE / "public.jsonl"
STORED = HERE / "stored.jsonl"

Said: TypeAlias = dict[str, Any]  # JSON.


class Line(NamedTuple):
    """A fact's name, its bytes (in hex) or its payload, and what these say."""

    fact: str
    written: str
    says: Said


def lines(file: Path) -> list[Line]:
    return [Line(**json.loads(line)) for line in file.read_text().splitlines()]


def add(file: Path, line: Line) -> None:
    with file.open("a") as book:
        book.write(json.dumps(line._asdict(), separators=(",", ":")) + "\n")


# Public facts


def public_samples() -> Iterator[Line]:
    """The facts themselves are the messages with a key; the others only stand inside them."""
    for service in PUBLISHING:
        for descriptor in events_file(service).message_types_by_name.values():
            sample = samples.message(descriptor)
            yield Line(
                descriptor.full_name,
                sample.SerializeToString(deterministic=True).hex(),
                _told(sample),
            )


def read_public(line: Line) -> Said:
    for service in PUBLISHING:
        events_file(service)
    kind = GetMessageClass(Default().FindMessageTypeByName(line.fact))
    return _told(kind.FromString(bytes.fromhex(line.written)))


def _told(message: Message) -> Said:
    said: Said = MessageToDict(
        message, preserving_proto_field_name=True, use_integers_for_enums=True
    )
    return said


# Stored facts


def stored_samples() -> Iterator[Line]:
    for service in SERVICES:
        for kind in aggregates(service):
            for cls in facts(kind):
                stored = _mapper(service).to_stored_event(samples.fact(cls, kind))
                yield Line(stored.topic, stored.state.decode(), json.loads(stored.state))


def read_stored(line: Line) -> Said:
    service = line.fact.split(".", 1)[0]
    row = StoredEvent(UUID(int=7), 1, line.fact, line.written.encode())
    fact = _mapper(service).to_domain_event(row)
    said: Said = json.loads(_mapper(service).to_stored_event(fact).state)
    return said


@cache
def _mapper(service: str) -> FactMapper:
    importlib.import_module(f"services.{service}.domain")
    kinds: list[type[Aggregate]] = aggregates(service)
    return FactMapper(kinds)
