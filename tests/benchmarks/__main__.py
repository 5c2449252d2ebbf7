"""`python -m tests.benchmarks`: a table, and build/bench/latest.json; `--record` for the README."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import redirect_stdout
from enum import StrEnum
from importlib import import_module
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from libs.observability.logs import configure_logs
from tests.benchmarks import figures
from tests.benchmarks.case import CannotRun, Result, Size
from tests.benchmarks.targets import target_of


class Case(StrEnum):
    """Each is a module of the same name, or of the one behind it."""

    STORE = "store"
    TAIL = "tail"
    RELAY = "relay"
    LEDGER = "ledger"
    REPLAY = "replay"
    GRPC = "grpc"
    GROWTH = "growth"
    MEMORY = "memory"
    SAGA = "saga"


console = Console()


def main(
    case: Annotated[Case | None, typer.Option(help="Only this one; all if not given.")] = None,
    size: Annotated[Size, typer.Option(help="How much of it.")] = Size.USUAL,
    seconds: Annotated[
        float | None, typer.Option(help="The saga for so long at a stretch.")
    ] = None,
    profile: Annotated[bool, typer.Option("--profile", help="Where the saga's time goes.")] = False,
    record: Annotated[
        bool, typer.Option("--record", help="Measure nothing: write the README's table.")
    ] = False,
) -> None:
    """Measure, each case beside its yardstick. A case that cannot run is skipped aloud, unless it
    was asked for by name."""
    if record:
        figures.record()
        return
    log_as_services_do()
    results: list[Result] = []
    for name in [case] if case else Case:
        try:
            with console.status(f"measuring {name}"):
                more = {"seconds": seconds, "profile": profile} if name is Case.SAGA else {}
                measured = measure_of(name)(size, **more)
        except CannotRun as why:
            console.print(f"{name}: skipped, {why}")
            if case:
                raise typer.Exit(1) from None
        else:
            results += measured
            if size is not Size.SMALL:
                figures.keep(measured)
    console.print(as_table(results))


def log_as_services_do() -> None:
    """Every line, as bytes to a file: writing them is a part of what a call costs."""
    figures.LATEST.parent.mkdir(parents=True, exist_ok=True)
    lines = figures.LATEST.with_name("log.jsonl").open("w")  # open as long as the process lives
    with redirect_stdout(lines):
        configure_logs("bench", level="info")


def measure_of(case: Case) -> Callable[..., list[Result]]:
    """Loaded when it is its turn: what one case imports is not to weigh on another."""
    measure: Callable[..., list[Result]] = import_module(f"tests.benchmarks.{case}").measure
    return measure


def as_table(results: Iterable[Result]) -> Table:
    case = Column("case", no_wrap=True)
    table = Table(case, "median", "spread", "yardstick", "median", "ratio", "target")
    for it in results:
        target = target_of(it.case)
        verdict = "" if target is None else "met" if target.is_met(it) else target.said(it.unit)
        table.add_row(
            it.case,
            f"{figures.number(it.value)} {it.unit}",
            f"{it.spread:.0%}",
            it.yardstick,
            figures.number(it.yardstick_value),
            f"{it.ratio:.4g}",
            verdict,
        )
    return table


if __name__ == "__main__":
    typer.run(main)
