"""Matching: which sales a cancellation takes back; none names the invoice that it is about."""

from collections import defaultdict
from dataclasses import dataclass

from deploy.local.importers.online_retail.reading import Line


@dataclass(frozen=True, slots=True)
class Match:
    """Units of a sale that come back."""

    sale: Line
    units: int


@dataclass(slots=True)
class _Sold:
    sale: Line
    left: int


class Sales:
    """What each customer bought of each code and still has, newest last.

    A customer who is not named cannot be told from any other: nothing of theirs is matched.
    """

    def __init__(self) -> None:
        self._sold: dict[tuple[str, str], list[_Sold]] = defaultdict(list)

    def sell(self, sale: Line) -> None:
        if sale.customer:
            self._sold[sale.customer, sale.code].append(_Sold(sale, sale.quantity))

    def take_back(self, cancellation: Line) -> tuple[list[Match], int]:
        """The newest sales first; and how many units nothing was found for."""
        wanted = -cancellation.quantity
        sold = self._sold[cancellation.customer, cancellation.code] if cancellation.customer else []
        matches = []
        while wanted and sold:
            newest = sold[-1]
            units = min(wanted, newest.left)
            matches.append(Match(newest.sale, units))
            newest.left -= units
            wanted -= units
            if not newest.left:
                sold.pop()
        return matches, wanted
