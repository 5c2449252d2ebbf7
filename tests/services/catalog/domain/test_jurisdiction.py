"""What applied at one moment, as it was known at another."""

from datetime import UTC, datetime

import pytest
from hypothesis import given as over
from hypothesis import strategies

from libs.domain import happening
from libs.testing import fact, given, recorded
from services.catalog.domain import JurisdictionRule, NoRuleApplies, Ruling, RulingState


def day(number: int) -> datetime:
    return datetime(2026, 3, number, tzinfo=UTC)


def nothing_ruled() -> JurisdictionRule:
    return given(JurisdictionRule, fact(JurisdictionRule.Opened, market="GB", ship_to="IE"))


def rule(
    jurisdiction: JurisdictionRule,
    *,
    duty: int = 0,
    blocked: bool = False,
    effective: int | None,
    known: int,
) -> None:
    jurisdiction.rule(
        blocked=blocked,
        duty_basis_points=duty,
        source="notice",
        effective_at=None if effective is None else day(effective),
        now=day(known),
    )


def duty(jurisdiction: JurisdictionRule, *, at: int, known: int) -> int | None:
    ruling = jurisdiction.applied(at=day(at), known_at=day(known))
    return ruling.duty_basis_points if ruling else None


def test_a_ruling_applies_from_its_moment_on() -> None:
    ireland = nothing_ruled()

    rule(ireland, duty=500, effective=10, known=1)

    assert duty(ireland, at=9, known=31) is None
    assert duty(ireland, at=10, known=31) == 500


def test_nobody_knew_of_it_before_it_was_said() -> None:
    ireland = nothing_ruled()

    rule(ireland, duty=500, effective=10, known=20)

    assert duty(ireland, at=15, known=19) is None
    assert duty(ireland, at=15, known=20) == 500


def test_a_correction_changes_what_is_known_of_the_past_not_what_was_known_then() -> None:
    ireland = nothing_ruled()
    rule(ireland, duty=500, effective=10, known=1)

    rule(ireland, duty=300, effective=10, known=20)

    assert duty(ireland, at=15, known=15) == 500
    assert duty(ireland, at=15, known=20) == 300


def test_what_was_announced_for_later_stands_beside_what_is_said_now() -> None:
    ireland = nothing_ruled()
    rule(ireland, duty=500, effective=20, known=1)

    rule(ireland, duty=100, effective=None, known=5)

    assert duty(ireland, at=10, known=31) == 100
    assert duty(ireland, at=20, known=31) == 500


def test_a_repeal_lifts_what_applies() -> None:
    ireland = nothing_ruled()
    rule(ireland, blocked=True, effective=1, known=1)

    ireland.repeal(effective_at=day(10), now=day(5))

    assert duty(ireland, at=9, known=31) == 0
    assert duty(ireland, at=10, known=31) is None


def test_where_nothing_applies_there_is_nothing_to_repeal() -> None:
    ireland = nothing_ruled()

    with pytest.raises(NoRuleApplies):
        ireland.repeal(effective_at=None, now=day(5))

    assert recorded(ireland) == []


def test_each_ruling_says_where_it_stands() -> None:
    ireland = nothing_ruled()
    rule(ireland, duty=1, effective=1, known=1)
    rule(ireland, duty=2, effective=5, known=1)
    rule(ireland, duty=3, effective=20, known=1)

    states = [ireland.state_of(ruling, day(10)) for ruling in ireland.rulings]
    assert states == [RulingState.SUPERSEDED, RulingState.IN_FORCE, RulingState.PROPOSED]

    ireland.repeal(effective_at=day(10), now=day(10))
    assert ireland.state_of(ireland.rulings[1], day(10)) is RulingState.REPEALED


days = strategies.integers(1, 28)


@over(
    said=strategies.lists(strategies.tuples(days, days), max_size=8),
    at=days,
    known=days,
)
def test_what_is_said_later_never_changes_what_was_known(
    said: list[tuple[int, int]], at: int, known: int
) -> None:
    said = sorted(said, key=lambda item: item[1])
    with happening(day(1)):
        ireland = JurisdictionRule(
            id=JurisdictionRule.stream("GB", "IE"), market="GB", ship_to="IE"
        )
        answers: list[Ruling | None] = []
        for number, (effective, learnt) in enumerate(said):
            rule(ireland, duty=number, effective=effective, known=learnt)
            if learnt <= known:
                answers.append(ireland.applied(at=day(at), known_at=day(known)))

    final = ireland.applied(at=day(at), known_at=day(known))
    assert final == (answers[-1] if answers else None)
