"""The business clock of a local stack moves forward, for all who have it mapped, and never back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.local.clock import ClockGoesBack, LocalClock, ensure_clock, parse_duration, parse_time
from deploy.local.home import Home
from deploy.local.process import StackError
from libs.runtime.clock import SharedClock


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.prepare()
    ensure_clock(home.clock)
    return home


def test_those_who_have_it_mapped_see_it_move(home: Home) -> None:
    service = SharedClock(home.clock)
    before = service.now()

    LocalClock(home).advance(timedelta(days=8))

    assert timedelta(days=8) <= service.now() - before < timedelta(days=8, minutes=1)


def test_it_goes_to_a_time_to_come(home: Home) -> None:
    clock = LocalClock(home)
    tomorrow = clock.now() + timedelta(days=1)

    clock.set(tomorrow)

    assert timedelta(0) <= clock.now() - tomorrow < timedelta(minutes=1)


def test_it_never_goes_back(home: Home) -> None:
    clock = LocalClock(home)
    clock.advance(timedelta(days=8))

    with pytest.raises(ClockGoesBack):
        clock.set(clock.now() - timedelta(seconds=1))
    with pytest.raises(ClockGoesBack):
        clock.advance(timedelta(seconds=-1))

    assert clock.offset == timedelta(days=8)


def test_a_time_that_is_reached_already_is_left_alone(home: Home) -> None:
    clock = LocalClock(home)

    clock.reach(clock.now() - timedelta(seconds=1))

    assert clock.offset == timedelta(0)


def test_starting_again_keeps_the_time(home: Home) -> None:
    LocalClock(home).advance(timedelta(days=8))

    ensure_clock(home.clock)

    assert LocalClock(home).offset == timedelta(days=8)


def test_without_a_local_stack_there_is_no_clock_to_move(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="no local stack"):
        LocalClock(Home(tmp_path))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("8d", timedelta(days=8)),
        ("36h", timedelta(hours=36)),
        ("1d12h30m", timedelta(days=1, hours=12, minutes=30)),
        ("2w", timedelta(weeks=2)),
        ("45s", timedelta(seconds=45)),
    ],
)
def test_durations_are_written_with_their_units(text: str, meant: timedelta) -> None:
    assert parse_duration(text) == meant


@pytest.mark.parametrize("text", ["", "8", "d", "-8d", "8 days", "1h2d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(StackError):
        parse_duration(text)


def test_a_time_without_a_zone_is_utc() -> None:
    assert parse_time("2026-12-01T18:00") == datetime(2026, 12, 1, 18, tzinfo=UTC)
    assert parse_time("2026-12-01T18:00+01:00") == datetime(2026, 12, 1, 17, tzinfo=UTC)


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(StackError):
        parse_time("tomorrow")
