"""Goods that buyers send back."""

from uuid import UUID

import pytest

from libs.testing import Fact, fact, given, recorded
from services.warehouse.domain import (
    Condition,
    ExpectedReturn,
    MoreThanExpected,
    NotReceived,
    OutOfSequence,
    ReturnState,
)

ORDER = UUID(int=1)
ANNOUNCED = fact(
    ExpectedReturn.Announced, order_id=ORDER, line_id="1", sku="MUG", owner_id="acme", expected=3
)


def came(quantity: int) -> Fact:
    return fact(
        ExpectedReturn.Received, order_id=ORDER, line_id="1", quantity=quantity, node_id="leeds"
    )


def announced(*facts: Fact) -> ExpectedReturn:
    return given(ExpectedReturn, ANNOUNCED, *facts)


@pytest.mark.parametrize("quantity", [1, 3])
def test_as_many_as_announced_or_fewer_are_received(quantity: int) -> None:
    returned = announced()

    returned.receive(quantity, node_id="leeds")
    returned.receive(quantity, node_id="leeds")

    assert recorded(returned) == [came(quantity)]


def test_more_than_announced_are_not_received() -> None:
    returned = announced()

    with pytest.raises(MoreThanExpected) as refusal:
        returned.receive(4, node_id="leeds")

    assert refusal.value.field == "quantity"
    assert recorded(returned) == []


def test_a_parcel_is_not_received_at_two_nodes() -> None:
    returned = announced(came(3))

    with pytest.raises(OutOfSequence):
        returned.receive(3, node_id="york")

    assert recorded(returned) == []


def test_units_are_put_away_in_the_condition_they_are_in() -> None:
    returned = announced(came(3))

    returned.put_away(2, Condition.SELLABLE)
    between = returned.state
    returned.put_away(1, Condition.QUARANTINED)

    assert (between, returned.state) == (ReturnState.RECEIVED, ReturnState.PUT_AWAY)
    assert recorded(returned) == [
        fact(ExpectedReturn.PutAway, quantity=2, condition=Condition.SELLABLE),
        fact(ExpectedReturn.PutAway, quantity=1, condition=Condition.QUARANTINED),
    ]


def test_only_what_is_there_is_put_away() -> None:
    returned = announced(came(2))

    with pytest.raises(NotReceived):
        returned.put_away(3, Condition.SELLABLE)

    assert recorded(returned) == []
