"""Figures: what came of each fault when it last struck, and the table of it in the README."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tests.benchmarks.figures import ROOT, commit, rewrite

LATEST = ROOT / "build/faults/latest.json"
README = Path(__file__).with_name("README.md")
HEAD = (
    "| fault | commit | runs | recovery p50 | worst | attempts | of them failed | violations |\n"
    "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n"
)


class Figures(msgspec.Struct, kw_only=True, frozen=True):
    """What came of all runs of one fault; faults may strike one at a time."""

    fault: str
    runs: int
    recovery_p50_s: float | None
    recovery_worst_s: float | None
    stages_s: list[dict[str, float]]
    attempts: dict[str, int]
    """How the attempts of callers ended, by status code."""
    violations: list[dict[str, str]]
    failures: list[str]
    """Runs that came to no end; each counts as a violation."""
    notes: list[str]
    commit: str = msgspec.field(default_factory=commit)

    @property
    def broken(self) -> int:
        return len(self.violations) + len(self.failures)

    @property
    def cells(self) -> tuple[str, ...]:
        """As both tables show them, all but the commit."""
        attempts = sum(self.attempts.values())
        return (
            self.fault,
            str(self.runs),
            _seconds(self.recovery_p50_s),
            _seconds(self.recovery_worst_s),
            f"{attempts:,}",
            f"{attempts - self.attempts.get('OK', 0):,}",
            str(self.broken),
        )


def keep(figures: Figures, at: Path = LATEST) -> None:
    """Put the figures in the place of those of the same fault before."""
    kept = [it for it in load(at) if it.fault != figures.fault]
    at.parent.mkdir(parents=True, exist_ok=True)
    at.write_bytes(msgspec.json.format(msgspec.json.encode([*kept, figures])) + b"\n")


def load(at: Path = LATEST) -> list[Figures]:
    return msgspec.json.decode(at.read_bytes(), type=list[Figures]) if at.exists() else []


def record(readme: Path = README, at: Path = LATEST) -> None:
    """Put what is kept into the README's table; rows of other faults stay."""
    struck = load(at)

    def renewed(written: str) -> str:
        rows = {line.split("|")[1].strip(): line for line in written.splitlines()[2:]}
        for it in struck:
            fault, *others = it.cells
            rows[fault] = f"| {' | '.join((fault, it.commit, *others))} |"
        return HEAD + "".join(f"{row}\n" for row in rows.values())

    rewrite(readme, renewed)


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"
