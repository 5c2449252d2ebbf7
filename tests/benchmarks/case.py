"""What every case is: the same thing done some times over, each time with its yardstick."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from statistics import median


class CannotRun(Exception):
    """Something that the case needs is not there; the text says what, and how to get it."""


class Size(StrEnum):
    """How much of it: enough to see that it works, to compare by, or all that is promised."""

    SMALL = "small"
    USUAL = "usual"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Round:
    value: float
    yardstick: float
    """Measured next to the value, so that a busy machine slows both."""

    @property
    def ratio(self) -> float:
        """Nothing beside nothing is as good as it gets, and 0."""
        return self.value / self.yardstick if self.value else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Medians; `spread` is how far the rounds' values lie apart, as a part of their median."""

    case: str
    value: float
    unit: str
    yardstick: str
    yardstick_value: float
    ratio: float
    spread: float

    @classmethod
    def of(cls, case: str, unit: str, yardstick: str, rounds: Iterable[Round]) -> Result:
        measured = list(rounds)
        values = [it.value for it in measured]
        middle = median(values)
        return cls(
            case=case,
            value=round(middle, 1),
            unit=unit,
            yardstick=yardstick,
            yardstick_value=round(median(it.yardstick for it in measured), 1),
            ratio=round(median(it.ratio for it in measured), 6),
            spread=round((max(values) - min(values)) / middle, 3) if middle else 0.0,
        )

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which that share of them lies; no averaging between two of them."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
