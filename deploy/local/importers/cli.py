"""`entrepot import`: what other systems sold, played through this one."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Play what other systems sold through the local stack, at its own dates.",
    no_args_is_help=True,
)


@app.callback()
def imports() -> None:
    """One command for each layout that is known."""


@app.command("online-retail")
def online_retail(
    file: Annotated[Path, typer.Argument(help="CSV, or the same as .zst.")],
    limit_days: Annotated[
        int | None, typer.Option(min=1, help="Only so many of the file's first days of trade.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """A retailer's invoice lines, tied to the ledger to the last digit."""
    from rich.console import Console

    from deploy.local.home import Home
    from deploy.local.importers.online_retail.importing import import_file

    home = Home.find()
    home.running()  # say at once that there is no stack
    told = Console(stderr=True)
    report = asyncio.run(import_file(home, file, limit_days=limit_days, console=told))
    if as_json:
        print(json.dumps(report.as_json(), indent=2))
    else:
        report.tell(Console())
    if not report.equal:
        sys.exit(1)
