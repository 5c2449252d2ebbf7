"""Importing: a file from its first line to the closing table."""

from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from deploy.local.home import Home
from deploy.local.importers.online_retail.books import read_books
from deploy.local.importers.online_retail.days import Day
from deploy.local.importers.online_retail.plan import plan
from deploy.local.importers.online_retail.reading import BadFile, read
from deploy.local.importers.online_retail.report import Report
from deploy.local.importers.online_retail.run import run
from deploy.local.importers.online_retail.services import Services
from deploy.local.importers.online_retail.shop import Shop


async def import_file(
    home: Home, file: Path, *, limit_days: int | None, console: Console
) -> Report:
    """Play a file, or its first days of trade, and compare it with what the ledger says then."""
    with console.status("Reading …"):
        whole = plan(read(file))
    if not whole.days:
        raise BadFile(f"{file} has no lines")
    wanted = whole if limit_days is None else whole.first(limit_days)
    async with Services(home) as services:
        with _bar(console) as bar:
            task = bar.add_task("setting up", total=wanted.tally.total.lines)

            def played(day: Day) -> None:
                bar.update(task, description=f"{day.date}", advance=day.tally.total.lines)

            outcome = await run(wanted, home, services, played)
        with console.status("Reading the ledger …"):
            merchant = Shop(wanted.digest).slug
            last = wanted.days[-1].date
            books = await read_books(services, merchant, through=last, shipped=outcome.shipped)
    return Report(wanted.tally, books, [*wanted.warnings, *outcome.late])


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("lines"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )
