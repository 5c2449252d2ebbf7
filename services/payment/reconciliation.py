"""Reconciliation: the provider's books laid beside ours, operation by operation."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from services.payment.domain import Booked, Outcome

AT_ONCE = 10_000

Books: TypeAlias = Callable[[UUID | None, int], Awaitable[Sequence[Booked]]]
"""Pages of booked operations in the order of their keys: those after a key, so many at most."""


class Discrepancy(StrEnum):
    MISSING_HERE = "MISSING_HERE"
    MISSING_THERE = "MISSING_THERE"
    AMOUNT = "AMOUNT"
    OUTCOME = "OUTCOME"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    discrepancy: Discrepancy
    ours: Booked | None
    theirs: Booked | None

    @property
    def either(self) -> Booked:
        booked = self.ours or self.theirs
        assert booked is not None, "nothing differs from nothing"
        return booked


@dataclass(frozen=True, slots=True)
class Findings:
    differences: Sequence[Difference]
    compared: int


async def reconcile(*, ours: Books, theirs: Books, limit: int) -> Findings:
    """Compare range by range of keys, so that neither side is ever held as a whole."""
    differences: list[Difference] = []
    compared = 0
    after: UUID | None = None
    while len(differences) < limit:
        here, there = await ours(after, AT_ONCE), await theirs(after, AT_ONCE)
        # A full page says nothing about what comes after its last key.
        ends = [page[-1].key for page in (here, there) if len(page) == AT_ONCE]
        after = min(ends, default=None)
        mine = {booked.key: booked for booked in here if after is None or booked.key <= after}
        other = {booked.key: booked for booked in there if after is None or booked.key <= after}
        compared += len(mine.keys() | other.keys())
        differences.extend(_differences(mine, other))
        if after is None:
            break
    return Findings(differences[:limit], compared)


def _differences(mine: dict[UUID, Booked], other: dict[UUID, Booked]) -> Iterator[Difference]:
    for key in sorted(mine.keys() | other.keys()):
        ours, theirs = mine.get(key), other.get(key)
        if discrepancy := _discrepancy(ours, theirs):
            yield Difference(discrepancy=discrepancy, ours=ours, theirs=theirs)


def _discrepancy(ours: Booked | None, theirs: Booked | None) -> Discrepancy | None:
    """What somebody still waits for is no difference; neither is a refusal of what never came."""
    if ours is None:
        return Discrepancy.MISSING_HERE
    if theirs is None:
        return Discrepancy.MISSING_THERE if ours.outcome is Outcome.SUCCEEDED else None
    if ours.amount != theirs.amount:
        return Discrepancy.AMOUNT
    if Outcome.OPEN in (ours.outcome, theirs.outcome) or ours.outcome is theirs.outcome:
        return None
    return Discrepancy.OUTCOME
