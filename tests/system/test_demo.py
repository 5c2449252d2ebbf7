"""The demo as a reader of the README plays it: a stack of its own, from nothing to the figures."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from deploy.local.stack import SERVICES

SECONDS_MAX = 120
ENTREPOT = (sys.executable, "-m", "deploy.local")

Outcome = dict[str, Any]  # as JSON has it


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="entrepot-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        subprocess.run([*ENTREPOT, "down"], env=living_in(folder), check=False)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def outcome(home: Path) -> Outcome:
    return play(home)


def play(home: Path) -> Outcome:
    played = subprocess.run(
        [*ENTREPOT, "demo", "--json"],
        env=living_in(home),
        capture_output=True,
        text=True,
        timeout=2 * SECONDS_MAX,
        check=False,
    )
    assert played.returncode == 0, played.stderr or played.stdout
    return cast("Outcome", json.loads(played.stdout))


def living_in(home: Path) -> dict[str, str]:
    return {**os.environ, "ENTREPOT_HOME": str(home)}


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


def test_it_can_be_played_again_on_the_same_stack(home: Path, outcome: Outcome) -> None:
    again = play(home)

    assert again["run"] == outcome["run"] + 1
    assert again["problems"] == []
    assert again["replay"]["facts"] > outcome["replay"]["facts"]
