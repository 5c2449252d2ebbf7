"""The demo as a reader of the README plays it: a stack of its own, from nothing to the figures."""

from __future__ import annotations

import pytest

from deploy.local.stack import SERVICES
from tests.system.evenings.played import SECONDS_MAX, Evenings, Outcome

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def outcome(evenings: Evenings) -> Outcome:
    return evenings.outcomes[0]


def test_the_books_balance_and_are_what_the_facts_give(outcome: Outcome) -> None:
    assert outcome["problems"] == []
    assert outcome["trial_balance"]
    assert not any(outcome["trial_balance"].values())
    assert outcome["uncleared"] == {}
    assert outcome["replay"]["equal"]
    assert outcome["replay"]["lines"] > outcome["replay"]["facts"] > 0


@pytest.mark.parametrize(
    ("who", "state"),
    [
        ("ava", "COMPLETED"),
        ("ben", "EXPIRED"),
        ("dan", "REJECTED"),
        ("grace", "CANCELLED"),
    ],
)
def test_each_order_ends_as_the_story_says(outcome: Outcome, who: str, state: str) -> None:
    assert outcome["orders"][who]["states"][-1] == state


def test_one_trace_runs_through_all_services(outcome: Outcome) -> None:
    assert set(SERVICES) <= set(outcome["trace"]["services"])


def test_it_sells_in_three_markets_and_pays_out(outcome: Outcome) -> None:
    assert {part["key"][0] for part in outcome["gmv"]} == {"GB-LIVE", "US-LIVE", "DE-LIVE"}
    assert outcome["statements"] >= 3


def test_nobody_waits_long(outcome: Outcome) -> None:
    assert outcome["seconds"] < SECONDS_MAX


def test_it_can_be_played_again_on_the_same_stack(evenings: Evenings) -> None:
    first, again = evenings.outcomes

    assert again["run"] == first["run"] + 1
    assert again["problems"] == []
    assert again["replay"]["facts"] > first["replay"]["facts"]
