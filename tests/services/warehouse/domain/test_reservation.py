"""What an order claims of the stock, and when it no longer does."""

from datetime import timedelta
from uuid import UUID

from libs.testing import Fact, fact, given, recorded
from services.warehouse.domain import (
    Line,
    Parcel,
    Reservation,
    ReservationState,
    Units,
    fulfilment_order_id,
)

ORDER = UUID(int=1)
MUGS, CUPS = Line("1", "MUG", 3, 900), Line("2", "CUP", 2, 400)
PARCELS = (Parcel("leeds", "acme", (MUGS, CUPS)),)
OPENED = fact(Reservation.Opened, order_id=ORDER, attempt=1)


def opened() -> Reservation:
    return given(Reservation, OPENED)


BEGAN = opened().created_on
TEN_MINUTES, HALF_AN_HOUR = BEGAN + timedelta(minutes=10), BEGAN + timedelta(minutes=30)

HELD = fact(
    Reservation.Held,
    order_id=ORDER,
    attempt=1,
    currency="GBP",
    parcels=PARCELS,
    expires_at=TEN_MINUTES,
)
EXPIRED = fact(Reservation.Expired, order_id=ORDER, attempt=1)
SECURED = fact(Reservation.Secured)
FULFILMENT = fulfilment_order_id(opened().id, node_id="leeds", owner_id="acme")
CONFIRMED = fact(
    Reservation.Confirmed, order_id=ORDER, attempt=1, fulfilment_order_ids=(FULFILMENT,)
)


def held(*facts: Fact) -> Reservation:
    return given(Reservation, OPENED, HELD, *facts)


def test_a_hold_is_for_all_lines() -> None:
    reservation = opened()

    reservation.hold(PARCELS, currency="GBP", until=TEN_MINUTES)

    assert recorded(reservation) == [HELD]
    assert reservation.held == PARCELS
    assert reservation.due == TEN_MINUTES


def test_a_hold_is_as_long_as_the_order_asks_for() -> None:
    reservation = opened()

    reservation.hold(PARCELS, currency="GBP", until=BEGAN + timedelta(days=1))
    reservation.extend(HALF_AN_HOUR)

    assert reservation.due == BEGAN + timedelta(days=1)


def test_what_is_short_rejects_the_order_as_a_whole() -> None:
    reservation = opened()

    reservation.reject((Units("1", "MUG", 1),))

    assert recorded(reservation) == [
        fact(Reservation.Rejected, order_id=ORDER, attempt=1, shortages=(Units("1", "MUG", 1),))
    ]
    assert reservation.held == ()


def test_a_hold_that_comes_twice_is_held_once() -> None:
    reservation = held()

    reservation.hold(PARCELS, currency="GBP", until=HALF_AN_HOUR)

    assert recorded(reservation) == []


def test_a_release_that_comes_first_leaves_a_tombstone() -> None:
    reservation = opened()

    reservation.release()
    reservation.hold(PARCELS, currency="GBP", until=TEN_MINUTES)

    assert recorded(reservation) == [fact(Reservation.Released)]
    assert reservation.held == ()


def test_an_unpaid_hold_runs_out() -> None:
    reservation = held()

    reservation.fall_due(TEN_MINUTES)
    reservation.fall_due(TEN_MINUTES)

    assert recorded(reservation) == [EXPIRED]
    assert reservation.held == ()
    assert reservation.lapsed == PARCELS


def test_a_hold_does_not_run_out_early() -> None:
    reservation = held()

    reservation.fall_due(TEN_MINUTES - timedelta(seconds=1))

    assert recorded(reservation) == []


def test_a_paid_order_keeps_its_goods_for_as_long_as_it_is_held_back() -> None:
    reservation = held()

    reservation.secure()
    reservation.fall_due(BEGAN + timedelta(days=30))

    assert recorded(reservation) == [SECURED]
    assert reservation.due is None
    assert reservation.held == PARCELS


def test_a_hold_is_extended_no_further_than_the_cap() -> None:
    reservation = held()

    reservation.extend(BEGAN + timedelta(hours=2))
    reservation.extend(BEGAN + timedelta(hours=3))

    assert recorded(reservation) == [fact(Reservation.Extended, expires_at=HALF_AN_HOUR)]
    assert reservation.due == HALF_AN_HOUR


def test_a_hold_is_not_shortened_by_extending_it() -> None:
    reservation = held()

    reservation.extend(BEGAN + timedelta(minutes=5))

    assert recorded(reservation) == []


def test_what_has_run_out_is_not_extended() -> None:
    reservation = held(EXPIRED)

    reservation.extend(HALF_AN_HOUR)
    reservation.secure()

    assert recorded(reservation) == []


def test_some_units_of_a_hold_can_be_given_back() -> None:
    reservation = held()

    reservation.release({"1": 1, "2": 2})

    left = (Parcel("leeds", "acme", (Line("1", "MUG", 2, 600),)),)
    assert recorded(reservation) == [fact(Reservation.Reduced, parcels=left)]
    assert reservation.held == left


def test_giving_back_all_units_releases_the_hold() -> None:
    reservation = held()

    reservation.release({"1": 3, "2": 2})

    assert recorded(reservation) == [fact(Reservation.Released)]


def test_giving_back_what_is_not_held_changes_nothing() -> None:
    reservation = held()

    reservation.release({"9": 1})

    assert recorded(reservation) == []


def test_a_confirmed_reservation_is_carried_by_its_fulfilment_orders() -> None:
    reservation = held(SECURED)

    reservation.confirm()
    reservation.confirm()

    assert recorded(reservation) == [CONFIRMED]
    assert reservation.held == ()
    assert reservation.due is None


def test_an_order_that_is_paid_too_late_gets_no_goods() -> None:
    reservation = held(EXPIRED)

    reservation.confirm()
    reservation.fail_allocation()
    reservation.fail_allocation()

    assert recorded(reservation) == [
        fact(
            Reservation.AllocationFailed,
            order_id=ORDER,
            attempt=1,
            shortages=(Units("1", "MUG", 3), Units("2", "CUP", 2)),
        )
    ]
    assert reservation.lapsed == PARCELS


def test_allocation_of_a_hold_does_not_fail() -> None:
    reservation = held()

    reservation.fail_allocation()

    assert recorded(reservation) == []


def test_a_reservation_is_deallocated_when_the_last_unit_is_taken_out() -> None:
    mugs_out = fact(Reservation.Deallocated, order_id=ORDER, units=(Units("1", "MUG", 3),))
    reservation = held(CONFIRMED, mugs_out)
    before = reservation.state

    reservation.deallocate((Units("2", "CUP", 2),))

    assert (before, reservation.state) == (
        ReservationState.CONFIRMED,
        ReservationState.DEALLOCATED,
    )
    assert recorded(reservation) == [
        fact(Reservation.Deallocated, order_id=ORDER, units=(Units("2", "CUP", 2),))
    ]


def test_taking_out_nothing_is_not_a_fact() -> None:
    reservation = held(CONFIRMED)

    reservation.deallocate(())

    assert recorded(reservation) == []
