"""Dividing integers so that the parts sum to the whole. Rounding happens here and nowhere else."""

from collections.abc import Sequence

BASIS_POINTS = 10_000


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` in proportion to `weights` by largest remainder; ties go to the earlier part.

    The caller orders the weights by line id, so that the split is the same on every replay.
    """
    whole = sum(weights)
    if min(weights, default=0) < 0 or (whole == 0 and total != 0):
        raise ValueError(f"cannot split {total} by weights {list(weights)}")
    if whole == 0:
        return [0] * len(weights)
    sign = -1 if total < 0 else 1
    parts = [abs(total) * weight // whole for weight in weights]
    remainders = [abs(total) * weight % whole for weight in weights]
    largest = sorted(range(len(weights)), key=lambda i: -remainders[i])
    for i in largest[: abs(total) - sum(parts)]:
        parts[i] += 1
    return [sign * part for part in parts]


def share(amount: int, basis_points: int) -> int:
    """`basis_points` ten-thousandths of `amount`, half rounded away from zero."""
    sign = -1 if amount < 0 else 1
    return sign * ((abs(amount) * basis_points * 2 + BASIS_POINTS) // (2 * BASIS_POINTS))


def cumulative_share(total: int, *, units: int, of: int, already: int) -> int:
    """What the next units are worth: round(total x units / of) less what went before.

    `units` counts all units taken so far, this time included; so the last one clears to zero.
    """
    sign = -1 if total < 0 else 1
    return sign * ((abs(total) * units * 2 + of) // (2 * of)) - already
