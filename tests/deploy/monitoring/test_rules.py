"""Every alert fires when it should, and not when it should not, by Prometheus' own reckoning."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from deploy.local.doctor import CHECKS
from deploy.monitoring.objectives import OBJECTIVES, RULES, rules
from tests.tools import program

ALERTS = RULES.with_name("alerts.yml")

Series = Mapping[str, str]
"""Values in promtool's notation, by series."""


class Case(NamedTuple):
    """The same series, gone wrong and just right."""

    wrong: Series
    right: Series
    minutes: int = 30


def level(series: str, wrong: str, right: str, **others: str) -> Case:
    beside = {name: f"{value}x40" for name, value in others.items()}
    return Case({series: f"{wrong}x40", **beside}, {series: f"{right}x40", **beside})


BUSY = 'entrepot_pool_connections{service="order",use="busy"}'
POOL = {'entrepot_pool_connections_max{service="order"}': "8+0"}
TAKEN = 'entrepot_postgres_connections{service="order",state="idle"}'
SERVER = {'entrepot_postgres_connections_max{service="order"}': "200+0"}
BEHIND = 'entrepot_follower_behind_seconds{service="order",follower="%s"}'
OWED = 'entrepot_ledger_client_money{side="owed",currency="GBP"}'
HELD = {'entrepot_ledger_client_money{side="held",currency="GBP"}': "1000+0"}

CASES: dict[str, Case] = {
    "EntrepotServiceDown": level('up{service="order"}', "0+0", "1+0"),
    "EntrepotSurveyFailing": level(
        'entrepot_survey_failures_total{service="order",source="kafka"}', "0+1", "3+0"
    ),
    "EntrepotLoopLag": level('entrepot_loop_lag_seconds{service="order"}', "0.3+0", "0.2+0"),
    "EntrepotPoolExhausted": level(BUSY, "8+0", "7+0", **POOL),
    "EntrepotCommandsWaiting": level(
        'entrepot_commands_waiting{service="order"}', "4097+0", "4096+0"
    ),
    "EntrepotPostgresConnections": level(TAKEN, "161+0", "160+0", **SERVER),
    "EntrepotOutboxBehind": level(BEHIND % "relay", "61+0", "60+0"),
    "EntrepotFollowerBehind": level(BEHIND % "effects", "301+0", "300+0"),
    "EntrepotFollowerFailing": level(
        'entrepot_follower_failures_total{service="order",follower="relay"}', "0+1", "9+0"
    ),
    "EntrepotWatermarkHeld": level(
        'entrepot_watermark_age_seconds{service="order"}', "31+0", "30+0"
    ),
    "EntrepotConsumerLagging": level(
        'entrepot_consumer_lag{service="order",topic="t",partition="0"}', "10001+0", "10000+0"
    ),
    "EntrepotKeysParked": level('entrepot_parked_keys{service="order",topic="t"}', "1+0", "0+0"),
    "EntrepotDeadlinesLate": level(
        'entrepot_deadlines_overdue_seconds{service="order",kind="order.Order"}', "121+0", "120+0"
    ),
    "EntrepotOrdersStuck": level(
        'entrepot_order_age_seconds_max{state="PENDING_RESERVATION"}', "901+0", "900+0"
    ),
    "EntrepotPaymentsInDoubt": level("entrepot_payments_in_doubt_seconds_max", "3601+0", "3600+0"),
    "EntrepotPayoutsLate": level("entrepot_payouts_open_seconds_max", "172801+0", "172800+0"),
    "EntrepotBooksOff": level(
        'entrepot_ledger_trial_balance{book="MONEY",currency="GBP"}', "-1+0", "0+0"
    ),
    "EntrepotClientMoneyShort": level(OWED, "1001+0", "1000+0", **HELD),
    "EntrepotUnposted": level("entrepot_ledger_unposted_seconds_max", "3601+0", "3600+0"),
}


def counted(name: str, good: str, *, bound: str) -> Series:
    return {f"{name}_count": "0+1000x500", f'{name}_bucket{{le="{bound}"}}': good}


def events(alert: str, *, good: str, bad: str) -> Series:
    """A thousand events a minute; how many of them went well, and badly, as promtool has it."""
    match alert:
        case "EntrepotCommandSuccess":
            return {
                'entrepot_rpc_calls_total{code="OK"}': good,
                'entrepot_rpc_calls_total{code="UNAVAILABLE"}': bad,
            }
        case "EntrepotPlacedToPaid":
            return counted("entrepot_order_placed_to_paid_seconds", good, bound="60.0")
        case "EntrepotDeliveredToPosted":
            return counted("entrepot_ledger_delivered_to_posted_seconds", good, bound="60.0")
        case "EntrepotPayoutsOnTime":
            return counted("entrepot_payout_seconds", good, bound="172800.0")
    raise AssertionError(alert)


def steady(alert: str, bad: float) -> Series:
    return events(alert, good=f"0+{1000 - bad:g}x500", bad=f"0+{bad:g}x500")


def sudden(alert: str, bad: float) -> Series:
    """All is well for six hours, then something breaks."""
    good = f"0+1000x360 {360_000 + 1000 - bad:g}+{1000 - bad:g}x100"
    return events(alert, good=good, bad=f"0+0x360 {bad:g}+{bad:g}x100")


def suite() -> Iterator[dict[str, Any]]:
    for alert, case in CASES.items():
        for series, fires in ((case.wrong, True), (case.right, False)):
            yield told(alert, "", series, minutes=case.minutes, fires=fires)
    for objective in OBJECTIVES:
        alert, allowed = objective.alert, 1000 * (1 - objective.target)
        if alert == "EntrepotBooksBalanced":
            continue
        # Slow burns: six times too fast wakes somebody, any faster than allowed is a ticket.
        for severity, factor in (("page", 6.0), ("ticket", 1.0)):
            for share, fires in ((1.05, True), (0.95, False)):
                series = steady(alert, allowed * factor * share)
                yield told(alert, severity, series, minutes=90, fires=fires)
        # A fast burn: an hour of it wakes somebody though the six hours are not spent yet.
        for factor, fires in ((15.5, True), (13.0, False)):
            series = sudden(alert, allowed * factor)
            yield told(alert, "page", series, minutes=422, fires=fires)
    for value, minutes, fires in ((-5, 60, True), (0, 60, False)):
        trial = {
            'entrepot_ledger_trial_balance{book="MONEY",currency="GBP"}': f"{value}+0x100",
            "entrepot_ledger_unposted_seconds_max": "0+0x100",
        }
        for severity in ("page", "ticket"):
            yield told("EntrepotBooksBalanced", severity, trial, minutes=minutes, fires=fires)


def told(alert: str, severity: str, series: Series, *, minutes: int, fires: bool) -> dict[str, Any]:
    wanted = f'alertname="{alert}",alertstate="firing"'
    if severity:
        wanted += f',severity="{severity}"'
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f"count(ALERTS{{{wanted}}}) > bool 0",
                "eval_time": f"{minutes}m",
                "exp_samples": [{"value": 1}] if fires else [],
            }
        ],
    }


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program("promtool", made_by="make promtool"), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_prometheus_accepts_the_rules() -> None:
    checked = promtool("check", "rules", ALERTS, RULES)

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_alert_fires_when_it_should_and_not_when_it_should_not(tmp_path: Path) -> None:
    file = tmp_path / "tests.yml"
    file.write_text(json.dumps({"rule_files": [str(ALERTS), str(RULES)], "tests": list(suite())}))

    tested = promtool("test", "rules", file)

    assert tested.returncode == 0, (tested.stdout + tested.stderr)[-3000:]


def names() -> set[str]:
    text = ALERTS.read_text() + RULES.read_text()
    return set(re.findall(r"- alert: (\w+)", text))


def test_every_alert_has_its_case_its_check_and_its_runbook() -> None:
    assert names() == CASES.keys() | {objective.alert for objective in OBJECTIVES}
    assert names() == CHECKS.keys()
    runbooks = {file.stem for file in (RULES.parents[1] / "runbooks").glob("*.md")}
    assert names() == runbooks


def test_the_rules_of_the_objectives_are_those_declared() -> None:
    assert RULES.read_text() == rules()
