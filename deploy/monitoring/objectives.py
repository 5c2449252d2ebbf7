"""Service level objectives, and the rules that say how fast their error budgets are spent.

Four windows as in the SRE workbook: somebody is woken when 2 % of a month's budget goes in an hour
or 5 % in six, and finds a ticket when 10 % goes in a day or in three. A short window beside each
lets the alert end soon after the trouble. `python -m deploy.monitoring.objectives` writes them.
"""

from dataclasses import dataclass
from pathlib import Path

RULES = Path(__file__).parent / "rules" / "objectives.yml"
OURS = "INTERNAL|UNKNOWN|UNAVAILABLE|DEADLINE_EXCEEDED|DATA_LOSS"
WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
PAGE = (("1h", "5m", 14.4), ("6h", "30m", 6.0))
TICKET = (("1d", "2h", 3.0), ("3d", "6h", 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    alert: str
    metric: str
    """What the ratio is recorded as, before `:ratio_rate5m` and so on."""
    target: float
    bad: str
    """The part of events that went badly, over `{window}`."""
    summary: str
    now: str = ""
    """What is recorded as `:now` first, where the ratio is one of time."""


def _slower_than(name: str, bound: str) -> str:
    good, all_ = f'{name}_bucket{{{{le="{bound}"}}}}', f"{name}_count"
    return f"1 - sum(rate({good}[{{window}}])) / sum(rate({all_}[{{window}}]))"


OBJECTIVES = (
    Objective(
        alert="EntrepotCommandSuccess",
        metric="entrepot:command_failures",
        target=0.999,
        bad=f'sum(rate(entrepot_rpc_calls_total{{{{code=~"{OURS}"}}}}[{{window}}]))'
        " / sum(rate(entrepot_rpc_calls_total[{window}]))",
        summary="Calls fail by our fault, faster than 99.9 % a month allows.",
    ),
    Objective(
        alert="EntrepotPlacedToPaid",
        metric="entrepot:placed_to_paid_late",
        target=0.99,
        bad=_slower_than("entrepot_order_placed_to_paid_seconds", "60.0"),
        summary="Orders are not paid within a minute, more of them than 99 % a month allows.",
    ),
    Objective(
        alert="EntrepotDeliveredToPosted",
        metric="entrepot:delivered_to_posted_late",
        target=0.999,
        bad=_slower_than("entrepot_ledger_delivered_to_posted_seconds", "60.0"),
        summary="Deliveries are not in the books within a minute, too many of them.",
    ),
    Objective(
        alert="EntrepotBooksBalanced",
        metric="entrepot:books_off",
        target=0.9999,
        bad="avg_over_time(entrepot:books_off:now[{window}])",
        summary="The books were off, or could not be seen, for longer than 99.99 % allows.",
        now="count(entrepot_ledger_trial_balance != 0) > bool 0"
        " or absent(entrepot_ledger_unposted_seconds_max) or vector(0)",
    ),
    Objective(
        alert="EntrepotPayoutsOnTime",
        metric="entrepot:payouts_late",
        target=0.99,
        bad=_slower_than("entrepot_payout_seconds", "172800.0"),
        summary="Payouts take more than two days, more of them than 99 % a month allows.",
    ),
)


def rules() -> str:
    """The file of rules, as Prometheus reads it."""
    lines = [
        "# Written by `python -m deploy.monitoring.objectives`; change that instead.",
        "groups:",
    ]
    for objective in OBJECTIVES:
        lines += [f"  - name: {objective.metric.replace(':', '-')}", "    rules:"]
        if objective.now:
            lines += [
                f"      - record: {objective.metric}:now",
                f"        expr: '{objective.now}'",
            ]
        for window in WINDOWS:
            lines += [
                f"      - record: {objective.metric}:ratio_rate{window}",
                f"        expr: '{objective.bad.format(window=window)}'",
            ]
        for severity, windows in (("page", PAGE), ("ticket", TICKET)):
            lines += [
                f"      - alert: {objective.alert}",
                f"        expr: {' or '.join(_burns(objective, *pair) for pair in windows)}",
                f"        labels: {{severity: {severity}}}",
                f'        annotations: {{summary: "{objective.summary}"}}',
            ]
    return "\n".join(lines) + "\n"


def _burns(objective: Objective, long: str, short: str, factor: float) -> str:
    limit = f"{factor * (1 - objective.target):.6g}"
    ratio = f"{objective.metric}:ratio_rate"
    return f"({ratio}{long} > {limit} and {ratio}{short} > {limit})"


if __name__ == "__main__":
    RULES.write_text(rules())
