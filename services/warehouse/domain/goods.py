"""Goods on their way to an order: lines wanted, lines in a parcel, and taking units out again."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from libs.domain import RuleViolated


class OutOfSequence(RuleViolated):
    """The step does not follow from where the goods are."""


@dataclass(frozen=True, slots=True)
class Units:
    """So many units of an order line."""

    line_id: str
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an order line asks for, of whose goods."""

    line_id: str
    sku: str
    owner_id: str
    quantity: int
    weight_grams: int


@dataclass(frozen=True, slots=True)
class Line:
    """Units of an order line in a parcel, with the weight that divides the parcel's costs."""

    line_id: str
    sku: str
    quantity: int
    weight_grams: int

    def units(self) -> Units:
        return Units(self.line_id, self.sku, self.quantity)

    def less(self, quantity: int) -> "Line":
        """The same line with fewer units and their part of the weight."""
        left = self.quantity - quantity
        return replace(self, quantity=left, weight_grams=self.weight_grams * left // self.quantity)


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one node sends of one owner's goods."""

    node_id: str
    owner_id: str
    lines: tuple[Line, ...]

    def without(self, taken: Iterable[Units]) -> "Parcel":
        return replace(self, lines=without(self.lines, taken))


def take(lines: Iterable[Line], asked: Counter[str]) -> Iterator[Units]:
    """What of the units asked for, by line id, is among these lines; `asked` keeps the rest."""
    for line in lines:
        if quantity := min(line.quantity, asked[line.line_id]):
            asked[line.line_id] -= quantity
            yield Units(line.line_id, line.sku, quantity)


def without(lines: Iterable[Line], taken: Iterable[Units]) -> tuple[Line, ...]:
    """The lines less what was taken out of them."""
    gone = Counter[str]()
    for units in taken:
        gone[units.line_id] += units.quantity
    return tuple(
        line.less(gone[line.line_id]) for line in lines if gone[line.line_id] < line.quantity
    )
