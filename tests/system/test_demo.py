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
from typing import Any

import pytest

from deploy.local.stack import SERVICES

SECONDS_MAX = 120
ENTREPOT = (sys.executable, "-m", "deploy.local")


@pytest.fixture(scope="module")
def outcome() -> Iterator[dict[str, Any]]:  # as JSON has it
    folder = Path(tempfile.mkdtemp(prefix="entrepot-"))
    folder.chmod(0o755)
    environment = {**os.environ, "ENTREPOT_HOME": str(folder)}
    try:
        played = subprocess.run(
            [*ENTREPOT, "demo", "--json"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=4 * SECONDS_MAX,
            check=False,
        )
        assert played.returncode == 0, played.stderr or played.stdout
        yield json.loads(played.stdout)
    finally:
        subprocess.run([*ENTREPOT, "down"], env=environment, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def test_the_books_balance_and_are_what_the_facts_give(outcome: dict[str, Any]) -> None:
    assert outcome["problems"] == []
    assert outcome["trial_balance"]
    assert not any(outcome["trial_balance"].values())
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
def test_each_order_ends_as_the_story_says(outcome: dict[str, Any], who: str, state: str) -> None:
    assert outcome["orders"][who]["states"][-1] == state


def test_one_trace_runs_through_all_services(outcome: dict[str, Any]) -> None:
    assert set(SERVICES) <= set(outcome["trace"]["services"])


def test_it_sells_in_three_markets_and_pays_out(outcome: dict[str, Any]) -> None:
    assert {part["key"][0] for part in outcome["gmv"]} == {"GB-LIVE", "US-LIVE", "DE-LIVE"}
    assert outcome["statements"] >= 3


def test_nobody_waits_long(outcome: dict[str, Any]) -> None:
    assert outcome["seconds"] < SECONDS_MAX
