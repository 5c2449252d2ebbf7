"""Dashboards for Grafana: whether money moves, one for each service, and the stores under them.

`python -m deploy.monitoring.dashboards` writes them. A level that has no rows when all is well is
shown as 0 only while its database answers: a panel without data means that nobody can see.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.monitoring.objectives import OURS
from libs.messaging.topics import SERVICES

FOLDER = Path(__file__).parent / "dashboards"
WIDTH = 24
"""Columns of Grafana's grid. A screen is some 25 rows high."""
ALL = "|".join(SERVICES)

FAILED = "A call that failed inside, found no database or took too long."
PARKED = "A message that cannot be handled."
LATE = "A deadline that has passed and of which nothing came yet."

OTHERWISE = " or on () "
"""Between a query and the 0 that is shown where it finds nothing."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Panel:
    title: str
    queries: Mapping[str, str]
    """By legend."""
    unit: str = "short"
    kind: str = "timeseries"
    wrong: float | None = None
    """From here on it is red."""
    width: int = 8
    height: int = 6
    quiet: str = ""
    """What it takes until it shows anything but 0: all is well where nothing is to be seen."""


def rate(counter: str, by: str = "", **labels: str) -> str:
    return f"sum{_by(by)}(rate({counter}{_matching(labels)}[$__rate_interval]))"


def level(gauge: str, by: str = "", **labels: str) -> str:
    """What a database knows, and every process that reads it says: once."""
    return f"max{_by(by)}({gauge}{_matching(labels)})"


def quantile(q: float, histogram: str, by: str = "", **labels: str) -> str:
    buckets = rate(f"{histogram}_bucket", f"le, {by}" if by else "le", **labels)
    return f"histogram_quantile({q}, {buckets})"


def or_none(query: str, service: str) -> str:
    """The query, or 0 while the service's database answers that nothing is there."""
    return f"{query}{OTHERWISE}{level('entrepot_parked_age_seconds', service=service)} * 0"


def failures(by: str, **labels: str) -> str:
    calls = "entrepot_rpc_calls_total"
    return f"{rate(calls, by, code=f'~{OURS}', **labels)}{OTHERWISE}{rate(calls, **labels)} * 0"


def overview() -> list[Panel]:
    """One screen: is money moving, are the books right, is anything stuck."""
    trial_balance = level("entrepot_ledger_trial_balance", "book, currency")
    parked = level("entrepot_parked_keys", "service, topic")
    late = level("entrepot_deadlines_overdue_seconds")
    return [
        *(_stat(*it) for it in (
            ("Processes that answer", f'sum(up{{service=~"{ALL}"}})', "short", None),
            ("Calls failing by our fault", failures(""), "reqps", 0.01, FAILED),
            ("Books off by", f"sum(abs({trial_balance}))", "short", 1),
            ("Longest unposted", level("entrepot_ledger_unposted_seconds_max"), "s", 3600),
            ("Longest in doubt", level("entrepot_payments_in_doubt_seconds_max"), "s", 3600),
            ("Longest payout", level("entrepot_payouts_open_seconds_max"), "s", 172_800),
            ("Keys parked", or_none(f"sum({parked})", f"~{ALL}"), "short", 1, PARKED),
            ("Deadlines late by", or_none(late, f"~{ALL}"), "s", 120, LATE),
        )),
        Panel("Is money moving: steps per second", {
            "placed": rate("entrepot_facts_total", fact="order.Placed"),
            "paid": rate("entrepot_facts_total", fact="order.Paid"),
            "delivered": rate("entrepot_facts_total", fact="order.Delivered"),
            "paid out": rate("entrepot_payout_seconds_count", until="paid"),
        }, "ops"),
        Panel("Entries in the journals per second", {
            "{{legal_entity}}": "max by (legal_entity) "
            "(rate(entrepot_ledger_entries_total[$__rate_interval]))",
        }, "ops"),
        Panel("Placed to paid", {
            "half": quantile(0.5, "entrepot_order_placed_to_paid_seconds"),
            "99 of 100": quantile(0.99, "entrepot_order_placed_to_paid_seconds"),
        }, "s"),
        Panel("Are the books right: off by, minor units", {
            "{{book}} {{currency}}": trial_balance,
        }),
        Panel("Clients' money beyond what is owed, minor units", {
            "{{currency}}": level("entrepot_ledger_client_money", "currency", side="held")
            + " - " + level("entrepot_ledger_client_money", "currency", side="owed"),
        }),
        Panel("Escrow, minor units", {"{{currency}}": level("entrepot_ledger_escrow", "currency")}),
        Panel("Is anything stuck: oldest order by state", {
            "{{state}}": or_none(level("entrepot_order_age_seconds_max", "state"), "order"),
        }, "s"),
        Panel("Outbox: oldest fact that is not told", {
            "{{service}}": level("entrepot_follower_behind_seconds", "service", follower="relay"),
        }, "s"),
        Panel("Messages not dealt with", {
            "{{service}}": "sum by (service) (entrepot_consumer_lag)",
        }),
    ]  # fmt: skip


def own() -> Mapping[str, Sequence[Panel]]:
    """What is watched of each service alone."""
    return {
        "catalog": [
            Panel("Products", {"{{state}}": level("entrepot_products", "state")}),
            Panel("Live sessions", {"{{state}}": level("entrepot_live_sessions", "state")}),
        ],
        "order": [
            Panel("Orders that have not ended", {
                "{{state}}": or_none(
                    f"sum by (state) ({level('entrepot_orders', 'state, age')})", "order"),
            }),
            Panel("Nine of ten stages end within", {
                "{{stage}}": quantile(0.9, "entrepot_order_stage_seconds", "stage"),
            }, "s"),
        ],
        "payment": [
            Panel("Asked of the provider, not answered", {
                "{{kind}}": or_none(
                    f"sum by (kind) ({level('entrepot_provider_operations_open', 'kind, age')})",
                    "payment"),
            }, quiet="A provider that takes its time."),
            Panel("The provider answers nine of ten within", {
                "{{kind}}": quantile(0.9, "entrepot_provider_seconds", "kind"),
            }, "s"),
            Panel("In doubt, by age", {
                "{{age}}": or_none(level("entrepot_payments_in_doubt", "age"), "payment"),
            }, wrong=1, quiet="A provider of whose answer nobody knows."),
            Panel("Payouts under way, minor units", {
                "{{currency}}": or_none(
                    level("entrepot_payouts_open_amount", "currency"), "payment"),
            }, quiet="A bank that takes its time."),
            Panel("Nine of ten payouts arrive within", {
                "{{until}}": quantile(0.9, "entrepot_payout_seconds", "until"),
            }, "s"),
        ],
        "warehouse": [
            Panel("Parcels under way", {
                "{{state}}": or_none(level("entrepot_fulfilment_orders", "state"), "warehouse"),
            }),
        ],
        "returns": [
            Panel("Cases that are not closed", {
                "{{state}}": or_none(level("entrepot_return_cases", "state"), "returns"),
            }),
        ],
        "ledger": [
            Panel("Settlements waiting for their time", {
                "books": level("entrepot_ledger_settlements_waiting"),
            }),
            Panel("Unposted, by age", {
                "{{age}}": or_none(level("entrepot_ledger_unposted", "age"), "ledger"),
            }, wrong=1, quiet="A fact that came before the one that it builds on."),
            Panel("Delivered to posted", {
                "half": quantile(0.5, "entrepot_ledger_delivered_to_posted_seconds"),
                "99 of 100": quantile(0.99, "entrepot_ledger_delivered_to_posted_seconds"),
            }, "s"),
            Panel("Balances of the chart, minor units", {
                "{{code}} {{currency}}": level("entrepot_ledger_balance", "code, currency"),
            }),
        ],
    }  # fmt: skip


def of_service(name: str) -> list[Panel]:
    here = {"service": name}
    return [
        Panel("Calls", {"{{method}}": rate("entrepot_rpc_calls_total", "method", **here)}, "reqps"),
        Panel("Calls failing by our fault", {
            "{{code}}": failures("code", **here),
        }, "reqps", wrong=0.01, quiet=FAILED),
        Panel("Calls end within", {
            "half": quantile(0.5, "entrepot_rpc_seconds", **here),
            "99 of 100": quantile(0.99, "entrepot_rpc_seconds", **here),
        }, "s"),
        *own()[name],
        Panel("Facts", {"{{fact}}": rate("entrepot_facts_total", "fact", **here)}, "ops"),
        Panel("Outbox and other followers: behind by", {
            "{{follower}}": level("entrepot_follower_behind_seconds", "follower", **here),
        }, "s", wrong=60),
        Panel("Messages not dealt with", {
            "{{topic}}": f'sum by (topic) (entrepot_consumer_lag{{service="{name}"}})',
        }),
        Panel("99 of 100 messages are dealt with within", {
            "{{topic}}": quantile(0.99, "entrepot_consumer_delay_seconds", "topic", **here),
        }, "s"),
        Panel("Keys parked", {
            "{{topic}}": or_none(level("entrepot_parked_keys", "topic", **here), name),
        }, wrong=1, quiet=PARKED),
        Panel("Deadlines late by", {
            "{{kind}}": or_none(level("entrepot_deadlines_overdue_seconds", "kind", **here), name),
        }, "s", wrong=120, quiet=LATE),
        Panel("Under way", {
            "calls": f'sum(entrepot_rpc_in_flight{{service="{name}"}})',
            "commands waiting to be written": f'sum(entrepot_commands_waiting{{service="{name}"}})',
        }),
        Panel("Event loop late by", {
            "now": level("entrepot_loop_lag_seconds", **here),
            "at most": level("entrepot_loop_lag_seconds_max", **here),
        }, "s", wrong=0.25),
        Panel("Connections of the pool", {
            "{{use}}": f'sum by (use) (entrepot_pool_connections{{service="{name}"}})',
            "at most": f'sum(entrepot_pool_connections_max{{service="{name}"}})',
        }),
        Panel("Processors in use", {"all processes": rate("process_cpu_seconds_total", **here)}),
        Panel("Memory", {
            "{{instance}}": level("process_resident_memory_bytes", "instance", **here),
        }, "bytes"),
    ]  # fmt: skip


def stores() -> list[Panel]:
    """Kafka and PostgreSQL, as the services see them: no exporter is needed."""
    return [
        Panel("Kafka: messages sent", {
            "{{topic}}": "sum by (topic) (max by (topic, partition) "
            "(rate(entrepot_topic_messages_total[$__rate_interval])))",
        }, "ops"),
        Panel("Kafka: messages dealt with", {
            "{{service}}": rate("entrepot_consumer_messages_total", "service"),
        }, "ops"),
        Panel("Kafka: partitions that lag most", {
            "{{service}} {{topic}} {{partition}}":
            "topk(10, max by (service, topic, partition) (entrepot_consumer_lag))",
        }),
        Panel("Kafka: partitions read", {
            "{{service}}": "sum by (service) (entrepot_consumer_partitions)",
        }),
        Panel("Kafka: consumers that began anew", {
            "{{service}}": rate("entrepot_consumer_restarts_total", "service"),
        }, "ops", wrong=0.01),
        Panel("Kafka: facts not sent", {
            "{{service}}": level("entrepot_follower_behind_facts", "service", follower="relay"),
        }),
        Panel("PostgreSQL: connections taken, of all", {
            "{{service}}": "sum by (service) "
            f"({level('entrepot_postgres_connections', 'service, state')})"
            f" / {level('entrepot_postgres_connections_max', 'service')}",
        }, "percentunit", wrong=0.8),
        Panel("PostgreSQL: transactions", {
            "{{service}} {{how}}":
            "max by (service, how) (rate(entrepot_postgres_transactions_total[$__rate_interval]))",
        }, "ops"),
        Panel("PostgreSQL: blocks read from disk", {
            "{{service}}": "max by (service) "
            '(rate(entrepot_postgres_blocks_total{found="disk"}[$__rate_interval]))',
        }, "ops"),
        Panel("PostgreSQL: oldest transaction that has written", {
            "{{service}}": level("entrepot_postgres_oldest_write_seconds", "service"),
        }, "s", wrong=30),
        Panel("PostgreSQL: facts hidden by it for", {
            "{{service}}": level("entrepot_watermark_age_seconds", "service"),
        }, "s", wrong=30),
        Panel("PostgreSQL: deadlocks", {
            "{{service}}": "max by (service) "
            "(rate(entrepot_postgres_deadlocks_total[$__rate_interval]))",
        }, "ops", wrong=0.01),
        Panel("PostgreSQL: size", {
            "{{service}}": level("entrepot_postgres_size_bytes", "service"),
        }, "bytes"),
        Panel("PostgreSQL: largest tables", {
            "{{service}} {{table}}":
            f"topk(10, {level('entrepot_postgres_table_bytes', 'service, table')})",
        }, "bytes"),
        Panel("PostgreSQL: dead rows", {
            "{{service}} {{table}}":
            f"topk(10, {level('entrepot_postgres_dead_rows', 'service, table')})",
        }),
        Panel("PostgreSQL: write-ahead log", {
            "{{service}}":
            "max by (service) (rate(entrepot_postgres_wal_bytes_total[$__rate_interval]))",
        }, "Bps"),
        Panel("What it takes to look", {
            "{{service}} {{source}}": level("entrepot_survey_seconds", "service, source"),
        }, "s", wrong=3),
        Panel("Looks that failed", {
            "{{service}} {{source}}": rate("entrepot_survey_failures_total", "service, source"),
        }, "ops", wrong=0.01),
    ]  # fmt: skip


def dashboards() -> dict[str, str]:
    """Every file, by its name."""
    return {
        "overview.json": _json("overview", "Entrepot", overview()),
        "stores.json": _json("stores", "Entrepot: Kafka and PostgreSQL", stores()),
        **{f"{it}.json": _json(it, f"Entrepot: {it}", of_service(it)) for it in SERVICES},
    }


def _json(name: str, title: str, panels: Sequence[Panel]) -> str:
    dashboard = {
        "uid": f"entrepot-{name}",
        "title": title,
        "tags": ["entrepot"],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "links": [{"type": "dashboards", "tags": ["entrepot"], "title": "Entrepot"}],
        "templating": {
            "list": [{"name": "datasource", "type": "datasource", "query": "prometheus"}]
        },
        "panels": list(_laid_out(panels)),
    }
    return json.dumps(dashboard, indent=1) + "\n"


def _laid_out(panels: Sequence[Panel]) -> Iterator[Json]:
    """From left to right, then below."""
    x = y = 0
    for number, panel in enumerate(panels, 1):
        if x + panel.width > WIDTH:
            x, y = 0, y + panels[number - 2].height
        yield _panel(panel, number, x=x, y=y)
        x += panel.width


def _panel(panel: Panel, number: int, *, x: int, y: int) -> Json:
    steps: list[Json] = [{"color": "green", "value": None}]
    if panel.wrong is not None:
        steps.append({"color": "red", "value": panel.wrong})
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        **({"description": f"Fills with: {panel.quiet}"} if panel.quiet else {}),
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "gridPos": {"x": x, "y": y, "w": panel.width, "h": panel.height},
        "fieldConfig": {
            "defaults": {"unit": panel.unit, "thresholds": {"mode": "absolute", "steps": steps}},
            "overrides": [],
        },
        "targets": [
            {"refId": chr(ord("A") + index), "legendFormat": legend, "expr": query}
            for index, (legend, query) in enumerate(panel.queries.items())
        ],
    }


def _stat(title: str, query: str, unit: str, wrong: float | None, quiet: str = "") -> Panel:
    return Panel(title, {"": query}, unit, "stat", wrong, width=3, height=3, quiet=quiet)


def _by(labels: str) -> str:
    return f" by ({labels}) " if labels else ""


def _matching(labels: Mapping[str, str]) -> str:
    """A value that begins with ~ is a pattern."""
    matchers = (
        f'{name}=~"{value[1:]}"' if value.startswith("~") else f'{name}="{value}"'
        for name, value in labels.items()
    )
    return f"{{{', '.join(matchers)}}}" if labels else ""


if __name__ == "__main__":
    for name, text in dashboards().items():
        (FOLDER / name).write_text(text)
