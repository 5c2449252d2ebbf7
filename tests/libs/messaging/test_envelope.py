"""A public fact says on the wire what it is, where it comes from and why."""

import pytest
from msgspec.structs import replace

from libs.contracts.catalog.v1.events_pb2 import LiveEnded
from libs.messaging.envelope import Undecodable, from_wire
from tests.libs.messaging.wire import TOPIC, EndShow, message, recorded


def test_an_envelope_comes_back_as_it_was_sent() -> None:
    sent = message("show-1", 0)

    event = from_wire(sent.topic, sent.key, sent.value, sent.headers)

    assert event.payload == LiveEnded(live_session_id="show-1")
    assert (event.key, event.source, event.sequence) == ("show-1", "/entrepot/catalog", 1)
    assert event.event_id == recorded().event_id
    assert event.occurred_at == recorded().fact.timestamp
    assert event.cause.correlation_id == "corr"


def test_the_same_fact_asks_under_the_same_request_id() -> None:
    sent = message("show-1", 0)
    one = from_wire(sent.topic, sent.key, sent.value, sent.headers)
    again = from_wire(sent.topic, sent.key, sent.value, sent.headers)

    assert one.request_id(EndShow) == again.request_id(EndShow)
    assert one.request_id(EndShow) != one.request_id(EndShow, "line-1")


def test_facts_of_two_services_about_one_thing_ask_under_ids_of_their_own() -> None:
    """Returns keeps an order under the order's own id, so that their events' ids coincide."""
    sent = message("show-1", 0)
    one = from_wire(sent.topic, sent.key, sent.value, sent.headers)
    other = replace(one, source="/entrepot/returns")

    assert one.event_id == other.event_id
    assert one.request_id(EndShow) != other.request_id(EndShow)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("ce_type", b"entrepot.catalog.v1.NoSuchFact"),
        ("ce_id", b"not a uuid"),
        ("ce_time", b"yesterday"),
    ],
)
def test_what_cannot_be_understood_is_said_to_be_so(header: str, value: bytes) -> None:
    sent = message("show-1", 0)
    headers = [(name, value if name == header else was) for name, was in sent.headers]

    with pytest.raises(Undecodable):
        from_wire(TOPIC, sent.key, sent.value, headers)


def test_bytes_that_are_no_message_are_undecodable() -> None:
    sent = message("show-1", 0, value=b"\xff\xff\xff")

    with pytest.raises(Undecodable):
        from_wire(TOPIC, sent.key, sent.value, sent.headers)
