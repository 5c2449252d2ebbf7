"""`entrepot parked`: what could not be handled, and what a person makes of it."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from libs.eventstore import PostgresRecorder
    from libs.messaging.parking import Parked, PostgresParking
    from libs.runtime.anatomy import Service
    from libs.runtime.settings import Settings

app = typer.Typer(help="Messages that could not be handled, by service.", no_args_is_help=True)
console = Console()

ServiceName = Annotated[str, typer.Argument(help="catalog, order, payment ...")]
Number = Annotated[int, typer.Argument(help="As `parked list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


@app.command("list")
def show_all(service: ServiceName, as_json: AsJson = False) -> None:
    """What is parked, in order."""
    waiting = asyncio.run(_all(service))
    if as_json:
        console.print_json(data=[_told(it) for it in waiting])
        return
    table = Table("id", "topic", "key", "offset", "attempts", "error")
    for it in waiting:
        m = it.message
        table.add_row(
            str(it.id), m.topic, m.key.decode(), str(m.offset), str(it.attempts), it.error
        )
    console.print(table if waiting else "Nothing is parked.")


@app.command()
def show(service: ServiceName, id: Number) -> None:
    """One message with what it says of itself."""
    console.print_json(data=_told(_one(asyncio.run(_all(service)), id)))


@app.command()
def retry(service: ServiceName, id: Number) -> None:
    """Handle its key again, from the first parked message on, in order."""
    console.print(f"{asyncio.run(_retry(service, id))} handled.")


@app.command()
def skip(
    service: ServiceName,
    id: Number,
    reason: Annotated[str, typer.Option(help="Why; it is recorded for ever.")],
) -> None:
    """Never handle it."""
    asyncio.run(_skip(service, id, reason))
    console.print("Skipped, and recorded.")


def _told(parked: Parked) -> dict[str, object]:
    message = parked.message
    return {
        "id": parked.id,
        "topic": message.topic,
        "partition": message.partition,
        "offset": message.offset,
        "key": message.key.decode(),
        "headers": {name: value.decode(errors="replace") for name, value in message.headers},
        "bytes": len(message.value),
        "error": parked.error,
        "attempts": parked.attempts,
    }


def _one(waiting: list[Parked], id: int) -> Parked:
    for parked in waiting:
        if parked.id == id:
            return parked
    raise typer.BadParameter(f"nothing is parked as {id}")


async def _all(service: str) -> list[Parked]:
    async with _parking(service) as parking:
        return list(await parking.all())


async def _skip(service: str, id: int, reason: str) -> None:
    async with _parking(service) as parking:
        _one(list(await parking.all()), id)
        await parking.skip(id, reason=reason, by=getpass.getuser())


async def _retry(service: str, id: int) -> int:
    from libs.messaging.dispatch import Dispatch
    from libs.messaging.redrive import redrive

    async with _parking(service) as parking, _built(service) as built:
        message = _one(list(await parking.all()), id).message
        dispatch = Dispatch(
            service=service, follows=built.follows, handlers=built.handlers, parking=parking
        )
        return await redrive(parking, dispatch, message.topic, message.key)


@asynccontextmanager
async def _parking(service: str) -> AsyncIterator[PostgresParking]:
    import asyncpg

    from libs.messaging.parking import PostgresParking

    dsn = _settings(service).database
    async with asyncpg.create_pool(dsn, min_size=1, max_size=2) as pool:
        yield PostgresParking(pool)


@asynccontextmanager
async def _built(service: str) -> AsyncIterator[Service[PostgresRecorder]]:
    """The service's own handlers in this process, on its database."""
    from importlib import import_module

    built: Service[PostgresRecorder] = await import_module(f"services.{service}.wiring").build(
        _settings(service)
    )
    try:
        yield built
    finally:
        await built.recorder.stop()


def _settings(service: str) -> Settings:
    """Those of the process that we are beside, as in its pod; else those of the local stack."""
    from deploy.local.home import Home
    from libs.runtime.settings import Settings

    if os.environ.get("ENTREPOT_DATABASE"):
        told = Settings()
        if urlsplit(told.database).path != f"/entrepot_{service}":
            raise typer.BadParameter(f"this is no process of {service}: ask one of its own")
        return told
    home = Home.find()
    state = home.running()
    if service not in state.services:
        raise typer.BadParameter(f"no service {service}: there are {', '.join(state.services)}")
    assert state.kafka is not None, "a running stack has a broker"
    return Settings(
        database=state.services[service].database,
        kafka=state.kafka.address,
        jwks=home.jwks,
        clock_file=home.clock,
        vault_key=home.vault_key if service == "order" else None,
    )
