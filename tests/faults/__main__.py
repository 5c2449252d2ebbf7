"""`python -m tests.faults [--case NAME] [--runs N] [--seed S] [--json FILE]`."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from libs.runtime.ids import chance
from tests.faults.checker.verdict import Violation
from tests.faults.faults import CASES, Case
from tests.faults.trial import trial

console = Console()
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

    @property
    def broken(self) -> int:
        return len(self.violations) + len(self.failures)

    def as_json(self) -> dict[str, object]:
        return {
            "fault": self.fault,
            "runs": len(self.recoveries) + len(self.failures),
            "recovery_p50_s": round(median(self.recoveries), 2) if self.recoveries else None,
            "recovery_worst_s": round(max(self.recoveries), 2) if self.recoveries else None,
            "stages_s": self.stages,
            "attempts": self.codes,
            "violations": [violation._asdict() for violation in self.violations],
            "failures": self.failures,
            "notes": self.notes,
        }


def main(
    case: Annotated[list[str] | None, typer.Option(help="These only; all if not given.")] = None,
    runs: Annotated[int, typer.Option(help="How often each fault strikes.", min=1)] = 3,
    seed: Annotated[int | None, typer.Option(help="Makes chance fall as it did then.")] = None,
    json: Annotated[Path | None, typer.Option(help="Where to keep the figures.")] = None,
) -> None:
    """Let things die under load, and see whether anything but time is lost."""
    if unknown := set(case or ()) - CASES.keys():
        console.print(f"no such fault: {', '.join(unknown)}; there are {', '.join(CASES)}")
        raise typer.Exit(2)
    seed = chance().randrange(10**6) if seed is None else seed
    console.print(f"seed {seed}")
    rows = asyncio.run(strike([CASES[name] for name in case or CASES], runs, seed))
    console.print(as_table(rows))
    for row in rows:
        tell(row)
    if json:
        json.parent.mkdir(parents=True, exist_ok=True)
        encoded = msgspec.json.encode([row.as_json() for row in rows])
        json.write_bytes(msgspec.json.format(encoded) + b"\n")
    raise typer.Exit(1 if any(row.broken for row in rows) else 0)


async def strike(cases: Sequence[Case], runs: int, seed: int) -> list[Row]:
    """Each fault on a stack of its own, as often as asked."""
    rows = []
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
            rows.append(row)
            bar = progress.add_task(case.name, total=runs, last="starting")
            try:
                async for said in _runs(case, runs, seed, row):
                    progress.update(bar, advance=1, last=said)
                    if not console.is_terminal:
                        console.print(f"{case.name}: {said}", highlight=False)
            except Exception as error:
                row.failures.append(f"{type(error).__name__}: {error}")
                progress.update(bar, last=row.failures[-1])
    return rows


async def _runs(case: Case, runs: int, seed: int, row: Row) -> AsyncIterator[str]:
    """Until one is broken: what is broken stays on record, and would be told again."""
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


def as_table(rows: Sequence[Row]) -> Table:
    table = Table("fault", "runs", "recovery p50", "worst", "attempts", "failed", "violations")
    for row in rows:
        p50 = f"{median(row.recoveries):.1f} s" if row.recoveries else "-"
        worst = f"{max(row.recoveries):.1f} s" if row.recoveries else "-"
        count = str(len(row.recoveries) + len(row.failures))
        attempts, failed = row.codes.total(), row.codes.total() - row.codes["OK"]
        table.add_row(row.fault, count, p50, worst, *map(str, (attempts, failed, row.broken)))
    return table


def tell(row: Row) -> None:
    for note in row.notes:
        console.print(f"{row.fault}: {note}", markup=False)
    for failure in row.failures:
        console.print(f"{row.fault}: {failure}", markup=False)


if __name__ == "__main__":
    typer.run(main)
