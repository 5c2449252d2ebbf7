"""What runs, where, and how well: for people as a table, for machines as JSON."""

from __future__ import annotations

import asyncio
from typing import TypedDict

from rich.table import Table

from deploy.local.health import health
from deploy.local.home import Home, Server, ServiceAt, State
from deploy.local.lag import consumer_lags, relay_lag
from deploy.local.stack import KAFKA, POSTGRES


class Lag(TypedDict):
    consumer: int | None
    relay: int | None


class ServiceStatus(TypedDict):
    address: str
    pid: int | None
    metrics: str
    health: str
    lag: Lag


class ServerStatus(TypedDict):
    address: str
    pid: int | None


class Status(TypedDict):
    services: dict[str, ServiceStatus]
    postgres: ServerStatus | None
    kafka: ServerStatus | None


async def status(home: Home) -> Status:
    state = home.running()
    lags = await consumer_lags(state.kafka.address, state.services) if state.kafka else {}

    async def of(name: str, at: ServiceAt) -> ServiceStatus:
        serving, relay = await asyncio.gather(health(at.address), relay_lag(at.database))
        return {
            "address": at.address,
            "pid": _pid(state, name),
            "metrics": at.metrics,
            "health": serving,
            "lag": {"consumer": lags.get(name), "relay": relay},
        }

    found = await asyncio.gather(*(of(name, at) for name, at in state.services.items()))
    return {
        "services": dict(zip(state.services, found, strict=True)),
        "postgres": _server(state, POSTGRES, state.postgres),
        "kafka": _server(state, KAFKA, state.kafka),
    }


def as_table(status: Status) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("", "address", "metrics", "process", "health", "relay lag", "lag"):
        table.add_column(heading, no_wrap=True)
    for name, service in status["services"].items():
        relay = service["lag"]["relay"]
        table.add_row(
            name,
            service["address"],
            service["metrics"],
            _or_dash(service["pid"]),
            service["health"],
            _or_dash(relay),
            _or_dash(service["lag"]["consumer"]),
        )
    for name, server in ((POSTGRES, status["postgres"]), (KAFKA, status["kafka"])):
        if server is not None:
            table.add_row(name, server["address"], "", _or_dash(server["pid"]))
    return table


def as_addresses(state: State) -> Table:
    """What `up` ends with: no questions asked, since all have just said that they are ready."""
    table = Table(box=None, pad_edge=False)
    for heading in ("", "address", "metrics"):
        table.add_column(heading)
    for name, service in state.services.items():
        table.add_row(name, service.address, f"http://{service.metrics}/metrics")
    for name, server in ((POSTGRES, state.postgres), (KAFKA, state.kafka)):
        if server is not None:
            table.add_row(name, server.address, "")
    return table


def _server(state: State, name: str, server: Server | None) -> ServerStatus | None:
    return None if server is None else {"address": server.address, "pid": _pid(state, name)}


def _pid(state: State, name: str) -> int | None:
    child = state.children.get(name)
    return None if child is None else child.pid


def _or_dash(number: int | None) -> str:
    return "-" if number is None else str(number)
