"""`python -m tests.benchmarks [--case NAME]`: a table, and build/bench/latest.json."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from tests.benchmarks import replay, saga
from tests.benchmarks.case import CannotRun, Result

LATEST = Path(__file__).parents[2] / "build/bench/latest.json"


class Case(StrEnum):
    REPLAY = "replay"
    SAGA = "saga"


MEASURES: dict[Case, Callable[[], Result]] = {
    Case.REPLAY: replay.measure,
    Case.SAGA: saga.measure,
}
console = Console()


def main(
    case: Annotated[Case | None, typer.Option(help="Only this one; all if not given.")] = None,
) -> None:
    """Measure, each case beside its yardstick. A case that cannot run is skipped aloud, unless it
    was asked for by name."""
    results: list[Result] = []
    for name in [case] if case else Case:
        try:
            with console.status(f"measuring {name}"):
                results.append(MEASURES[name]())
        except CannotRun as why:
            console.print(f"{name}: skipped, {why}")
            if case:
                raise typer.Exit(1) from None
    LATEST.parent.mkdir(parents=True, exist_ok=True)
    LATEST.write_bytes(
        msgspec.json.format(msgspec.json.encode([it.as_json() for it in results])) + b"\n"
    )
    console.print(as_table(results))


def as_table(results: list[Result]) -> Table:
    table = Table("case", "median", "spread", "yardstick", "median", "ratio")
    for it in results:
        table.add_row(
            it.case,
            f"{it.value:,.0f} {it.unit}",
            f"{it.spread:.0%}",
            it.yardstick,
            f"{it.yardstick_value:,.0f}",
            f"{it.ratio:.4f}",
        )
    return table


if __name__ == "__main__":
    typer.run(main)
