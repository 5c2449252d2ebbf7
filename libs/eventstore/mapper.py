"""Facts to bytes and back, through an allow-list of stored names."""

from collections.abc import Iterable
from dataclasses import MISSING
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple, TypedDict, TypeVar, cast, get_type_hints
from uuid import UUID

import msgspec
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Cipher, Compressor, JSONTranscoder, Mapper, StoredEvent

from libs.domain import Aggregate, Started
from libs.eventstore.facts import Snapshot

A = TypeVar("A", bound=Aggregate)

_ENVELOPE = {"originator_id", "originator_version", "originator_topic", "TOPIC"}
_encode = msgspec.json.Encoder().encode


class UnknownFact(LookupError):
    """A stored name is not among the facts that this process knows."""


class _Form(NamedTuple):
    """How one class of facts is decoded."""

    cls: type[Aggregate.Event]
    decoder: msgspec.json.Decoder[dict[str, Any]]
    defaults: dict[str, Any]
    class_version: int


class _State(NamedTuple):
    """How the snapshots of one class of aggregates are decoded."""

    schema: str
    names: frozenset[str]
    decoder: msgspec.json.Decoder[dict[str, Any]]


class FactMapper(Mapper[UUID]):
    """The library's mapper, with msgspec in place of its transcoder.

    Stored names resolve through the facts of the given aggregates only; compressor, cipher and
    upcasting (`class_version`, `upcast_v1_v2`) are the library's.
    """

    def __init__(
        self,
        kinds: Iterable[type[Aggregate]],
        *,
        compressor: Compressor | None = None,
        cipher: Cipher | None = None,
    ) -> None:
        super().__init__(JSONTranscoder(), compressor=compressor, cipher=cipher)
        self.kinds = {kind.TOPIC: kind for kind in kinds}
        self._known = {
            fact.TOPIC: (fact, kind) for kind in self.kinds.values() for fact in facts_of(kind)
        }
        # Made when first wanted: all of them at once are a good part of a process's start.
        self._forms: dict[str, _Form] = {}
        self._states: dict[type[Aggregate], _State] = {}

    def kind_of(self, topic: str) -> type[Aggregate]:
        """The aggregate that a fact with this stored name belongs to."""
        try:
            return self._known[topic][1]
        except KeyError:
            raise UnknownFact(topic) from None

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        return StoredEvent(
            originator_id=domain_event.originator_id,
            originator_version=domain_event.originator_version,
            topic=type(domain_event).TOPIC,  # type: ignore[attr-defined] # as all facts have
            state=self.encode(domain_event),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Aggregate.Event:
        return self.decode(
            stored_event.topic,
            cast("UUID", stored_event.originator_id),  # ours are
            stored_event.originator_version,
            stored_event.state,
        )

    def encode(self, fact: DomainEventProtocol[UUID]) -> bytes:
        """What a fact says, without its envelope."""
        state = {k: v for k, v in vars(fact).items() if k not in _ENVELOPE}
        form = self._form(type(fact).TOPIC)  # type: ignore[attr-defined] # as above
        if form.class_version > 1:
            state["class_version"] = form.class_version
        payload = _encode(state)
        if self.compressor:
            payload = self.compressor.compress(payload)
        if self.cipher:
            payload = self.cipher.encrypt(payload)
        return payload

    def decode(self, topic: str, stream_id: UUID, version: int, payload: bytes) -> Aggregate.Event:
        """The fact of a stored name; raises `UnknownFact`."""
        form = self._form(topic)
        if self.cipher:
            payload = self.cipher.decrypt(payload)
        if self.compressor:
            payload = self.compressor.decompress(payload)
        fact = object.__new__(form.cls)
        fact.__dict__.update(
            form.defaults,
            **self._decode(form, payload),
            originator_id=stream_id,
            originator_version=version,
        )
        return fact

    def _decode(self, form: _Form, payload: bytes) -> dict[str, Any]:
        if form.class_version == 1:
            return form.decoder.decode(payload)
        state = msgspec.json.decode(payload)
        for version in range(state.pop("class_version", 1), form.class_version):
            getattr(form.cls, f"upcast_v{version}_v{version + 1}")(state)
        return form.decoder.decode(_encode(state))

    def _form(self, topic: str) -> _Form:
        form = self._forms.get(topic)
        if form is None:
            if topic not in self._known:
                raise UnknownFact(topic)
            form = self._forms[topic] = _form(*self._known[topic])
        return form

    def _state(self, kind: type[Aggregate]) -> _State:
        state = self._states.get(kind)
        if state is None:
            state = self._states[kind] = _state(kind)
        return state

    def take(self, aggregate: Aggregate) -> Snapshot:
        """The state of an aggregate, to be restored instead of replaying its facts."""
        form = self._state(type(aggregate))
        state = {k: v for k, v in vars(aggregate).items() if k != "_pending_events"}
        assert form.names == state.keys(), (
            f"{type(aggregate).__name__} must declare its state: {form.names ^ state.keys()}"
        )
        return Snapshot(aggregate.id, aggregate.version, form.schema, _encode(state))

    def copy(self, aggregate: A) -> A:
        """The aggregate as it is now, whatever becomes of it."""
        copied = self.restore(type(aggregate), self.take(aggregate))
        assert copied is not None, "a class has not changed shape since just now"
        return cast("A", copied)

    def restore(self, kind: type[Aggregate], snapshot: Snapshot) -> Aggregate | None:
        """The aggregate of a snapshot, or None when its class has changed shape since."""
        form = self._state(kind)
        if snapshot.schema != form.schema:
            return None
        aggregate = kind.__new__(kind)
        aggregate.__dict__.update(form.decoder.decode(snapshot.state), _pending_events=[])
        return aggregate


def facts_of(kind: type[Aggregate]) -> list[type[Aggregate.Event]]:
    """The facts that an aggregate can record."""
    return [
        value
        for name, value in vars(kind).items()
        if isinstance(value, type) and issubclass(value, Aggregate.Event) and name != "Event"
    ]


def _form(fact: type[Aggregate.Event], kind: type[Aggregate]) -> _Form:
    fields = fact.__dataclass_fields__
    hints = {k: v for k, v in get_type_hints(fact).items() if k in fields and k not in _ENVELOPE}
    shape = TypedDict("shape", hints, total=False)  # type: ignore[misc] # made at run time
    return _Form(
        cls=fact,
        decoder=msgspec.json.Decoder(shape),
        defaults={
            **{k: fields[k].default for k in hints if fields[k].default is not MISSING},
            **({"originator_topic": kind.TOPIC} if issubclass(fact, Started) else {}),
        },
        class_version=getattr(fact, "class_version", 1),
    )


def _state(kind: type[Aggregate]) -> _State:
    hints = {
        k: v
        for k, v in get_type_hints(kind).items()
        if k not in {"TOPIC", "INITIAL_VERSION"} and not k.isupper()
    }
    base = get_type_hints(_Base)
    shape = TypedDict("shape", {**hints, **base})  # type: ignore[misc] # made at run time
    schema = blake2b(repr(sorted((k, repr(v)) for k, v in hints.items())).encode(), digest_size=8)
    return _State(schema.hexdigest(), frozenset({*hints, *base}), msgspec.json.Decoder(shape))


class _Base(TypedDict):
    """What the library's aggregate keeps of its own."""

    _id: UUID
    _version: int
    _created_on: datetime
    _modified_on: datetime
