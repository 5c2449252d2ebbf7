"""Sourcing: which node gives what. One node that can fill all is preferred to two parcels."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from services.warehouse.domain.goods import Line, Parcel, Units, Wanted

Goods = tuple[str, str]
"""A SKU and its owner."""

Shelf = Mapping[Goods, int]
"""How many units of which goods are free at a node."""


def demand(lines: Iterable[Wanted]) -> Counter[Goods]:
    """Lines of the same goods ask the same shelf, so they ask together."""
    total = Counter[Goods]()
    for line in lines:
        total[line.sku, line.owner_id] += line.quantity
    return total


def covers(shelf: Shelf, wanted: Shelf) -> bool:
    return all(shelf.get(goods, 0) >= quantity for goods, quantity in wanted.items())


def source(
    lines: Sequence[Wanted], shelves: Mapping[str, Shelf]
) -> tuple[tuple[Parcel, ...], tuple[Units, ...]]:
    """Share the lines out over the nodes, in their order of preference, or say what is short.

    The answer is parcels for all lines, or shortages and no parcels.
    """
    wanted = demand(lines)
    whole = next((node for node, shelf in shelves.items() if covers(shelf, wanted)), None)
    free = {
        node: Counter(shelf) for node, shelf in shelves.items() if whole is None or node == whole
    }
    parcels: defaultdict[tuple[str, str], list[Line]] = defaultdict(list)
    shortages: list[Units] = []
    for line in sorted(lines, key=lambda line: line.line_id):
        missing = line.quantity
        for node, shelf in free.items():
            quantity = min(missing, shelf[line.sku, line.owner_id])
            if quantity > 0:
                shelf[line.sku, line.owner_id] -= quantity
                missing -= quantity
                parcels[node, line.owner_id].append(_part(line, quantity))
        if missing:
            shortages.append(Units(line.line_id, line.sku, missing))
    if shortages:
        return (), tuple(shortages)
    return tuple(
        Parcel(node, owner, tuple(parts)) for (node, owner), parts in sorted(parcels.items())
    ), ()


def _part(line: Wanted, quantity: int) -> Line:
    weight = line.weight_grams * quantity // line.quantity
    return Line(line.line_id, line.sku, quantity, weight)
