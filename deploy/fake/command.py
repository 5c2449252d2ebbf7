"""`entrepot fake`: what the terminal sees of it."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

LISTEN = "127.0.0.1:8090"


def fake(
    listen: Annotated[str, typer.Option(help="host:port; port 0 takes a free one.")] = LISTEN,
    clock: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Business time stands still there until it is moved."),
    ] = None,
    log_level: Annotated[str, typer.Option(help="What of it is written here.")] = "error",
) -> None:
    """All six services in one process and in memory, ready in a second; gone when it ends."""
    # Imported here, so that `entrepot --help` is quick.
    from deploy.fake.process import run  # noqa: PLC0415
    from deploy.local.clock import parse_time  # noqa: PLC0415
    from deploy.local.home import Home  # noqa: PLC0415
    from deploy.local.process import StackError, free_port  # noqa: PLC0415

    port = int(listen.rpartition(":")[2])
    # Servers of ours share ports among processes; two fakes on one would answer in turn.
    if port and free_port(port) != port:
        raise StackError(f"something listens on {listen} already: choose with --listen")
    home = Home.find()
    home.prepare()

    def ready(address: str) -> None:
        print(f"The six services are ready at {address}. Ctrl-C ends them.", flush=True)

    start = parse_time(clock) if clock else None
    with home.hold():
        asyncio.run(run(home, listen=listen, start=start, log_level=log_level, ready=ready))
