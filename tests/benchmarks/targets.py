"""Targets: what each figure is to be, on two cores, with the load's own costs on the same box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.benchmarks.case import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Bounds of the value and of its ratio to the yardstick; None does not bind."""

    least: float | None = None
    most: float | None = None
    least_ratio: float | None = None
    most_ratio: float | None = None

    def is_met(self, result: Result) -> bool:
        return _within(result.value, self.least, self.most) and _within(
            result.ratio, self.least_ratio, self.most_ratio
        )

    def said(self, unit: str) -> str:
        bounds = (
            (self.least, f"≥ {{:,}} {unit}"),
            (self.most, f"≤ {{:,}} {unit}"),
            (self.least_ratio, "≥ {:.3g} of the yardstick"),
            (self.most_ratio, "≤ {:.3g} of the yardstick"),
        )
        return " and ".join(words.format(bound) for bound, words in bounds if bound is not None)


TARGETS: Final[dict[str, Target]] = {
    "store": Target(least=30_000, least_ratio=4),
    # What all want is to be had no slower than what everybody finds for themselves.
    "store/hot": Target(least_ratio=0.9),
    "tail/wrong": Target(most=0),
    "relay": Target(least_ratio=0.5),
    "relay/latency": Target(most=10),
    "ledger/batch": Target(least_ratio=0.3),
    "ledger/posters": Target(least_ratio=2),
    "ledger/hot": Target(least_ratio=0.9),
    "ledger/as-of": Target(most=5),
    "replay": Target(least=4_000_000),
    "replay/growth": Target(least_ratio=0.8),
    "replay/memory": Target(most=1_000),
    "grpc": Target(least_ratio=0.6),
    "grpc/batch": Target(least_ratio=10),
    "growth/store": Target(least_ratio=1 / 1.2),
    "growth/ledger": Target(least_ratio=1 / 1.2),
    "growth/get-order": Target(least_ratio=1 / 1.2),
    "growth/list-orders": Target(least_ratio=1 / 1.2),
    # Flat once it is warm: what one order leaves behind is in the database.
    "memory/after": Target(most_ratio=1.1),
    "saga": Target(least=500),
    "saga/placing": Target(most=50),
    "saga/paid": Target(most=1_000),
}


def target_of(case: str) -> Target | None:
    """A figure's own, or that of its kind: `growth/store/1e6` is one of `growth/store`."""
    while case:
        if case in TARGETS:
            return TARGETS[case]
        case = case.rpartition("/")[0] if case.count("/") > 1 else ""
    return None


def _within(value: float, least: float | None, most: float | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)
