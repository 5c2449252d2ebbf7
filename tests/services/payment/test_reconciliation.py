"""Where the provider's books and ours do not agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import pytest

from services.payment import reconciliation
from services.payment.domain import Booked, Kind, Outcome
from services.payment.reconciliation import Discrepancy, reconcile
from tests.services.payment.samples import eur


@dataclass
class Pages:
    booked: Sequence[Booked]

    async def __call__(self, after: UUID | None, limit: int) -> Sequence[Booked]:
        return [each for each in self.booked if after is None or each.key > after][:limit]


def booked(number: int, *, amount: int = 100, outcome: Outcome = Outcome.SUCCEEDED) -> Booked:
    return Booked(UUID(int=number), Kind.SALE, UUID(int=9), eur(amount), outcome)


async def found(ours: Sequence[Booked], theirs: Sequence[Booked]) -> list[tuple[int, str]]:
    findings = await reconcile(ours=Pages(ours), theirs=Pages(theirs), limit=100)
    return [(each.either.key.int, each.discrepancy) for each in findings.differences]


@pytest.mark.parametrize(
    ("ours", "theirs", "discrepancy"),
    [
        ([], [booked(1)], Discrepancy.MISSING_HERE),
        ([booked(1)], [], Discrepancy.MISSING_THERE),
        ([booked(1, amount=1)], [booked(1)], Discrepancy.AMOUNT),
        ([booked(1, outcome=Outcome.REFUSED)], [booked(1)], Discrepancy.OUTCOME),
    ],
)
async def test_a_difference_is_found(
    ours: list[Booked], theirs: list[Booked], discrepancy: Discrepancy
) -> None:
    assert await found(ours, theirs) == [(1, discrepancy)]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ([booked(1)], [booked(1)]),
        ([booked(1, outcome=Outcome.OPEN)], [booked(1)]),
        ([booked(1, outcome=Outcome.OPEN)], []),
        ([booked(1, outcome=Outcome.REFUSED)], []),
    ],
    ids=["the same", "not answered", "not received yet", "never received"],
)
async def test_what_is_awaited_or_never_came_is_no_difference(
    ours: list[Booked], theirs: list[Booked]
) -> None:
    assert await found(ours, theirs) == []


async def test_pages_of_either_side_need_not_end_at_the_same_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reconciliation, "AT_ONCE", 2)
    ours = [booked(number) for number in (1, 2, 3, 5, 6, 7)]
    theirs = [booked(number) for number in (1, 3, 4, 5, 7, 8)]

    assert await found(ours, theirs) == [
        (2, Discrepancy.MISSING_THERE),
        (4, Discrepancy.MISSING_HERE),
        (6, Discrepancy.MISSING_THERE),
        (8, Discrepancy.MISSING_HERE),
    ]


async def test_no_more_differences_are_given_than_asked_for() -> None:
    theirs = [booked(number) for number in range(1, 9)]

    findings = await reconcile(ours=Pages([]), theirs=Pages(theirs), limit=3)

    assert len(findings.differences) == 3
