"""Aggregates record facts, and are what their facts say."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from libs.domain import Aggregate, Refusal, RuleViolated, Started, event, happening

HOUR = timedelta(hours=1)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LAMP = UUID("6f0a1f5e-3b1c-5c0e-9d53-0e3d1b8f7a42")


class AlreadyLit(RuleViolated):
    """The lamp is lit."""


class Lamp(Aggregate):
    """Lit for an hour at a time."""

    TOPIC = "test.Lamp"

    class Hung(Started):
        TOPIC = "test.LampHung"
        room: str

    class Lit(Aggregate.Event):
        TOPIC = "test.LampLit"
        until: datetime

    class WentOut(Aggregate.Event):
        TOPIC = "test.LampWentOut"

    room: str
    lit_until: datetime | None

    @event(Hung)
    def __init__(self, *, id: UUID, room: str) -> None:
        self.room = room
        self.lit_until = None

    def light(self, now: datetime) -> None:
        if self.lit_until:
            raise AlreadyLit(f"the lamp in {self.room} is lit", field="lamp", room=self.room)
        self._lit(until=now + HOUR)

    @event(Lit)
    def _lit(self, until: datetime) -> None:
        self.lit_until = until

    def relight(self, **said: object) -> None:
        self.trigger_event(Lamp.Lit, **said)

    @event(WentOut)
    def _went_out(self) -> None:
        self.lit_until = None

    @property
    def due(self) -> datetime | None:
        return self.lit_until

    def fall_due(self, now: datetime) -> None:
        if self.due and self.due <= now:
            self._went_out()


def hung() -> Lamp:
    with happening(NOON):
        return Lamp(id=LAMP, room="hall")


def test_what_was_started_has_the_id_it_was_given() -> None:
    lamp = hung()

    assert lamp.id == LAMP
    (fact,) = lamp.collect_events()
    assert isinstance(fact, Lamp.Hung)
    assert fact.timestamp == NOON


def test_a_verb_records_when_it_happened() -> None:
    lamp = hung()

    with happening(NOON + HOUR):
        lamp.light(NOON + HOUR)

    assert lamp.lit_until == NOON + 2 * HOUR
    assert [(type(fact), fact.timestamp) for fact in lamp.collect_events()] == [
        (Lamp.Hung, NOON),
        (Lamp.Lit, NOON + HOUR),
    ]


def test_a_refusal_records_nothing() -> None:
    lamp = hung()
    with happening(NOON):
        lamp.light(NOON)
        lamp.collect_events()

        with pytest.raises(AlreadyLit) as refused:
            lamp.light(NOON)

    assert not lamp.collect_events()
    assert refused.value.field == "lamp"
    assert refused.value.metadata == {"room": "hall"}
    assert isinstance(refused.value, Refusal)


def test_facts_make_the_aggregate_again() -> None:
    lamp = hung()
    with happening(NOON):
        lamp.light(NOON)

    again: Lamp | None = None
    for fact in lamp.collect_events():
        again = fact.mutate(again)

    assert again is not None
    assert (again.id, again.room, again.lit_until) == (LAMP, "hall", NOON + HOUR)
    assert again.version == 2
    assert not again.collect_events()


def test_time_alone_brings_about_what_is_due_and_only_once() -> None:
    lamp = hung()
    with happening(NOON):
        lamp.light(NOON)
    assert lamp.due == NOON + HOUR

    with happening(NOON + HOUR):
        lamp.fall_due(NOON + timedelta(minutes=59))
        lamp.fall_due(NOON + HOUR)
        lamp.fall_due(NOON + HOUR)

    assert [type(fact) for fact in lamp.collect_events()] == [Lamp.Hung, Lamp.Lit, Lamp.WentOut]
    assert lamp.due is None


def test_nothing_happens_outside_of_time() -> None:
    with pytest.raises(LookupError):
        Lamp(id=LAMP, room="hall")


def test_time_within_time_ends_where_it_began() -> None:
    lamp = hung()

    with happening(NOON):
        with happening(NOON + timedelta(days=1)):
            pass
        lamp.light(NOON)

    assert lamp.collect_events()[-1].timestamp == NOON


@pytest.mark.parametrize("said", [{}, {"until": NOON, "dimly": True}, {"till": NOON}])
def test_a_fact_says_what_it_declares_and_nothing_else(said: dict[str, object]) -> None:
    with happening(NOON):
        lamp = Lamp(id=LAMP, room="hall")
        recorded = list(lamp.pending_events)

        with pytest.raises(TypeError, match="until"):
            lamp.relight(**said)

    assert lamp.pending_events == recorded
    assert lamp.version == 1
