"""Figures: what was measured last, case by case, and the table of it in the README."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from tests.benchmarks.case import Result
from tests.benchmarks.targets import target_of

ROOT = Path(__file__).parents[2]
LATEST = ROOT / "build/bench/latest.json"
README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"
HEAD = (
    "| case | target | measured | spread | yardstick | | ratio | met |\n"
    "| --- | --- | ---: | ---: | --- | ---: | ---: | --- |\n"
)


class Measured(msgspec.Struct, kw_only=True, frozen=True):
    """A result with where it comes from: cases may be measured one at a time."""

    case: str
    value: float
    unit: str
    yardstick: str
    yardstick_value: float
    ratio: float
    spread: float
    date: str = "some day"
    commit: str = "no commit"
    machine: str = "some machine"

    @property
    def result(self) -> Result:
        return Result(**{name: getattr(self, name) for name in Result.__slots__})


def keep(results: Iterable[Result], at: Path = LATEST) -> None:
    """Put the results in the place of what was measured of the same cases before."""
    here = {"date": f"{datetime.now(UTC):%Y-%m-%d}", "commit": commit(), "machine": machine()}
    fresh = [Measured(**it.as_json(), **here) for it in results]  # type: ignore[arg-type] # fields of equal name
    cases = {kind_of(it.case) for it in fresh}
    kept = [it for it in load(at) if kind_of(it.case) not in cases]
    rows = sorted([*kept, *fresh], key=lambda it: kind_of(it.case))
    at.parent.mkdir(parents=True, exist_ok=True)
    at.write_bytes(msgspec.json.format(msgspec.json.encode(rows)) + b"\n")


def load(at: Path = LATEST) -> list[Measured]:
    return msgspec.json.decode(at.read_bytes(), type=list[Measured]) if at.exists() else []


def kind_of(case: str) -> str:
    """The case that a row belongs to, such as `ledger` of `ledger/batch`."""
    return case.partition("/")[0]


def record(readme: Path = README, at: Path = LATEST) -> None:
    """Put what was measured last into the README's table; rows of other cases stay."""
    measured = load(at)
    fresh = {kind_of(it.case) for it in measured}

    def renewed(written: str) -> str:
        rows = [it for it in _rows(written) if kind_of(it.case) not in fresh]
        rows += [Row(it.case, f"{it.date}, {it.commit}, {it.machine}:", row(it)) for it in measured]
        return f"\n{_tables(rows)}\n"

    rewrite(readme, renewed)


def rewrite(readme: Path, renewed: Callable[[str], str]) -> None:
    """Put other figures between the two marks of a README, made from those that are there."""
    before, _, rest = readme.read_text().partition(BEGIN)
    written, _, after = rest.partition(END)
    readme.write_text(f"{before}{BEGIN}{renewed(written)}{END}{after}")


class Row(NamedTuple):
    """A line of the table, under the day, commit and machine that it was measured on."""

    case: str
    run: str
    line: str


def _rows(written: str) -> Iterator[Row]:
    run = ""
    for line in written.splitlines(keepends=True):
        if line.endswith(":\n"):
            run = line.strip()
        elif line.startswith("| `"):
            yield Row(line.split("`")[1], run, line)


def _tables(rows: Iterable[Row]) -> str:
    runs: dict[str, list[str]] = {}
    for it in sorted(rows, key=lambda it: kind_of(it.case)):
        runs.setdefault(it.run, []).append(it.line)
    return "\n".join(f"{run}\n\n{HEAD}{''.join(lines)}" for run, lines in runs.items())


def row(it: Measured) -> str:
    target = target_of(it.case)
    cells = (
        f"`{it.case}`",
        target.said(it.unit) if target else "",
        f"{number(it.value)} {it.unit}",
        f"{it.spread:.0%}",
        it.yardstick,
        number(it.yardstick_value),
        f"{it.ratio:.3g}",
        "" if target is None else "yes" if target.is_met(it.result) else "no",
    )
    return f"| {' | '.join(cells)} |\n"


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"


def commit() -> str:
    """With a plus sign where the tree has what no commit has."""
    try:
        head = _git("rev-parse", "--short", "HEAD")
        return head + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return "no commit"


def machine() -> str:
    """The processor, how much of it, how much memory, and the Python, whose build is felt too."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return ", ".join(
        (
            _processor(),
            f"{len(os.sched_getaffinity(0))} cores",
            f"{pages * size / 2**30:.0f} GiB",
            f"Python {platform.python_version()}",
        )
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()
