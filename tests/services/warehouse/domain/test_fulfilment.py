"""A parcel's way from the shelf to the buyer."""

from collections import Counter
from collections.abc import Callable
from uuid import UUID

import pytest

from libs.testing import Fact, fact, given, recorded
from services.warehouse.domain import (
    Carriage,
    FulfilmentOrder,
    FulfilmentState,
    Line,
    OutOfSequence,
    Rate,
    RateCard,
    Report,
    Units,
)

ORDER, RESERVATION = UUID(int=1), UUID(int=2)
MUGS, CUPS = Line("1", "MUG", 3, 900), Line("2", "CUP", 2, 400)
UNITS = (Units("1", "MUG", 3), Units("2", "CUP", 2))
FREE = RateCard("GBP")

PLANNED = fact(
    FulfilmentOrder.Planned,
    order_id=ORDER,
    reservation_id=RESERVATION,
    node_id="leeds",
    owner_id="acme",
    currency="GBP",
    lines=(MUGS, CUPS),
)
PICKING = fact(FulfilmentOrder.PickingStarted, order_id=ORDER, units=UNITS)
PICKED = fact(FulfilmentOrder.Picked)
PACKED = fact(FulfilmentOrder.Packed)
PACKAGE = given(FulfilmentOrder, PLANNED).package_id
HANDED_OVER = fact(
    FulfilmentOrder.HandedOver,
    order_id=ORDER,
    package_id=PACKAGE,
    carrier="Royal Mail",
    tracking_number="RM1",
    currency="GBP",
    lines=(Carriage("1", 3, 0, 0, 0, 0), Carriage("2", 2, 0, 0, 0, 0)),
)
DELIVERED = fact(FulfilmentOrder.Delivered, order_id=ORDER, package_id=PACKAGE, units=UNITS)
LOST = fact(FulfilmentOrder.Lost, order_id=ORDER, package_id=PACKAGE, units=UNITS)
FAILED = fact(
    FulfilmentOrder.DeliveryFailed, order_id=ORDER, package_id=PACKAGE, failure_code="NOBODY_HOME"
)


def parcel(*facts: Fact) -> FulfilmentOrder:
    return given(FulfilmentOrder, PLANNED, *facts)


def handed_over(*facts: Fact) -> FulfilmentOrder:
    return parcel(PICKING, PICKED, PACKED, HANDED_OVER, *facts)


def hand_over(order: FulfilmentOrder, card: RateCard = FREE) -> None:
    order.hand_over(carrier="Royal Mail", tracking_number="RM1", card=card)


STEPS: list[Callable[[FulfilmentOrder], None]] = [
    FulfilmentOrder.start_picking,
    FulfilmentOrder.confirm_pick,
    FulfilmentOrder.confirm_pack,
    hand_over,
]


def test_a_parcel_is_picked_packed_and_handed_over_in_one_fact_a_step() -> None:
    order = parcel()

    for step in STEPS:
        step(order)

    assert recorded(order) == [PICKING, PICKED, PACKED, HANDED_OVER]
    assert order.here == ()


@pytest.mark.parametrize("ahead", STEPS[1:])
def test_no_step_is_left_out(ahead: Callable[[FulfilmentOrder], None]) -> None:
    order = parcel()

    with pytest.raises(OutOfSequence):
        ahead(order)

    assert recorded(order) == []


@pytest.mark.parametrize("behind", STEPS)
def test_a_step_that_is_behind_is_not_taken_again(
    behind: Callable[[FulfilmentOrder], None],
) -> None:
    order = handed_over(DELIVERED)

    behind(order)

    assert recorded(order) == []


def test_the_costs_of_a_parcel_are_divided_by_weight_to_the_last_penny() -> None:
    order = parcel(PICKING, PICKED, PACKED)

    hand_over(
        order,
        RateCard(
            "GBP",
            carriage_charged=Rate(per_parcel=650),
            carriage_cost=Rate(per_parcel=500, per_line=10),
            handling_cost=Rate(per_line=120),
            duty=Rate(per_parcel=1),
        ),
    )

    assert recorded(order) == [
        fact(
            FulfilmentOrder.HandedOver,
            order_id=ORDER,
            package_id=PACKAGE,
            carrier="Royal Mail",
            tracking_number="RM1",
            currency="GBP",
            lines=(Carriage("1", 3, 450, 356, 120, 1), Carriage("2", 2, 200, 164, 120, 0)),
        )
    ]


def test_goods_that_nobody_weighed_share_by_units() -> None:
    unweighed = (Line("1", "MUG", 3, 0), Line("2", "CUP", 1, 0))
    order = given(
        FulfilmentOrder,
        fact(
            FulfilmentOrder.Planned,
            order_id=ORDER,
            reservation_id=RESERVATION,
            node_id="leeds",
            owner_id="acme",
            currency="GBP",
            lines=unweighed,
        ),
        PICKING,
        PICKED,
        PACKED,
    )

    hand_over(order, RateCard("GBP", duty=Rate(per_parcel=100)))

    assert recorded(order) == [
        fact(
            FulfilmentOrder.HandedOver,
            order_id=ORDER,
            package_id=order.package_id,
            carrier="Royal Mail",
            tracking_number="RM1",
            currency="GBP",
            lines=(Carriage("1", 3, 0, 0, 0, 75), Carriage("2", 1, 0, 0, 0, 25)),
        )
    ]


def test_cancelled_units_are_taken_out() -> None:
    order = parcel()
    asked = Counter({"1": 1, "9": 4})

    taken = order.take_out(asked)

    assert taken == (Units("1", "MUG", 1),)
    assert recorded(order) == [fact(FulfilmentOrder.TakenOut, units=taken)]
    assert order.lines == (Line("1", "MUG", 2, 600), CUPS)
    assert asked["9"] == 4


def test_a_parcel_from_which_all_is_taken_is_cancelled() -> None:
    order = parcel(PICKING, PICKED, PACKED)

    order.take_out()

    assert recorded(order) == [
        fact(FulfilmentOrder.TakenOut, units=UNITS),
        fact(FulfilmentOrder.Cancelled),
    ]
    assert order.here == ()


def test_nothing_is_taken_out_of_a_parcel_that_has_left() -> None:
    order = handed_over()

    assert order.take_out() == ()

    assert recorded(order) == []


@pytest.mark.parametrize("step", STEPS)
def test_a_cancelled_parcel_goes_nowhere(step: Callable[[FulfilmentOrder], None]) -> None:
    order = parcel(fact(FulfilmentOrder.TakenOut, units=UNITS), fact(FulfilmentOrder.Cancelled))

    with pytest.raises(OutOfSequence):
        step(order)

    assert recorded(order) == []


@pytest.mark.parametrize(
    ("report", "told"),
    [
        (Report.IN_TRANSIT, fact(FulfilmentOrder.Departed)),
        (Report.DELIVERED, DELIVERED),
        (Report.FAILED, FAILED),
        (Report.LOST, LOST),
    ],
)
def test_what_the_carrier_reports_is_recorded_once(report: Report, told: Fact) -> None:
    order = handed_over()

    order.track(report, failure_code="NOBODY_HOME")
    order.track(report, failure_code="NOBODY_HOME")

    assert recorded(order) == [told]
    assert order.state == FulfilmentState(report)


def test_a_failed_delivery_may_succeed_the_next_day() -> None:
    order = handed_over(FAILED)

    order.track(Report.IN_TRANSIT)
    order.track(Report.DELIVERED)

    assert recorded(order) == [fact(FulfilmentOrder.Departed), DELIVERED]


@pytest.mark.parametrize("end", [DELIVERED, LOST])
@pytest.mark.parametrize("report", Report)
def test_reports_that_come_after_the_end_change_nothing(end: Fact, report: Report) -> None:
    order = handed_over(end)

    order.track(report)

    assert recorded(order) == []


@pytest.mark.parametrize("report", Report)
def test_no_carrier_reports_of_what_has_not_left(report: Report) -> None:
    order = parcel(PICKING, PICKED, PACKED)

    with pytest.raises(OutOfSequence):
        order.track(report)

    assert recorded(order) == []
