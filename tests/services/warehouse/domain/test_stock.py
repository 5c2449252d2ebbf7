"""What can be promised of the goods on a shelf."""

from uuid import UUID

import pytest
from hypothesis import given as forall
from hypothesis import strategies

from libs.testing import Fact, fact, given, recorded
from services.warehouse.domain import (
    Cause,
    Condition,
    Line,
    NotFree,
    Parcel,
    StockItem,
    stock_item_id,
    units_by_item,
)

ORDER, OTHER = UUID(int=1), UUID(int=2)
GOODS = {"sku": "MUG-BLUE", "node_id": "leeds", "owner_id": "acme"}


def adjusted(
    delta: int,
    *,
    on_hand: int,
    cause: Cause = Cause.RECEIVED,
    condition: Condition = Condition.SELLABLE,
) -> Fact:
    return fact(
        StockItem.Adjusted,
        **GOODS,
        delta=delta,
        cause=cause,
        condition=condition,
        on_hand=on_hand,
    )


def ten_mugs(*facts: Fact) -> StockItem:
    return given(StockItem, fact(StockItem.Stocked, **GOODS), adjusted(10, on_hand=10), *facts)


def test_what_is_free_can_be_reserved_to_the_last_unit() -> None:
    item = ten_mugs()

    item.reserve(ORDER, 10)

    assert recorded(item) == [fact(StockItem.Reserved, reservation_id=ORDER, quantity=10)]
    assert (item.available, item.promised) == (0, 10)


def test_what_is_promised_is_not_promised_again() -> None:
    item = ten_mugs(fact(StockItem.Reserved, reservation_id=ORDER, quantity=8))

    with pytest.raises(NotFree):
        item.reserve(OTHER, 3)

    assert recorded(item) == []


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_claim_is_for_something(quantity: int) -> None:
    item = ten_mugs()

    with pytest.raises(NotFree):
        item.reserve(ORDER, quantity)

    assert recorded(item) == []


@pytest.mark.parametrize("condition", [Condition.QUARANTINED, Condition.UNSELLABLE])
def test_goods_that_are_not_sellable_are_on_hand_and_not_free(condition: Condition) -> None:
    item = ten_mugs()

    item.adjust(4, cause=Cause.RETURN, condition=condition)

    assert recorded(item) == [adjusted(4, on_hand=14, cause=Cause.RETURN, condition=condition)]
    assert (item.on_hand, item.available) == (14, 10)


def test_promised_goods_cannot_be_counted_away() -> None:
    item = ten_mugs(fact(StockItem.Reserved, reservation_id=ORDER, quantity=8))

    with pytest.raises(NotFree) as refusal:
        item.adjust(-3, cause=Cause.COUNT, condition=Condition.SELLABLE)

    assert refusal.value.field == "delta"
    assert recorded(item) == []


def test_no_more_leaves_quarantine_than_is_in_it() -> None:
    item = ten_mugs(adjusted(2, on_hand=12, condition=Condition.QUARANTINED))

    with pytest.raises(NotFree):
        item.adjust(-3, cause=Cause.REGRADE, condition=Condition.QUARANTINED)

    assert recorded(item) == []


def test_released_units_are_free_again() -> None:
    item = ten_mugs(fact(StockItem.Reserved, reservation_id=ORDER, quantity=8))

    item.release(ORDER, 8)

    assert recorded(item) == [fact(StockItem.Released, reservation_id=ORDER, quantity=8)]
    assert item.available == 10
    assert item.claims == {}


def test_a_second_release_finds_nothing_to_release() -> None:
    item = ten_mugs(
        fact(StockItem.Reserved, reservation_id=ORDER, quantity=8),
        fact(StockItem.Released, reservation_id=ORDER, quantity=8),
    )

    item.release(ORDER, 8)

    assert recorded(item) == []


def test_nobody_releases_what_another_order_claims() -> None:
    item = ten_mugs(fact(StockItem.Reserved, reservation_id=ORDER, quantity=8))

    item.release(OTHER, 8)

    assert recorded(item) == []


def test_shipped_goods_are_neither_on_hand_nor_promised() -> None:
    item = ten_mugs(fact(StockItem.Reserved, reservation_id=ORDER, quantity=8))

    item.ship(ORDER, 8)

    assert recorded(item) == [fact(StockItem.Shipped, reservation_id=ORDER, quantity=8)]
    assert (item.on_hand, item.promised, item.available) == (2, 0, 2)


def test_shipping_what_is_not_claimed_is_a_bug_and_not_a_refusal() -> None:
    item = ten_mugs(fact(StockItem.Reserved, reservation_id=ORDER, quantity=8))

    with pytest.raises(AssertionError):
        item.ship(OTHER, 1)

    assert recorded(item) == []


@forall(
    strategies.lists(
        strategies.tuples(
            strategies.sampled_from(["reserve", "release", "ship", "adjust", "quarantine"]),
            strategies.integers(min_value=1, max_value=3),
            strategies.integers(min_value=-6, max_value=12),
        ),
        max_size=40,
    )
)
def test_whatever_happens_no_more_is_promised_than_can_be_sold(
    happenings: list[tuple[str, int, int]],
) -> None:
    item = ten_mugs()

    for verb, order, quantity in happenings:
        attempt(item, verb, UUID(int=order), quantity)

        assert item.promised == sum(item.claims.values())
        assert item.on_hand - item.quarantined - item.unsellable >= item.promised >= 0
        assert item.quarantined >= 0


def attempt(item: StockItem, verb: str, order: UUID, quantity: int) -> None:
    try:
        match verb:
            case "reserve":
                item.reserve(order, quantity)
            case "release":
                item.release(order, abs(quantity))
            case "ship" if order in item.claims:
                item.ship(order, min(max(quantity, 1), item.claims[order]))
            case "adjust":
                item.adjust(quantity, cause=Cause.COUNT, condition=Condition.SELLABLE)
            case "quarantine":
                item.adjust(quantity, cause=Cause.RETURN, condition=Condition.QUARANTINED)
    except NotFree:
        pass


def test_lines_of_the_same_goods_touch_the_shelf_once() -> None:
    lines = (Line("a", "MUG-BLUE", 2, 0), Line("b", "MUG-BLUE", 3, 0), Line("c", "CUP", 1, 0))

    units = units_by_item([Parcel("leeds", "acme", lines)])

    assert units == {
        stock_item_id(**GOODS): 5,
        stock_item_id(sku="CUP", node_id="leeds", owner_id="acme"): 1,
    }
