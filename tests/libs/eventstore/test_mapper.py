"""Facts keep their meaning on the way to bytes and back."""

from uuid import UUID

import pytest
from eventsourcing.persistence import StoredEvent

from libs.eventstore.mapper import FactMapper, UnknownFact
from libs.testing import fact, given
from tests.libs.eventstore.accounts import Jar

ID = UUID(int=7)


def test_a_fact_comes_back_as_it_was() -> None:
    mapper = FactMapper([Jar])
    original = fact(Jar.Filled, coins=3).at(id=ID, version=2, kind=Jar)

    assert mapper.to_domain_event(mapper.to_stored_event(original)) == original


def test_a_stored_name_outside_the_list_is_not_looked_for() -> None:
    with pytest.raises(UnknownFact):
        FactMapper([Jar]).to_domain_event(StoredEvent(ID, 1, "os:system", b"{}"))


def test_a_snapshot_of_another_shape_is_not_used() -> None:
    mapper = FactMapper([Jar])
    taken = mapper.take(given(Jar, fact(Jar.Opened, coins=3)))

    restored = mapper.restore(Jar, taken)

    assert isinstance(restored, Jar)
    assert (restored.coins, restored.version, restored.id) == (3, 1, taken.stream_id)
    assert mapper.restore(Jar, taken._replace(schema="older")) is None
