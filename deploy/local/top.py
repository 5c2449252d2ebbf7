"""`entrepot top`: what moves, what waits and whether the books are right, on one screen."""

from __future__ import annotations

import asyncio
import time
from typing import NamedTuple

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from deploy.local.doctor import OURS
from deploy.local.home import Home
from deploy.local.readings import Readings, quantile_of, read

NONE = "·"


class Moment(NamedTuple):
    at: float
    readings: Readings


class Since:
    """What happened between two looks."""

    def __init__(self, before: Moment, now: Moment) -> None:
        self._before = before.readings
        self.now = now.readings
        self._seconds = max(now.at - before.at, 0.001)

    def rate(self, name: str, **labels: str) -> float:
        grown = self.now.total(name, **labels) - self._before.total(name, **labels)
        return max(grown, 0.0) / self._seconds

    def quantile(self, name: str, q: float, **labels: str) -> float | None:
        earlier = self._before.sums(f"{name}_bucket", "le", **labels)
        later = self.now.sums(f"{name}_bucket", "le", **labels)
        return quantile_of(((le, count - earlier.get(le, 0)) for le, count in later.items()), q)


async def watch(home: Home, *, every: float, once: bool, console: Console) -> None:
    endpoints = {name: at.metrics for name, at in home.running().services.items()}
    before = Moment(time.monotonic(), await read(endpoints))
    if once:
        await asyncio.sleep(every)
        console.print(picture(Since(before, Moment(time.monotonic(), await read(endpoints)))))
        return
    with Live(console=console, screen=console.is_terminal, auto_refresh=False) as live:
        while True:
            await asyncio.sleep(every)
            now = Moment(time.monotonic(), await read(endpoints))
            live.update(picture(Since(before, now)), refresh=True)
            before = now


def picture(since: Since) -> RenderableType:
    return Group(_services(since), Text(), _money(since), Text(), _orders(since.now))


def _services(since: Since) -> Table:
    table = _table("", "calls/s", "failed/s", "p99", "facts/s", "outbox", "lag", "parked", "late",
                   "CPU", "memory")  # fmt: skip
    now = since.now
    for service in (*sorted(now.sums("entrepot_rpc_in_flight", "service")), *now.silent):
        if service in now.silent:
            table.add_row(service, Text("does not answer", style="red"))
            continue
        failed = sum(
            since.rate("entrepot_rpc_calls_total", service=service, code=code) for code in OURS
        )
        outbox = now.total("entrepot_follower_behind_facts", service=service, follower="relay")
        cpu = since.rate("process_cpu_seconds_total", service=service)
        table.add_row(
            service,
            _number(since.rate("entrepot_rpc_calls_total", service=service)),
            _bad(failed, _number(failed)),
            _milliseconds(since.quantile("entrepot_rpc_seconds", 0.99, service=service)),
            _number(since.rate("entrepot_facts_total", service=service)),
            _bad(outbox - 1000, f"{outbox:,.0f}"),
            f"{now.total('entrepot_consumer_lag', service=service):,.0f}",
            _bad(parked := now.total("entrepot_parked_keys", service=service), f"{parked:.0f}"),
            _milliseconds(now.highest("entrepot_loop_lag_seconds", service=service)),
            f"{cpu:.0%}",
            f"{now.total('process_resident_memory_bytes', service=service) / 2**20:.0f} MB",
        )
    return table


def _money(since: Since) -> RenderableType:
    now = since.now
    table = _table("", "balance", "escrow", "clients' money", "owed", "payouts under way")
    currencies = sorted(now.sums("entrepot_ledger_trial_balance", "currency"))
    for currency in currencies:
        off = now.total("entrepot_ledger_trial_balance", currency=currency)
        held = now.total("entrepot_ledger_client_money", currency=currency, side="held")
        owed = now.total("entrepot_ledger_client_money", currency=currency, side="owed")
        table.add_row(
            currency,
            _bad(abs(off), "0" if not off else f"off by {off:,.0f}"),
            f"{now.total('entrepot_ledger_escrow', currency=currency):,.0f}",
            _bad(owed - held, f"{held:,.0f}"),
            f"{owed:,.0f}",
            f"{now.total('entrepot_payouts_open_amount', currency=currency):,.0f}",
        )
    doubt = now.total("entrepot_payments_in_doubt")
    unposted = now.total("entrepot_ledger_unposted")
    says = Text.assemble(
        f"entries/s {_number(since.rate('entrepot_ledger_entries_total'))}   in doubt ",
        _bad(doubt, f"{doubt:.0f}"),
        "   unposted ",
        _bad(unposted, f"{unposted:.0f}"),
        f"   settlements waiting {now.total('entrepot_ledger_settlements_waiting'):,.0f}",
    )
    return Group(table, says)


def _orders(now: Readings) -> Table:
    ages = ("1m", "10m", "1h", "1d", "7d", "older")
    table = _table("orders, by age up to", *ages)
    for state in sorted(now.sums("entrepot_orders", "state")):
        counts = now.sums("entrepot_orders", "age", state=state)
        cells = (f"{counts[age]:,.0f}" if age in counts else NONE for age in ages)
        table.add_row(state.lower().replace("_", " "), *cells)
    return table


def _table(first: str, *headings: str) -> Table:
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    table.add_column(first, no_wrap=True)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _bad(how: float, words: str) -> Text:
    return Text(words, style="bold red" if how > 0 else "")


def _number(rate: float) -> str:
    return NONE if not rate else f"{rate:,.1f}"


def _milliseconds(seconds: float | None) -> str:
    return NONE if seconds is None else f"{seconds * 1000:,.0f} ms"
