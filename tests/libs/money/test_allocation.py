"""Dividing money: the parts sum to the whole, whatever the weights."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.money import allocate, cumulative_share, share

TOTALS = st.integers(-(10**15), 10**15)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=30).filter(any)


@given(TOTALS, WEIGHTS)
def test_parts_sum_to_the_whole(total: int, weights: list[int]) -> None:
    assert sum(allocate(total, weights)) == total


@given(TOTALS, WEIGHTS)
def test_no_part_is_a_unit_away_from_its_exact_share(total: int, weights: list[int]) -> None:
    whole = sum(weights)
    for part, weight in zip(allocate(total, weights), weights, strict=True):
        assert abs(part * whole - total * weight) < whole


@given(TOTALS, WEIGHTS)
def test_giving_back_undoes_giving(total: int, weights: list[int]) -> None:
    assert allocate(-total, weights) == [-part for part in allocate(total, weights)]


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (1, [1, 1], [1, 0]),
        (10, [0, 3, 7], [0, 3, 7]),
        (7, [5, 3, 2], [4, 2, 1]),
        (5, [1], [5]),
        (0, [0, 0], [0, 0]),
        (0, [], []),
    ],
)
def test_what_is_left_over_goes_to_the_largest_remainder_and_then_the_earlier_part(
    total: int, weights: list[int], parts: list[int]
) -> None:
    assert allocate(total, weights) == parts


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_money_cannot_be_split_by_nothing_or_less(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="cannot split 1"):
        allocate(1, weights)


@pytest.mark.parametrize(
    ("amount", "basis_points", "part"),
    [
        (10_00, 900, 90),
        (99, 10_000, 99),
        (1, 4_999, 0),
        (1, 5_000, 1),
        (-1, 5_000, -1),
        (-1, 4_999, 0),
        (10_00, 0, 0),
    ],
)
def test_a_share_rounds_half_away_from_zero(amount: int, basis_points: int, part: int) -> None:
    assert share(amount, basis_points) == part


@given(TOTALS, st.integers(1, 50), st.data())
def test_units_taken_one_after_another_clear_to_zero(
    total: int, of: int, data: st.DataObject
) -> None:
    taken = already = 0
    while taken < of:
        taken += data.draw(st.integers(1, of - taken))
        already += cumulative_share(total, units=taken, of=of, already=already)

    assert already == total


@given(TOTALS, st.integers(1, 50))
def test_how_units_are_taken_changes_nothing_of_what_they_are_worth_so_far(
    total: int, of: int
) -> None:
    """Two at once are worth the same as one and then one more."""
    already = 0
    for units in range(1, of + 1):
        already += cumulative_share(total, units=units, of=of, already=already)
        assert already == cumulative_share(total, units=units, of=of, already=0)
