"""`python -m tests.faults`: a table, and build/faults/latest.json; `--record` for the README."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from libs.runtime.ids import chance
from tests.faults.checker.verdict import Violation
from tests.faults.faults import CASES, Case
from tests.faults.figures import Figures, keep
from tests.faults.figures import record as write_table
from tests.faults.trial import trial

console = Console()
RUNS_A_STACK = 10
"""With more, what is measured is how much there is to be heard again, or checked."""
# A client says of each attempt that a broker is away, which is what we are about to arrange.
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


@dataclass(slots=True)
class Row:
    """What came of all runs of one fault."""

    fault: str
    recoveries: list[float] = field(default_factory=list)
    stages: list[dict[str, float]] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """Runs that came to no end; each counts as a violation."""

    def figures(self) -> Figures:
        return Figures(
            fault=self.fault,
            runs=len(self.recoveries) + len(self.failures),
            recovery_p50_s=round(median(self.recoveries), 2) if self.recoveries else None,
            recovery_worst_s=round(max(self.recoveries), 2) if self.recoveries else None,
            stages_s=self.stages,
            attempts=dict(self.codes),
            violations=[violation._asdict() for violation in self.violations],
            failures=self.failures,
            notes=self.notes,
        )


def main(
    case: Annotated[list[str] | None, typer.Option(help="These only; all if not given.")] = None,
    runs: Annotated[int, typer.Option(help="How often each fault strikes.", min=1)] = 3,
    seed: Annotated[int | None, typer.Option(help="Makes chance fall as it did then.")] = None,
    record: Annotated[
        bool, typer.Option("--record", help="Strike nothing: write the README's table.")
    ] = False,
) -> None:
    """Let things die under load, and see whether anything but time is lost."""
    if record:
        return write_table()
    if unknown := set(case or ()) - CASES.keys():
        console.print(f"no such fault: {', '.join(unknown)}; there are {', '.join(CASES)}")
        raise typer.Exit(2)
    seed = chance().randrange(10**6) if seed is None else seed
    console.print(f"seed {seed}")
    figures = asyncio.run(strike([CASES[name] for name in case or CASES], runs, seed))
    console.print(as_table(figures))
    for it in figures:
        tell(it)
    raise typer.Exit(1 if any(it.broken for it in figures) else 0)


async def strike(cases: Sequence[Case], runs: int, seed: int) -> list[Figures]:
    """Each fault on stacks of its own, as often as asked; what came of it is kept run by run."""
    figures = []
    columns = (
        TextColumn("{task.description:<24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[last]}"),
    )
    with Progress(*columns, console=console) as progress:
        for case in cases:
            if case.cannot_run:
                console.print(f"{case.name}: skipped, {case.cannot_run}")
                continue
            row = Row(case.name)
            bar = progress.add_task(case.name, total=runs, last="starting")
            try:
                async for said in _runs(case, runs, seed, row):
                    keep(row.figures())
                    progress.update(bar, advance=1, last=said)
                    if not console.is_terminal:
                        console.print(f"{case.name}: {said}", highlight=False)
            except Exception as error:
                row.failures.append(f"{type(error).__name__}: {error}")
                progress.update(bar, last=row.failures[-1])
            figures.append(row.figures())
            keep(figures[-1])
    return figures


async def _runs(case: Case, runs: int, seed: int, row: Row) -> AsyncIterator[str]:
    """Until one is broken: what is broken stays on record, and would be told again."""
    for first in range(0, runs, RUNS_A_STACK):
        async for said in _on_one_stack(case, min(RUNS_A_STACK, runs - first), seed + first, row):
            yield said
        if row.violations:
            return


async def _on_one_stack(case: Case, runs: int, seed: int, row: Row) -> AsyncIterator[str]:
    with case.ground():
        async with trial(seed=seed, shape=case.shape) as tried:
            for _ in range(runs):
                run = await tried.run(case.strike)
                row.recoveries.append(run.recovery)
                row.stages.append({name: round(at, 2) for name, at in run.stages.items()})
                row.codes += run.codes
                row.violations += run.violations
                row.notes, tried.notes = row.notes + tried.notes, []
                for violation in run.violations:
                    told = f"{row.fault}: {violation.promise}: {violation.what}"
                    console.print(told, markup=False, highlight=False)
                yield f"recovered in {run.recovery:.1f} s, {len(run.violations)} violations"
                if run.violations:
                    return
            row.violations += await tried.replayed()


def as_table(figures: Sequence[Figures]) -> Table:
    table = Table("fault", "runs", "recovery p50", "worst", "attempts", "failed", "violations")
    for it in figures:
        table.add_row(*it.cells)
    return table


def tell(figures: Figures) -> None:
    for said in (*figures.notes, *figures.failures):
        console.print(f"{figures.fault}: {said}", markup=False)


if __name__ == "__main__":
    typer.run(main)
