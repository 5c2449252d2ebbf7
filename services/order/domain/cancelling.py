"""Cancelling: which units of an order are still free for it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from libs.domain import Malformed, RuleViolated
from services.order.domain.progress import Progress, Units
from services.order.domain.sale import Line, LineUnknown


class PickingStarted(RuleViolated):
    """Units are being picked or have left: ask for a return."""


class NothingToCancel(RuleViolated):
    """Nothing of what was named is left to cancel."""


class FaultMissing(Malformed):
    """Whoever cancels for somebody else must say who answers for it."""


class Standing(NamedTuple):
    """The nth line of an order, and how far its units have come."""

    number: int
    line: Line
    progress: Progress

    @property
    def free(self) -> int:
        return self.progress.free_of(self.line.quantity)


def named(wanted: Sequence[Units], within: Iterable[Standing]) -> dict[int, int]:
    """The units named, by line, if all of them are free."""
    known = {standing.number: standing for standing in within}
    units: dict[int, int] = {}
    for want in wanted:
        if want.number not in known:
            raise LineUnknown("the order has no such line", field="lines.line_id")
        units[want.number] = units.get(want.number, 0) + want.quantity
    for number, quantity in units.items():
        if quantity > known[number].free:
            raise _why_not([known[number]])
    return units


def all_free(within: Sequence[Standing]) -> dict[int, int]:
    """Every unit that is free, by line, if any is."""
    units = {standing.number: standing.free for standing in within if standing.free}
    if not units:
        raise _why_not(within)
    return units


def _why_not(standings: Iterable[Standing]) -> RuleViolated:
    if any(standing.progress.picking or standing.progress.shipped for standing in standings):
        return PickingStarted("units are being picked or have left: ask for a return")
    return NothingToCancel("no such units are left to cancel")
