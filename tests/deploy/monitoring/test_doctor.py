"""The doctor finds wrong what its alert finds wrong, and nothing when all is well."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from deploy.local.doctor import CHECKS, Look
from deploy.local.readings import Readings, Sample
from libs.messaging.topics import SERVICES
from tests.deploy.monitoring.test_rules import CASES

WELL = dict.fromkeys(SERVICES, "SERVING")
SEEN = {
    f'{metric}{{service="{it}"}}': 0.0
    for metric in ("entrepot_watermark_age_seconds", "entrepot_consumer_lag")
    for it in SERVICES
}
"""What every service shows whose database and broker can be looked at."""
SIGHT = {"entrepot_ledger_unposted_seconds_max": 0.0}
LATE = {
    "EntrepotPlacedToPaid": ("entrepot_order_placed_to_paid_seconds", "60.0", 0.01),
    "EntrepotDeliveredToPosted": ("entrepot_ledger_delivered_to_posted_seconds", "60.0", 0.001),
    "EntrepotPayoutsOnTime": ("entrepot_payout_seconds", "172800.0", 0.01),
}
"""By objective: its histogram, the bound of what is in time, and what may be late."""


def look(series: Mapping[str, float], **health: str) -> Look:
    readings = Readings()
    for text, value in series.items():
        name, _, matchers = text.partition("{")
        labels = {"service": "order", **dict(re.findall(r'(\w+)="([^"]*)"', matchers))}
        readings.samples.setdefault(name, []).append(Sample(labels, value))
    return Look(readings, {**WELL, **health})


def found(alert: str, series: Mapping[str, float], **health: str) -> list[str]:
    return list(CHECKS[alert](look(series, **health)))


LEVELS = {
    alert: case
    for alert, case in CASES.items()
    if alert not in ("EntrepotServiceDown", "EntrepotSurveyFailing", "EntrepotFollowerFailing")
}
"""Those that look at a moment, as the doctor does."""


@pytest.mark.parametrize("alert", LEVELS)
def test_it_has_the_thresholds_of_its_alert(alert: str) -> None:
    wrong, right = (
        {name: float(values.partition("+")[0]) for name, values in series.items()}
        for series in (LEVELS[alert].wrong, LEVELS[alert].right)
    )

    assert found(alert, wrong)
    assert found(alert, right) == []


@pytest.mark.parametrize("alert", LATE)
def test_it_speaks_of_an_objective_when_somebody_would_be_woken(alert: str) -> None:
    name, bound, allowed = LATE[alert]

    def late(share: float) -> list[str]:
        good = {f'{name}_bucket{{le="{bound}"}}': 10_000 * (1 - share)}
        return found(alert, {f"{name}_count": 10_000, **good})

    assert late(15 * allowed)
    assert late(14 * allowed) == []
    assert found(alert, {}) == [], "nothing has happened yet"


def test_it_speaks_of_failed_calls_when_somebody_would_be_woken() -> None:
    def failed(calls: float) -> list[str]:
        ended = {"OK": 10_000 - calls, "UNAVAILABLE": calls, "NOT_FOUND": 9_000}
        return found(
            "EntrepotCommandSuccess",
            {f'entrepot_rpc_calls_total{{code="{code}"}}': it for code, it in ended.items()},
        )

    assert failed(300)
    assert failed(100) == []


def test_it_says_who_does_not_answer() -> None:
    assert found("EntrepotServiceDown", {}) == []
    assert found("EntrepotServiceDown", {}, order="NOT_SERVING") == [
        "order is not serving: its callers get no answer."
    ]


def test_it_says_what_cannot_be_seen() -> None:
    blind = {name: it for name, it in SEEN.items() if 'lag{service="ledger"' not in name}

    assert found("EntrepotSurveyFailing", SEEN) == []
    assert found("EntrepotSurveyFailing", blind) == [
        "ledger cannot look at its kafka: what follows says nothing of it."
    ]
    assert found("EntrepotBooksBalanced", SIGHT) == []
    assert found("EntrepotBooksBalanced", {})


def test_it_says_what_fails_only_while_it_is_behind() -> None:
    failed = {'entrepot_follower_failures_total{follower="relay"}': 4.0}
    behind = {'entrepot_follower_behind_seconds{follower="relay"}': 2.0}

    assert found("EntrepotFollowerFailing", {**failed, **behind})
    assert found("EntrepotFollowerFailing", failed) == []


def test_every_check_was_shown_to_find_something() -> None:
    others = {"EntrepotCommandSuccess", "EntrepotBooksBalanced", *LATE}

    assert CASES.keys() | others == CHECKS.keys()
