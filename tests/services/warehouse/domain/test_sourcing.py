"""Which node gives what."""

from hypothesis import given as forall
from hypothesis import strategies

from services.warehouse.domain import Line, Parcel, Units, Wanted, source

MUGS = Wanted("1", "MUG", "acme", 4, 1000)
CUPS = Wanted("2", "CUP", "acme", 2, 300)


def test_the_first_node_that_has_it_all_sends_it_all() -> None:
    shelves = {
        "leeds": {("MUG", "acme"): 9, ("CUP", "acme"): 1},
        "york": {("MUG", "acme"): 4, ("CUP", "acme"): 2},
        "hull": {("MUG", "acme"): 9, ("CUP", "acme"): 9},
    }

    parcels, shortages = source([MUGS, CUPS], shelves)

    assert parcels == (
        Parcel("york", "acme", (Line("1", "MUG", 4, 1000), Line("2", "CUP", 2, 300))),
    )
    assert shortages == ()


def test_without_such_a_node_the_lines_are_shared_out_in_the_order_of_preference() -> None:
    shelves = {
        "leeds": {("MUG", "acme"): 3},
        "york": {("MUG", "acme"): 3, ("CUP", "acme"): 2},
    }

    parcels, shortages = source([MUGS, CUPS], shelves)

    assert parcels == (
        Parcel("leeds", "acme", (Line("1", "MUG", 3, 750),)),
        Parcel("york", "acme", (Line("1", "MUG", 1, 250), Line("2", "CUP", 2, 300))),
    )
    assert shortages == ()


def test_when_a_unit_is_short_nothing_is_sent() -> None:
    shelves = {"leeds": {("MUG", "acme"): 3, ("CUP", "acme"): 9}}

    parcels, shortages = source([MUGS, CUPS], shelves)

    assert parcels == ()
    assert shortages == (Units("1", "MUG", 1),)


def test_lines_of_the_same_goods_do_not_share_a_unit() -> None:
    shelves = {"leeds": {("MUG", "acme"): 7}}

    parcels, shortages = source([MUGS, Wanted("3", "MUG", "acme", 4, 0)], shelves)

    assert parcels == ()
    assert shortages == (Units("3", "MUG", 1),)


def test_the_goods_of_another_owner_are_other_goods() -> None:
    parcels, shortages = source([MUGS], {"leeds": {("MUG", "bolt"): 9}})

    assert parcels == ()
    assert shortages == (Units("1", "MUG", 4),)


def test_two_owners_goods_travel_in_two_parcels() -> None:
    shelves = {"leeds": {("MUG", "acme"): 9, ("CUP", "bolt"): 9}}

    parcels, _ = source([MUGS, Wanted("2", "CUP", "bolt", 2, 0)], shelves)

    assert [(parcel.node_id, parcel.owner_id) for parcel in parcels] == [
        ("leeds", "acme"),
        ("leeds", "bolt"),
    ]


def test_without_a_node_everything_is_short() -> None:
    assert source([MUGS], {}) == ((), (Units("1", "MUG", 4),))


skus = strategies.sampled_from(["MUG", "CUP", "JAR"])
amounts = strategies.integers(min_value=0, max_value=6)


@forall(
    strategies.lists(strategies.tuples(skus, strategies.integers(1, 5)), min_size=1, max_size=6),
    strategies.dictionaries(
        strategies.sampled_from(["leeds", "york", "hull"]),
        strategies.dictionaries(skus, amounts),
    ),
)
def test_all_lines_are_sourced_or_none_and_no_shelf_gives_more_than_it_has(
    asked: list[tuple[str, int]], stock: dict[str, dict[str, int]]
) -> None:
    lines = [Wanted(str(n), sku, "acme", units, 0) for n, (sku, units) in enumerate(asked)]
    shelves = {
        node: {(sku, "acme"): units for sku, units in shelf.items()}
        for node, shelf in stock.items()
    }

    parcels, shortages = source(lines, shelves)

    assert bool(parcels) != bool(shortages)
    for parcel in parcels:
        for sku in ("MUG", "CUP", "JAR"):
            taken = sum(line.quantity for line in parcel.lines if line.sku == sku)
            assert taken <= shelves[parcel.node_id].get((sku, "acme"), 0)
    if parcels:
        sent = [line for parcel in parcels for line in parcel.lines]
        for line in lines:
            assert sum(p.quantity for p in sent if p.line_id == line.line_id) == line.quantity
    else:
        for sku in ("MUG", "CUP", "JAR"):
            wanted = sum(line.quantity for line in lines if line.sku == sku)
            there = sum(shelf.get((sku, "acme"), 0) for shelf in shelves.values())
            missing = sum(units.quantity for units in shortages if units.sku == sku)
            assert missing == max(0, wanted - there)
