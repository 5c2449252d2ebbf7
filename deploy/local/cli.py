"""`entrepot`: the local stack at your fingertips."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from deploy.fake.command import fake
from deploy.local.demo.command import demo
from deploy.local.explain.command import app as order
from deploy.local.home import Home
from deploy.local.importers.cli import app as importers
from deploy.local.parked import app as parked
from deploy.local.process import StackError

if TYPE_CHECKING:
    from deploy.local.clock import LocalClock

app = typer.Typer(
    help="Entrepot on this machine: PostgreSQL, Kafka and the six services.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
clock = typer.Typer(
    help="The business clock of the local stack. It moves for all services, and never back.",
    no_args_is_help=True,
)
app.add_typer(clock, name="clock")
app.add_typer(importers, name="import")
app.add_typer(order, name="order")
app.add_typer(parked, name="parked")
app.command()(demo)
app.command()(fake)

console = Console()
REST_S = 120.0
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


@app.command()
def up(
    detach: Annotated[bool, typer.Option(help="Return once all is ready.")] = False,
    ready_fd: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Start everything, and stop it with Ctrl-C."""
    from deploy.local import daemon
    from deploy.local.home import State
    from deploy.local.stack import Stack
    from deploy.local.status import as_addresses

    home = Home.find()
    home.prepare()
    with home.hold():
        pass  # say at once that it runs already, not from a log

    def ready(state: State) -> None:
        if ready_fd is not None:
            os.write(ready_fd, b"ready")
            os.close(ready_fd)
        else:
            console.print(as_addresses(state))
            console.print("Everything is ready. Ctrl-C stops it.")

    if detach:
        with console.status("Starting …"):
            state = daemon.detach(home)
        console.print(as_addresses(state))
        return
    daemon.run(Stack(home, report=_say, progress=_fetched), ready)


@app.command()
def down() -> None:
    """Stop everything; the data stay."""
    from deploy.local import daemon

    daemon.end(Home.find())


@app.command()
def prepare(
    postgres: Annotated[str, typer.Option(envvar="ENTREPOT_POSTGRES", help="As its owner.")],
    kafka: Annotated[str, typer.Option(envvar="ENTREPOT_KAFKA", help="host:port")],
) -> None:
    """Databases, layouts, topics and keys, for services that are started by other means."""
    from deploy.local import stack

    asyncio.run(stack.prepare(Home.find(), postgres=postgres, kafka=kafka))


@app.command()
def status(as_json: AsJson = False) -> None:
    """Addresses, processes, health and lag."""
    from deploy.local import status as inquiry

    found = asyncio.run(inquiry.status(Home.find()))
    if as_json:
        print(json.dumps(found, indent=2))
    else:
        console.print(inquiry.as_table(found))


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """What is wrong, in words; exits with 1 if anything is."""
    from deploy.local import doctor as practice

    findings = practice.diagnose(Home.find())
    if as_json:
        print(json.dumps([finding._asdict() for finding in findings], indent=2))
    else:
        console.print(practice.as_words(findings))
    if findings:
        raise typer.Exit(1)


@app.command()
def top(
    every: Annotated[float, typer.Option(help="Seconds between two looks.")] = 2.0,
    once: Annotated[bool, typer.Option(help="One picture, for a pipe.")] = False,
) -> None:
    """What moves, what waits and whether the books are right; Ctrl-C ends it."""
    from contextlib import suppress

    from deploy.local import top as picture

    with suppress(KeyboardInterrupt):
        asyncio.run(picture.watch(Home.find(), every=every, once=once, console=console))


@app.command()
def logs(
    service: Annotated[str | None, typer.Argument(help="Or postgres, kafka, supervisor.")] = None,
    lines: Annotated[int, typer.Option("--lines", "-n")] = 50,
    follow: Annotated[bool, typer.Option("--follow", "-f")] = False,
) -> None:
    """The last lines that a service, or all of them, wrote."""
    home = Home.find()
    files = sorted(home.logs.glob("*.log")) if service is None else [home.log(service)]
    if not files or not all(file.exists() for file in files):
        known = ", ".join(sorted(file.stem for file in home.logs.glob("*.log")))
        raise StackError(f"there is no such log; there is: {known or 'none yet'}")
    options = [f"--lines={lines}", *(["--follow"] if follow else [])]
    os.execvp("tail", ["tail", *options, *map(str, files)])


@app.command()
def token(
    role: Annotated[str, typer.Option(help="buyer, merchant, creator, finance, ops, service")],
    subject: Annotated[str | None, typer.Option(help="Whose it is.")] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="Instead of all that the role may have.")
    ] = None,
    merchant: Annotated[
        str | None, typer.Option(help="The merchant a merchant speaks for.")
    ] = None,
    ttl: Annotated[str, typer.Option(help="How long it is valid, by the machine's time.")] = "12h",
) -> None:
    """A bearer token for the services of the local stack."""
    from deploy.local.clock import parse_duration
    from deploy.local.demo.players import scopes_of
    from deploy.local.tokens import mint

    print(
        mint(
            Home.find(),
            role=role,
            subject=subject,
            scopes=scope or scopes_of(role),
            merchant=merchant,
            ttl=parse_duration(ttl),
        )
    )


@clock.command()
def show(as_json: AsJson = False) -> None:
    """What time it is for the business."""
    from deploy.local.clock import LocalClock

    home = Home.find()
    if home.is_fake():
        from deploy.fake.remote import FakeClock

        _tell(asyncio.run(FakeClock(home).now()), as_json)
        return
    _tell(LocalClock(home).now(), as_json)


@clock.command()
def advance(by: Annotated[str, typer.Argument(help="8d, 36h, 1d12h30m")]) -> None:
    """Let time pass, once all that is on its way has arrived."""
    from deploy.local.clock import LocalClock, parse_duration

    home = Home.find()

    async def pass_time() -> datetime:
        if home.is_fake():
            from deploy.fake.remote import FakeClock

            return await FakeClock(home).advance(parse_duration(by))
        async with LocalClock(home) as local:
            await _rest(local)
            local.advance(parse_duration(by))
            await local.wake()
            return local.now()

    _tell(asyncio.run(pass_time()))


@clock.command("set")
def set_(to: Annotated[str, typer.Argument(metavar="TIME", help="2026-12-01T18:00")]) -> None:
    """Go to a time that is still to come, once all that is on its way has arrived."""
    from deploy.local.clock import LocalClock, parse_time

    home = Home.find()

    async def go() -> datetime:
        if home.is_fake():
            from deploy.fake.remote import FakeClock

            return await FakeClock(home).set(parse_time(to))
        async with LocalClock(home) as local:
            await _rest(local)
            local.set(parse_time(to))
            await local.wake()
            return local.now()

    _tell(asyncio.run(go()))


async def _rest(local: LocalClock) -> None:
    """Time moves when nothing is on its way; a stack that is down is at rest."""
    from deploy.local.rest import Rest

    home = Home.find()
    if not home.is_held():
        return
    async with Rest(home.running(), local) as rest:
        if not await rest.come(patience=REST_S):
            raise StackError(f"the services have not come to rest in {REST_S:.0f} s")


def main() -> None:
    try:
        app()
    except (StackError, PermissionError) as error:
        Console(stderr=True).print(
            f"entrepot: {error}", markup=False, highlight=False, soft_wrap=True
        )
        sys.exit(1)


def _say(what: str) -> None:
    console.print(f"{datetime.now().astimezone():%H:%M:%S} {what}", highlight=False, markup=False)


def _fetched(done: int, of: int) -> None:
    if done in (1, of):
        _say(
            "fetching Kafka, once" if done == 1 else f"all {of} jars of Kafka are here, and checked"
        )


def _tell(now: datetime, as_json: bool = False) -> None:
    text = now.isoformat(timespec="seconds")
    print(json.dumps({"now": text}) if as_json else text)
