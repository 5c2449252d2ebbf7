"""A public fact with what the wire says of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, partial
from importlib import import_module
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError, Message

from libs.contracts.common.v1 import options_pb2
from libs.domain import id_within
from libs.eventstore import Recorded
from libs.runtime.cause import Cause

Headers = Sequence[tuple[str, bytes]]

C = TypeVar("C")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Undecodable(ValueError):
    """A message is not what its headers say, or says nothing that we know."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """One public fact as a consumer gets it. CloudEvents 1.0 in binary mode on the wire."""

    payload: Message
    event_id: UUID
    key: str
    source: str = ""
    """The service that tells it, such as `/entrepot/order`."""
    subject: str = ""
    """The stream it comes from."""
    sequence: int = 0
    """Its version in that stream."""
    occurred_at: datetime = EPOCH
    cause: Cause = Cause()

    def request_id(self, command: type, *discriminators: object) -> UUID:
        """The id of the request that this fact makes: the same one every time it is read.

        Services name streams after what they are about, so an order and what another service
        keeps of it may share ids, and their events too: only with its source an event is unique.
        """
        words = (self.source, command.__name__, *(str(word) for word in discriminators))
        return id_within(self.event_id, "/".join(words))


class Policy(Generic[C]):
    """What facts ask of us: pure, so that the same fact asks for the same.

    The facts that it hears are named beside it, so that the many others of a topic are passed
    over before anybody decodes them.
    """

    def __init__(
        self, follow: Callable[[Envelope], Iterator[C]], heard: Sequence[type[Message]]
    ) -> None:
        self.follow = follow
        self.heard = frozenset(heard)

    def __call__(self, event: Envelope) -> Iterator[C]:
        return self.follow(event)


def hears(
    *heard: type[Message],
) -> Callable[[Callable[[Envelope], Iterator[C]]], Policy[C]]:
    """Make a policy of a function that asks for something at these facts, and at no others."""
    return partial(Policy, heard=heard)


Publish = Callable[[object], Message | None]
"""What others may know of a fact; None where it is nobody else's concern."""


def to_wire(message: Message, recorded: Recorded, *, source: str) -> tuple[bytes, bytes, Headers]:
    """Key, value and headers of a fact that others may know."""
    fact = recorded.fact
    cause = recorded.cause
    event_id = str(recorded.event_id)
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_source", source.encode()),
        ("ce_type", message.DESCRIPTOR.full_name.encode()),
        ("ce_time", fact.timestamp.isoformat().encode()),
        ("ce_subject", str(fact.originator_id).encode()),
        ("ce_sequence", str(fact.originator_version).encode()),
        ("ce_correlationid", (cause.correlation_id or event_id).encode()),
        ("ce_causationid", cause.causation_id.encode()),
        ("content-type", b"application/protobuf"),
    ]
    if cause.traceparent:
        headers.append(("traceparent", cause.traceparent.encode()))
    return key_of(message).encode(), message.SerializeToString(deterministic=True), headers


def from_wire(topic: str, key: bytes, value: bytes, headers: Headers) -> Envelope:
    """Read a message back; raises `Undecodable`."""
    said = dict(headers)
    try:
        message = _types(topic)[said["ce_type"]]()
        message.ParseFromString(value)
        return Envelope(
            payload=message,
            event_id=UUID(said["ce_id"].decode()),
            key=key.decode(),
            source=said.get("ce_source", b"").decode(),
            subject=said.get("ce_subject", b"").decode(),
            sequence=int(said.get("ce_sequence", b"0")),
            occurred_at=datetime.fromisoformat(said["ce_time"].decode()),
            cause=Cause(
                correlation_id=said.get("ce_correlationid", b"").decode(),
                causation_id=said.get("ce_causationid", b"").decode(),
                traceparent=said.get("traceparent", b"").decode(),
            ),
        )
    except (KeyError, ValueError, DecodeError) as error:
        raise Undecodable(f"{topic}: {type(error).__name__}") from error


def unheard(topic: str, policy: "Policy[Any]") -> frozenset[bytes]:
    """The facts of a topic that ask for nothing, by their names on the wire.

    A name that nobody knows is not among them: what it means has to be found out.
    """
    return frozenset(name for name, kind in _types(topic).items() if kind not in policy.heard)


def kind_of(headers: Headers) -> bytes | None:
    """The name of the fact that a message says it carries."""
    for name, said in headers:
        if name == "ce_type":
            return said
    return None


@cache
def _types(topic: str) -> Mapping[bytes, type[Message]]:
    """The facts that a topic may carry, by full name as it is on the wire."""
    _, service, version = topic.split(".")
    module = import_module(f"libs.contracts.{service}.{version}.events_pb2")
    return {
        value.DESCRIPTOR.full_name.encode(): value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Message)
    }


def key_of(message: Message) -> str:
    """The value of the field that the proto marks as key."""
    value: str = getattr(message, _key_field(message.DESCRIPTOR))
    assert value, f"{message.DESCRIPTOR.full_name} has an empty key"
    return value


@cache
def _key_field(kind: Descriptor) -> str:
    for field in kind.fields:
        if field.GetOptions().Extensions[options_pb2.key]:
            return field.name
    raise LookupError(f"{kind.full_name} marks no field as key")
