"""A service's facts and topics that the messaging tests use: catalog's LiveEnded stands for any."""

from dataclasses import dataclass
from uuid import UUID

from libs.contracts.catalog.v1.events_pb2 import LiveEnded, PriceChanged
from libs.eventstore.facts import Mark, Recorded
from libs.messaging.envelope import to_wire
from libs.messaging.parking import Message
from libs.runtime.cause import Cause
from libs.testing import NOW, fact
from tests.libs.eventstore.accounts import Jar

TOPIC = "entrepot.catalog.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndShow:
    request_id: UUID
    session: str


def recorded(version: int = 1) -> Recorded:
    told = fact(Jar.Opened, coins=1).at(id=UUID(int=1), version=version, kind=Jar)
    cause = Cause(correlation_id="corr", causation_id="cause", traceparent="00-" + "1" * 32)
    return Recorded(told, Mark(version, version), NOW, cause)


def message(
    session: str,
    offset: int,
    *,
    value: bytes | None = None,
    carrying: type[LiveEnded | PriceChanged] = LiveEnded,
) -> Message:
    key, encoded, headers = to_wire(
        LiveEnded(live_session_id=session), recorded(offset + 1), source="/entrepot/catalog"
    )
    kind = carrying.DESCRIPTOR.full_name.encode()
    headers = [(name, kind if name == "ce_type" else said) for name, said in headers]
    return Message(TOPIC, 0, offset, key, encoded if value is None else value, headers)
