"""The command: raise the stack if need be, play, and say whether the books hold."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from deploy.local.home import Home

START_PATIENCE_S = 90.0


def demo(
    as_json: Annotated[
        bool, typer.Option("--json", help="For machines, without the story.")
    ] = False,
) -> None:
    """Play a live-commerce evening and the weeks after it; end with books that balance."""
    # What it takes to play is imported here, so that `entrepot --help` is quick.
    from rich.console import Console  # noqa: PLC0415

    from deploy.local.demo.play import play  # noqa: PLC0415
    from deploy.local.home import Home  # noqa: PLC0415
    from deploy.local.process import StackError  # noqa: PLC0415
    from libs.rpc import RpcRefused  # noqa: PLC0415

    began = time.monotonic()
    console = Console(quiet=as_json, highlight=False)
    home = Home.find()
    _raise_stack(home, console)
    try:
        outcome = asyncio.run(play(home, console))
    except RpcRefused as refused:
        raise StackError(f"a service refused what the story asks for: {refused}") from refused
    seconds = time.monotonic() - began
    if as_json:
        print(json.dumps({**outcome.as_json(), "seconds": round(seconds, 1)}, indent=2))
    console.print(f"\nPlayed in {seconds:.0f} s. `entrepot down` stops the stack; the data stay.")
    for problem in outcome.problems:
        console.print(f"[bold red]{problem}[/]")
    raise typer.Exit(1 if outcome.problems else 0)


def _raise_stack(home: Home, console: Console) -> None:
    """A stack that runs is played on, one that is starting is waited for."""
    from deploy.local import daemon  # noqa: PLC0415 - as above
    from deploy.local.process import StackError, finish, until  # noqa: PLC0415 - as above

    home.prepare()
    if not home.is_held():
        with console.status("Starting PostgreSQL, Kafka and the six services …"):
            daemon.detach(home)
        return

    async def is_ready() -> bool:
        return home.load().ready

    if not finish(until(is_ready, patience=START_PATIENCE_S)):
        raise StackError(f"the stack in {home.folder} does not become ready: see `entrepot logs`")
