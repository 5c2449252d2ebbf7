"""Goods that owners announce, and what is counted in."""

from collections.abc import Callable

import pytest

from libs.domain import NotFound
from libs.testing import Fact, fact, given, recorded
from services.warehouse.domain import (
    InboundPlan,
    InboundState,
    NotOnPlan,
    OutOfSequence,
    SkuUnits,
    merged,
)

DRAFTED = fact(
    InboundPlan.Drafted,
    node_id="leeds",
    owner_id="acme",
    lines=(SkuUnits("CUP", 5), SkuUnits("MUG", 10)),
)
ACTIVATED, SHIPPED, CHECKED_IN = (
    fact(InboundPlan.Activated),
    fact(InboundPlan.Shipped),
    fact(InboundPlan.CheckedIn),
)
CUPS_IN = fact(InboundPlan.Received, lines=(SkuUnits("CUP", 5),))


def plan(*facts: Fact) -> InboundPlan:
    return given(InboundPlan, DRAFTED, *facts)


def at_the_dock(*facts: Fact) -> InboundPlan:
    return plan(ACTIVATED, SHIPPED, CHECKED_IN, *facts)


def test_a_plan_goes_from_draft_to_the_dock() -> None:
    inbound = plan()

    inbound.activate()
    inbound.ship()
    inbound.check_in()

    assert recorded(inbound) == [ACTIVATED, SHIPPED, CHECKED_IN]


def test_what_is_counted_twice_under_one_sku_is_one_line() -> None:
    inbound = at_the_dock()

    inbound.receive([SkuUnits("MUG", 2), SkuUnits("CUP", 5), SkuUnits("MUG", 1)])

    counted = (SkuUnits("CUP", 5), SkuUnits("MUG", 3))
    assert recorded(inbound) == [fact(InboundPlan.Received, lines=counted)]
    assert inbound.state == InboundState.RECEIVING


def test_a_plan_that_came_as_announced_closes_clean() -> None:
    inbound = at_the_dock(CUPS_IN)

    inbound.receive([SkuUnits("MUG", 10)])
    inbound.close()

    assert inbound.state == InboundState.CLOSED_CLEAN


@pytest.mark.parametrize("mugs", [9, 11])
def test_more_or_fewer_close_it_discrepant(mugs: int) -> None:
    inbound = at_the_dock(CUPS_IN)

    inbound.receive([SkuUnits("MUG", mugs)])
    inbound.close()

    assert inbound.state == InboundState.CLOSED_DISCREPANT


def test_what_was_not_announced_is_not_counted_in() -> None:
    inbound = at_the_dock()

    with pytest.raises(NotOnPlan, match="JAR"):
        inbound.receive([SkuUnits("CUP", 1), SkuUnits("JAR", 1)])

    assert recorded(inbound) == []


@pytest.mark.parametrize(
    "step",
    [
        InboundPlan.ship,
        InboundPlan.check_in,
        InboundPlan.close,
        lambda inbound: inbound.receive([SkuUnits("CUP", 1)]),
    ],
)
def test_no_step_is_left_out(step: Callable[[InboundPlan], None]) -> None:
    inbound = plan()

    with pytest.raises(OutOfSequence):
        step(inbound)

    assert recorded(inbound) == []


def test_a_plan_can_be_called_off_until_goods_are_counted() -> None:
    at_dock, counted = at_the_dock(), at_the_dock(CUPS_IN)

    at_dock.void()
    with pytest.raises(OutOfSequence):
        counted.void()

    assert recorded(at_dock) == [fact(InboundPlan.Voided)]
    assert recorded(counted) == []


def test_another_merchants_plan_is_not_there() -> None:
    inbound = plan()

    inbound.must_belong_to(None)
    inbound.must_belong_to("acme")
    with pytest.raises(NotFound):
        inbound.must_belong_to("bolt")


def test_units_announced_twice_are_added() -> None:
    lines = [SkuUnits("MUG", 1), SkuUnits("CUP", 2), SkuUnits("MUG", 3)]

    assert merged(lines) == (SkuUnits("CUP", 2), SkuUnits("MUG", 4))
