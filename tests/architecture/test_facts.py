"""Every fact has a stored name of its own, and a decision whether others may know of it."""

import importlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import singledispatch
from uuid import UUID

import pytest
from eventsourcing.domain import ProgrammingError

from libs.domain import Aggregate, Started, event
from tests.architecture.tree import PUBLISHING, SERVICES, aggregates, facts


def misnamed(kinds: Iterable[type[Aggregate]], service: str) -> Iterator[str]:
    """Aggregates and facts whose stored name is of another service, or of one another.

    That each has one at all, the library sees to when the class is made.
    """
    named = [*kinds, *(fact for kind in kinds for fact in facts(kind))]
    counts = Counter(topic_of(thing) for thing in named)
    for thing in named:
        topic = topic_of(thing)
        if counts[topic] > 1:
            yield f"{thing.__qualname__} shares the stored name {topic}"
        if not topic.startswith(f"{service}."):
            yield f"{thing.__qualname__} has the stored name {topic}, of another service"


def topic_of(thing: type) -> str:
    topic: str = thing.TOPIC  # type: ignore[attr-defined]  # Aggregates and facts have it alike.
    return topic


def undecided(kinds: Iterable[type[Aggregate]], publish: object) -> Iterator[str]:
    """Facts that the table of a `publishing.py` does not list, to be told or to be kept."""
    table = getattr(publish, "registry")  # noqa: B009  The attribute is singledispatch's.
    for kind in kinds:
        for fact in facts(kind):
            if fact not in table:
                yield f"{fact.__qualname__}: nobody decided whether others may know"


@pytest.mark.parametrize("service", SERVICES)
def test_every_fact_has_a_stored_name_of_its_own(service: str) -> None:
    assert list(misnamed(aggregates(service), service)) == []


@pytest.mark.parametrize("service", PUBLISHING)
def test_every_fact_has_a_publishing_decision(service: str) -> None:
    publishing = importlib.import_module(f"services.{service}.publishing")

    assert list(undecided(aggregates(service), publishing.publish)) == []


@pytest.mark.parametrize("service", PUBLISHING)
def test_a_fact_that_nobody_decided_on_is_a_bug(service: str) -> None:
    publishing = importlib.import_module(f"services.{service}.publishing")

    with pytest.raises(AssertionError):
        publishing.publish(object())


class Bell(Aggregate):
    """Breaks every rule there is."""

    TOPIC = "planted.Bell"

    class Hung(Started):
        TOPIC = "planted.BellHung"

    class Rung(Aggregate.Event):
        TOPIC = "planted.BellRung"

    class RungAgain(Aggregate.Event):
        TOPIC = "planted.BellRungAgain"

    class Cracked(Aggregate.Event):
        TOPIC = "elsewhere.BellCracked"
        at: datetime

    @event(Hung)
    def __init__(self, *, id: UUID) -> None:
        pass


def test_a_stored_name_that_is_not_its_own_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bell.RungAgain, "TOPIC", Bell.Rung.TOPIC)

    assert list(misnamed([Bell], "planted")) == [
        "Bell.Rung shares the stored name planted.BellRung",
        "Bell.RungAgain shares the stored name planted.BellRung",
        "Bell.Cracked has the stored name elsewhere.BellCracked, of another service",
    ]


@pytest.mark.parametrize("body", [{}, {"TOPIC": "planted.BellRung"}], ids=["none", "taken"])
def test_a_fact_without_a_stored_name_of_its_own_cannot_be_made(body: dict[str, str]) -> None:
    members = {"__module__": __name__, "__qualname__": "Gong.Struck", **body}
    struck = type("Struck", (Aggregate.Event,), members)

    with pytest.raises(ProgrammingError, match="topic"):
        type("Gong", (Aggregate,), {"TOPIC": "planted.Gong", "Struck": struck})


def test_a_fact_that_nobody_decided_on_is_seen() -> None:
    @singledispatch
    def publish(fact: object) -> None:
        raise AssertionError

    for decided in (Bell.Hung, Bell.Rung, Bell.RungAgain):
        publish.register(decided, lambda _: None)

    assert list(undecided([Bell], publish)) == [
        "Bell.Cracked: nobody decided whether others may know"
    ]
