"""`entrepot doctor`: the first look of every runbook at once, and in words what is wrong.

A check has the name of the alert whose condition it looks at, and the same thresholds. What an
alert asks of a stretch of time, a check can only ask of the moment, or since the processes began.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.local.health import health
from deploy.local.home import Home, State
from deploy.local.readings import Readings, read

OUTBOX_S, FOLLOWER_S, WATERMARK_S, TIMER_S = 60, 300, 30, 120
LAG, WAITING, LOOP_S, POOL = 10_000, 4_096, 0.25, 0.9
DOUBT_S, UNPOSTED_S, PAYOUT_S = 3600, 3600, 2 * 86_400
UNPAID_S = {"PENDING_RESERVATION": 15 * 60, "PENDING_PAYMENT": 45 * 60, "ACTION_REQUIRED": 45 * 60}
FAST_BURN = 14.4
"""How many times faster than allowed an error budget is spent when somebody is woken."""
OURS = ("INTERNAL", "UNKNOWN", "UNAVAILABLE", "DEADLINE_EXCEEDED", "DATA_LOSS")
"""Codes by which we, and not the caller, have failed."""


class Look(NamedTuple):
    """What there is to look at: the metrics, and what gRPC's health service says of each."""

    readings: Readings
    health: dict[str, str]


class Finding(NamedTuple):
    """Something that is wrong, in words, and where to read on."""

    alert: str
    words: str


Check = Callable[[Look], Iterator[str]]
CHECKS: dict[str, Check] = {}
"""By alert; each gives a sentence for everything that is wrong."""


def check(alert: str) -> Callable[[Check], Check]:
    def declare(look: Check) -> Check:
        CHECKS[alert] = look
        return look

    return declare


@check("EntrepotServiceDown")
def _down(look: Look) -> Iterator[str]:
    for service, answer in look.health.items():
        if answer != "SERVING":
            yield f"{service} is {answer.lower().replace('_', ' ')}: its callers get no answer."
    for service in look.readings.silent:
        yield f"{service} shows no metrics: its process is down, or stuck."


@check("EntrepotSurveyFailing")
def _blind(look: Look) -> Iterator[str]:
    for service in look.health:
        if service in look.readings.silent:
            continue
        for source, sign in (
            ("database", "entrepot_watermark_age_seconds"),
            ("kafka", "entrepot_consumer_lag"),
        ):
            if not look.readings.of(sign, service=service):
                yield f"{service} cannot look at its {source}: what follows says nothing of it."


@check("EntrepotOutboxBehind")
def _outbox(look: Look) -> Iterator[str]:
    for it in look.readings.of("entrepot_follower_behind_seconds", follower="relay"):
        if it.value > OUTBOX_S:
            service = it.labels["service"]
            facts = look.readings.total(
                "entrepot_follower_behind_facts", follower="relay", service=service
            )
            yield (
                f"{service} has {facts:,.0f} facts that nobody else knows, the oldest for "
                f"{_time(it.value)}: the broker does not take them."
            )


@check("EntrepotFollowerBehind")
def _followers(look: Look) -> Iterator[str]:
    for it in look.readings.of("entrepot_follower_behind_seconds"):
        if it.value > FOLLOWER_S and it.labels["follower"] != "relay":
            service, follower = it.labels["service"], it.labels["follower"]
            yield f"{service}'s {follower} is {_time(it.value)} behind its own facts."


@check("EntrepotFollowerFailing")
def _failing(look: Look) -> Iterator[str]:
    for it in look.readings.of("entrepot_follower_failures_total"):
        behind = look.readings.highest("entrepot_follower_behind_seconds", **_of(it.labels))
        if it.value and behind > 1:
            service, follower = it.labels["service"], it.labels["follower"]
            yield f"{service}'s {follower} has failed {it.value:.0f} times, and is behind."


@check("EntrepotWatermarkHeld")
def _watermark(look: Look) -> Iterator[str]:
    for it in look.readings.of("entrepot_watermark_age_seconds"):
        if it.value > WATERMARK_S:
            yield (
                f"an open transaction has hidden {it.labels['service']}'s facts from all who "
                f"follow them for {_time(it.value)}."
            )


@check("EntrepotConsumerLagging")
def _lag(look: Look) -> Iterator[str]:
    for service, lag in look.readings.sums("entrepot_consumer_lag", "service").items():
        if lag > LAG:
            yield f"{service} has {lag:,.0f} messages to deal with."


@check("EntrepotKeysParked")
def _parked(look: Look) -> Iterator[str]:
    for it in look.readings.of("entrepot_parked_keys"):
        if it.value:
            service, topic = it.labels["service"], it.labels["topic"]
            yield (
                f"{_count(it.value, 'key')} of {topic} wait for a person in {service}: "
                f"`entrepot parked list {service}`."
            )


@check("EntrepotDeadlinesLate")
def _timers(look: Look) -> Iterator[str]:
    for it in look.readings.of("entrepot_deadlines_overdue_seconds"):
        if it.value > TIMER_S:
            yield (
                f"a deadline of {it.labels['kind']} passed {_time(it.value)} ago, and nothing "
                "came of it."
            )


@check("EntrepotOrdersStuck")
def _stuck(look: Look) -> Iterator[str]:
    for it in look.readings.of("entrepot_order_age_seconds_max"):
        if it.value > UNPAID_S.get(state := it.labels["state"], it.value):
            yield f"an order is {state.lower().replace('_', ' ')} since {_time(it.value)}."


@check("EntrepotPaymentsInDoubt")
def _doubt(look: Look) -> Iterator[str]:
    for it in look.readings.of("entrepot_payments_in_doubt_seconds_max"):
        if it.value > DOUBT_S:
            number = look.readings.total("entrepot_payments_in_doubt")
            yield (
                f"{_count(number, 'payment')} in doubt, the oldest for {_time(it.value)}: "
                "nobody knows whether the money moved."
            )


@check("EntrepotPayoutsLate")
def _payouts(look: Look) -> Iterator[str]:
    for it in look.readings.of("entrepot_payouts_open_seconds_max"):
        if it.value > PAYOUT_S:
            yield f"a payout has been under way for {_time(it.value)}: a payee waits for money."


@check("EntrepotBooksOff")
def _books(look: Look) -> Iterator[str]:
    for it in look.readings.of("entrepot_ledger_trial_balance"):
        if it.value:
            book, currency = it.labels["book"], it.labels["currency"]
            yield f"the books are off by {it.value:,.0f} minor units in {book} {currency}."


@check("EntrepotClientMoneyShort")
def _client_money(look: Look) -> Iterator[str]:
    owed = look.readings.sums("entrepot_ledger_client_money", "currency", side="owed")
    held = look.readings.sums("entrepot_ledger_client_money", "currency", side="held")
    for currency, amount in owed.items():
        if amount > held.get(currency, 0):
            short = amount - held.get(currency, 0)
            yield f"client money is {short:,.0f} minor units of {currency} short of what is owed."


@check("EntrepotUnposted")
def _unposted(look: Look) -> Iterator[str]:
    for it in look.readings.of("entrepot_ledger_unposted_seconds_max"):
        if it.value > UNPOSTED_S:
            facts = look.readings.total("entrepot_ledger_unposted")
            yield (
                f"{_count(facts, 'fact')} cannot be posted, the oldest for {_time(it.value)}: "
                "what they build on has not come."
            )


@check("EntrepotLoopLag")
def _loop(look: Look) -> Iterator[str]:
    for it in look.readings.of("entrepot_loop_lag_seconds"):
        if it.value > LOOP_S:
            yield f"{it.labels['service']} has more to do than it can: {_time(it.value)} late."


@check("EntrepotPoolExhausted")
def _pool(look: Look) -> Iterator[str]:
    for it in look.readings.of("entrepot_pool_connections", use="busy"):
        service = it.labels["service"]
        most = look.readings.highest("entrepot_pool_connections_max", service=service)
        if most and it.value / most > POOL:
            yield f"{service} uses {it.value:.0f} of {most:.0f} connections of its pool."


@check("EntrepotPostgresConnections")
def _connections(look: Look) -> Iterator[str]:
    for service, used in look.readings.sums("entrepot_postgres_connections", "service").items():
        most = look.readings.highest("entrepot_postgres_connections_max", service=service)
        if most and used / most > 0.8:
            yield f"{used:.0f} of {most:.0f} connections to {service}'s PostgreSQL are taken."


@check("EntrepotCommandsWaiting")
def _waiting(look: Look) -> Iterator[str]:
    for it in look.readings.of("entrepot_commands_waiting"):
        if it.value > WAITING:
            yield f"{it.value:,.0f} commands wait in {it.labels['service']} to be written."


@check("EntrepotCommandSuccess")
def _success(look: Look) -> Iterator[str]:
    for service, calls in look.readings.sums("entrepot_rpc_calls_total", "service").items():
        failed = sum(
            look.readings.total("entrepot_rpc_calls_total", service=service, code=code)
            for code in OURS
        )
        if failed > FAST_BURN * 0.001 * calls:
            yield f"{failed:,.0f} of {calls:,.0f} calls to {service} failed by our fault."


@check("EntrepotPlacedToPaid")
def _paid(look: Look) -> Iterator[str]:
    yield from _late(
        look, "entrepot_order_placed_to_paid_seconds", "60.0", 0.99, "orders were paid in a minute"
    )


@check("EntrepotDeliveredToPosted")
def _posted(look: Look) -> Iterator[str]:
    yield from _late(
        look,
        "entrepot_ledger_delivered_to_posted_seconds",
        "60.0",
        0.999,
        "deliveries were posted in a minute",
    )


@check("EntrepotBooksBalanced")
def _balanced(look: Look) -> Iterator[str]:
    if "ledger" not in look.readings.silent and not look.readings.of(
        "entrepot_ledger_unposted_seconds_max"
    ):
        yield "nobody can tell whether the books balance: the ledger does not say."


@check("EntrepotPayoutsOnTime")
def _on_time(look: Look) -> Iterator[str]:
    yield from _late(
        look, "entrepot_payout_seconds", "172800.0", 0.99, "payouts arrived in two days"
    )


def _late(look: Look, name: str, bound: str, objective: float, words: str) -> Iterator[str]:
    total = look.readings.total(f"{name}_count")
    good = look.readings.total(f"{name}_bucket", le=bound)
    if total - good > FAST_BURN * (1 - objective) * total:
        yield f"since the processes began, only {good:,.0f} of {total:,.0f} {words}."


async def examine(state: State) -> list[Finding]:
    """Everything that is wrong at this moment."""
    services = state.services
    readings, answers = await asyncio.gather(
        read({name: at.metrics for name, at in services.items()}),
        asyncio.gather(*(health(at.address) for at in services.values())),
    )
    look = Look(readings, dict(zip(services, answers, strict=True)))
    return [Finding(alert, words) for alert, of in CHECKS.items() for words in of(look)]


def diagnose(home: Home) -> list[Finding]:
    return asyncio.run(examine(home.running()))


def as_words(findings: list[Finding]) -> RenderableType:
    if not findings:
        return Text(f"Nothing is wrong: {len(CHECKS)} checks, from services to books.")
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(ratio=1)
    table.add_column(style="dim", no_wrap=True)
    for finding in findings:
        words = finding.words[0].upper() + finding.words[1:]
        table.add_row(words, f"runbooks/{finding.alert}.md")
    return Group(table, Text("\nThe runbooks are in deploy/monitoring/runbooks.", style="dim"))


def _of(labels: object) -> dict[str, str]:
    assert isinstance(labels, dict)
    return {name: labels[name] for name in ("service", "follower")}


def _count(number: float, of: str) -> str:
    return f"{number:,.0f} {of}" if number == 1 else f"{number:,.0f} {of}s"


def _time(seconds: float) -> str:
    for unit, name in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.1f} seconds" if seconds < 10 else f"{seconds:.0f} seconds"
