"""An order from its placement to its end, with every way in which it can fail."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest

from libs.domain import derived_id, happening
from services.order.domain import (
    NOTHING,
    Amounts,
    AwaitingPayment,
    Cancelled,
    CapturePolicy,
    Fault,
    GivenBack,
    LineUnknown,
    MethodMissing,
    NothingToCancel,
    Order,
    PickingStarted,
    State,
    Units,
)
from services.order.domain.order import PAYMENT_ATTEMPTS
from services.order.domain.sale import PAYMENT_TIMEOUT
from tests.services.order.samples import (
    MUG,
    NOON,
    ORDER,
    PAYMENT,
    US,
    basket,
    names,
    offer,
    placed,
    shelf,
    sold,
    wanted,
)

F = TypeVar("F", bound=Order.Event)
SOON = NOON + timedelta(seconds=2)
TEN_MINUTES = timedelta(minutes=10)
HOUR = timedelta(hours=1)
MUGS = Amounts(item=5000, shipping=499, tax=413)


@pytest.fixture(autouse=True)
def _soon() -> Iterator[None]:
    with happening(SOON):
        yield


def recorded_so_far(order: Order) -> Order:
    order.pending_events.clear()
    return order


def of_kind(order: Order, kind: type[F]) -> list[F]:
    return [fact for fact in order.pending_events if isinstance(fact, kind)]


def reserved(order: Order | None = None) -> Order:
    order = order or placed()
    order.take_reservation(attempt=1, now=SOON)
    return recorded_so_far(order)


def paid(order: Order | None = None) -> Order:
    order = reserved(order)
    order.pay(payment_id=PAYMENT, paid_at=SOON, now=SOON)
    return recorded_so_far(order)


def released(order: Order | None = None) -> Order:
    order = paid(order)
    order.fall_due(SOON + HOUR)
    return recorded_so_far(order)


def expired() -> Order:
    order = reserved()
    order.fall_due(SOON + PAYMENT_TIMEOUT)
    return recorded_so_far(order)


def delivered() -> Order:
    order = released()
    order.start_picking([Units(1, 2)])
    order.ship(package_id="p1", lines=[Units(1, 2)])
    order.deliver(package_id="p1", lines=[Units(1, 2)], delivered_at=NOON + 24 * HOUR)
    return recorded_so_far(order)


# The way it should go


def test_a_placed_order_waits_for_its_stock() -> None:
    order = placed()

    assert order.state is State.PENDING_RESERVATION
    assert order.due == NOON + TEN_MINUTES


def test_held_stock_makes_the_payment_due() -> None:
    order = placed()

    order.take_reservation(attempt=1, now=SOON)

    (asked,) = order.pending_events
    assert isinstance(asked, Order.PaymentAsked)
    assert (asked.payment_id, asked.amount, asked.attempt) == (PAYMENT, 5912, 1)
    assert asked.deadline == SOON + PAYMENT_TIMEOUT
    assert order.state is State.PENDING_PAYMENT


def test_captured_money_pays_the_order_and_the_remorse_hold_begins() -> None:
    order = reserved()

    order.pay(payment_id=PAYMENT, paid_at=SOON, now=SOON)

    assert names(order) == ["Paid"]
    assert order.state is State.ON_HOLD
    assert order.due == SOON + HOUR


def test_a_market_may_have_stock_held_for_longer_and_waits_for_payment_as_long() -> None:
    order = placed(sold(on=shelf(us=replace(US, reservation_hold_minutes=60))))
    assert order.due == NOON + HOUR

    order.take_reservation(attempt=1, now=SOON)

    assert order.due == SOON + HOUR


def test_after_the_hold_the_order_is_released_to_the_warehouse() -> None:
    order = paid()

    order.fall_due(SOON + HOUR)

    assert names(order) == ["Released"]
    assert order.state is State.AWAITING_SHIPMENT


def test_without_a_remorse_hold_a_paid_order_is_released_at_once() -> None:
    order = reserved(placed(sold(on=shelf(us=replace(US, remorse_hold_minutes=0)))))

    order.pay(payment_id=PAYMENT, paid_at=SOON, now=SOON)

    assert names(order) == ["Paid", "Released"]


def test_an_order_of_nothing_is_paid_at_once_and_needs_no_payment() -> None:
    free = sold(on=shelf(offer(MUG, 0), us=replace(US, shipping=0, remorse_hold_minutes=0)))
    order = placed(free)

    order.take_reservation(attempt=1, now=SOON)

    assert names(order) == ["Paid", "Released"]
    assert order.payment_id is None


@pytest.mark.parametrize(
    ("policy", "facts"),
    [(CapturePolicy.AT_PLACEMENT, []), (CapturePolicy.AT_HAND_OVER, ["Paid"])],
)
def test_an_authorisation_pays_only_where_money_is_captured_at_hand_over(
    policy: CapturePolicy, facts: list[str]
) -> None:
    order = reserved(placed(sold(on=shelf(us=replace(US, capture_policy=policy)))))

    order.authorize(payment_id=PAYMENT, authorized_at=SOON, now=SOON)

    assert names(order) == facts


def test_money_captured_at_hand_over_is_no_news_to_a_paid_order() -> None:
    order = paid()

    order.pay(payment_id=PAYMENT, paid_at=SOON, now=SOON)

    assert names(order) == []


def test_the_state_follows_the_units() -> None:
    order = released(placed(sold(basket(wanted("mug", 2), wanted("mug", 1)))))
    states = []

    order.start_picking([Units(1, 2)])
    states.append(order.state)
    order.ship(package_id="p1", lines=[Units(1, 2)])
    states.append(order.state)
    order.ship(package_id="p2", lines=[Units(2, 1)])
    states.append(order.state)
    order.deliver(package_id="p1", lines=[Units(1, 2)], delivered_at=SOON)
    states.append(order.state)
    order.deliver(package_id="p2", lines=[Units(2, 1)], delivered_at=SOON)
    states.append(order.state)

    assert states == [
        State.AWAITING_SHIPMENT,
        State.PARTIALLY_SHIPPED,
        State.IN_TRANSIT,
        State.IN_TRANSIT,
        State.DELIVERED,
    ]


def test_the_last_parcel_makes_the_order_delivered_when_it_arrived() -> None:
    order = released()
    order.ship(package_id="p1", lines=[Units(1, 2)])
    recorded_so_far(order)

    order.deliver(package_id="p1", lines=[Units(1, 2)], delivered_at=NOON + HOUR)

    assert names(order) == ["PackageDelivered", "Delivered"]
    assert order.delivered_at == NOON + HOUR


def test_the_order_is_completed_when_the_return_window_is_over() -> None:
    order = delivered()
    over = NOON + 24 * HOUR + timedelta(days=30)

    order.fall_due(over - HOUR)
    assert names(order) == []
    order.fall_due(over)

    assert names(order) == ["Completed"]
    assert order.due is None


def test_an_open_return_keeps_the_order_from_being_completed() -> None:
    order = delivered()

    order.open_return("r1")
    order.open_return("r1")
    assert order.due is None
    order.close_return("r1")
    order.close_return("r1")

    assert order.due == NOON + 24 * HOUR + timedelta(days=30)
    assert names(order) == ["ReturnOpened", "ReturnClosed"]


def test_a_refund_that_returns_decided_shows_on_its_line() -> None:
    order = delivered()

    order.note_refund(refund_id="f1", lines=[GivenBack(1, 1, 2706)])

    assert order.line(1)[1].returned == 1
    assert order.refunded_of("") == 2706


def test_a_lost_parcel_does_not_keep_the_rest_from_being_delivered() -> None:
    order = released()
    order.ship(package_id="p1", lines=[Units(1, 1)])
    order.ship(package_id="p2", lines=[Units(1, 1)])
    order.deliver(package_id="p1", lines=[Units(1, 1)], delivered_at=SOON)

    order.lose(package_id="p2", lines=[Units(1, 1)], lost_at=SOON + HOUR)

    assert order.state is State.DELIVERED
    assert order.delivered_at == SOON + HOUR


def test_an_order_of_which_nothing_arrives_is_done_when_all_of_it_was_given_back() -> None:
    order = released()
    order.ship(package_id="p1", lines=[Units(1, 2)])
    order.lose(package_id="p1", lines=[Units(1, 2)], lost_at=SOON)
    recorded_so_far(order)
    before = order.state

    order.note_refund(refund_id="f1", lines=[GivenBack(1, 0, 5912)])

    assert names(order) == ["Refunded", "Completed"]
    assert (before, order.state) == (State.IN_TRANSIT, State.COMPLETED)
    assert order.line(1)[1].returned == 0


# Stock


def test_short_stock_rejects_the_order() -> None:
    order = placed()

    order.reject(attempt=1, reason="OUT_OF_STOCK")

    assert order.state is State.REJECTED
    assert order.rejection == "OUT_OF_STOCK"


@pytest.mark.parametrize("attempt", [0, 2])
def test_news_of_another_reservation_attempt_changes_nothing(attempt: int) -> None:
    order = placed()

    order.take_reservation(attempt=attempt, now=SOON)
    order.reject(attempt=attempt, reason="OUT_OF_STOCK")
    order.lose_reservation(attempt=attempt)

    assert names(order) == []


def test_an_order_that_hears_nothing_of_its_stock_expires() -> None:
    order = placed()

    order.fall_due(NOON + TEN_MINUTES)

    assert order.state is State.EXPIRED


def test_an_order_whose_hold_ran_out_expires_before_its_payment_can_succeed() -> None:
    order = reserved()

    order.lose_reservation(attempt=1)

    assert names(order) == ["Expired"]


# Payment


def test_a_declined_payment_is_tried_again_under_a_new_id_with_the_same_deadline() -> None:
    order = reserved()

    order.decline(payment_id=PAYMENT, decline_code="insufficient_funds", now=SOON)

    declined, asked = order.pending_events
    assert isinstance(declined, Order.Declined)
    assert isinstance(asked, Order.PaymentAsked)
    assert asked.payment_id == derived_id("payment", ORDER, 2)
    assert asked.deadline == SOON + PAYMENT_TIMEOUT


def test_after_the_last_attempt_the_order_waits_for_its_deadline_and_expires() -> None:
    order = reserved()
    for attempt in range(1, PAYMENT_ATTEMPTS + 1):
        payment_id = derived_id("payment", ORDER, attempt)
        order.decline(payment_id=payment_id, decline_code="do_not_honour", now=SOON)
    assert order.payment_attempt == PAYMENT_ATTEMPTS
    recorded_so_far(order)

    order.fall_due(SOON + PAYMENT_TIMEOUT)

    assert names(order) == ["Expired"]


def test_a_decline_that_is_told_twice_asks_once() -> None:
    order = reserved()

    order.decline(payment_id=PAYMENT, decline_code="x", now=SOON)
    order.decline(payment_id=PAYMENT, decline_code="x", now=SOON)

    assert order.payment_attempt == 2


def test_the_buyer_confirms_a_payment_and_it_is_paid() -> None:
    order = reserved()

    order.require_action(payment_id=PAYMENT, action_url="https://bank.example/3ds")
    asked = order.state
    order.pay(payment_id=PAYMENT, paid_at=SOON, now=SOON)

    assert [asked, order.state] == [State.ACTION_REQUIRED, State.ON_HOLD]


def test_an_unpaid_order_expires_at_its_deadline_and_names_the_payment_to_void() -> None:
    order = reserved()

    order.fall_due(SOON + PAYMENT_TIMEOUT)

    (fact,) = order.pending_events
    assert isinstance(fact, Order.Expired)
    assert fact.payment_id == PAYMENT
    assert order.state is State.EXPIRED


def test_time_that_passes_twice_changes_nothing_more() -> None:
    order = expired()

    order.fall_due(SOON + PAYMENT_TIMEOUT)

    assert names(order) == []


def test_money_that_comes_after_expiry_goes_back_in_full_once() -> None:
    order = expired()

    order.pay(payment_id=PAYMENT, paid_at=SOON, now=SOON)
    order.pay(payment_id=PAYMENT, paid_at=SOON, now=SOON)

    (returned,) = order.pending_events
    assert isinstance(returned, Order.LatePaymentReturned)
    assert returned.lines == (Cancelled(1, 2, MUGS),)
    assert returned.refund == 5912
    assert order.state is State.CANCELLED


def test_money_that_comes_after_the_buyer_cancelled_goes_back_and_no_unit_twice() -> None:
    order = reserved()
    order.cancel([], fault=Fault.BUYER)
    recorded_so_far(order)

    order.pay(payment_id=PAYMENT, paid_at=SOON, now=SOON)

    (returned,) = order.pending_events
    assert isinstance(returned, Order.LatePaymentReturned)
    assert returned.lines == (Cancelled(1, 0, MUGS),)
    assert order.refunded_of("") == 5912


def test_an_order_with_something_to_pay_needs_a_method() -> None:
    with pytest.raises(MethodMissing):
        Order.place(ORDER, sold(), method_token="", vault_ref=None, external_reference="", now=NOON)


# Money that was held and cannot be taken


SECOND = derived_id("payment", ORDER, 2)


def uncollected(order: Order) -> Order:
    order.fail_capture(
        payment_id=PAYMENT, amount=5912, failure_code="authorization_expired", now=SOON
    )
    return order


def under_way() -> Order:
    """One of two mugs has left, the other is being picked."""
    order = released()
    order.start_picking([Units(1, 2)])
    order.ship(package_id="p1", lines=[Units(1, 1)])
    return recorded_so_far(order)


def test_what_cannot_be_captured_is_asked_for_once_more_and_taken_at_once() -> None:
    order = uncollected(released())

    failed, asked = order.pending_events
    assert isinstance(failed, Order.CaptureFailed)
    assert isinstance(asked, Order.PaymentAsked)
    assert (asked.payment_id, asked.amount) == (SECOND, 5912)
    assert asked.capture_policy is CapturePolicy.AT_PLACEMENT
    assert order.state is State.PENDING_PAYMENT
    assert order.due == SOON + PAYMENT_TIMEOUT


def test_what_was_cancelled_is_not_asked_for_again() -> None:
    order = paid()
    order.cancel([Units(1, 1)], fault=Fault.BUYER)
    (cancelled,) = of_kind(order, Order.LinesCancelled)

    uncollected(order)

    (asked,) = of_kind(order, Order.PaymentAsked)
    assert asked.amount == 5912 - cancelled.refund


def test_a_second_payment_lets_the_order_go_on_where_it_was() -> None:
    order = recorded_so_far(uncollected(under_way()))
    assert order.state is State.PARTIALLY_SHIPPED

    order.pay(payment_id=SECOND, paid_at=SOON, now=SOON)

    assert names(order) == ["Paid"]
    assert order.payment_id == SECOND
    assert order.state is State.PARTIALLY_SHIPPED
    assert order.due is None


@pytest.mark.parametrize(
    "no_money",
    [
        lambda order: order.decline(payment_id=SECOND, decline_code="do_not_honour", now=SOON),
        lambda order: order.fall_due(SOON + PAYMENT_TIMEOUT),
    ],
    ids=["declined", "no answer"],
)
def test_without_a_second_payment_an_order_that_has_not_left_is_cancelled(
    no_money: Callable[[Order], None],
) -> None:
    order = recorded_so_far(uncollected(released()))

    no_money(order)

    (cancelled,) = of_kind(order, Order.LinesCancelled)
    assert cancelled.whole_order
    assert order.state is State.CANCELLED
    assert order.due is None


def test_what_has_left_unpaid_cannot_be_called_back_and_the_rest_stays_here() -> None:
    order = recorded_so_far(uncollected(under_way()))

    order.fall_due(SOON + PAYMENT_TIMEOUT)

    (cancelled,) = of_kind(order, Order.LinesCancelled)
    assert [line.quantity for line in cancelled.lines] == [1]
    assert not cancelled.whole_order
    assert order.state is State.IN_TRANSIT
    assert order.uncollected


def test_a_second_payment_that_comes_after_all_is_taken_for_what_has_left() -> None:
    order = uncollected(under_way())
    order.fall_due(SOON + PAYMENT_TIMEOUT)
    recorded_so_far(order)

    order.pay(payment_id=SECOND, paid_at=NOON + HOUR, now=NOON + HOUR)

    assert names(order) == ["Paid"]
    assert not order.uncollected


def test_after_the_last_attempt_what_cannot_be_captured_is_not_asked_for_again() -> None:
    order = reserved()
    for attempt in range(1, PAYMENT_ATTEMPTS):
        payment_id = derived_id("payment", ORDER, attempt)
        order.decline(payment_id=payment_id, decline_code="do_not_honour", now=SOON)
    last = derived_id("payment", ORDER, PAYMENT_ATTEMPTS)
    order.pay(payment_id=last, paid_at=SOON, now=SOON)
    recorded_so_far(order)

    order.fail_capture(payment_id=last, amount=5912, failure_code="expired", now=SOON)

    assert names(order) == ["CaptureFailed", "CollectionGivenUp", "LinesCancelled"]


@pytest.mark.parametrize("make", [reserved, expired], ids=["unpaid", "expired"])
def test_a_capture_that_fails_for_an_order_without_a_payment_is_no_news(
    make: Callable[[], Order],
) -> None:
    order = uncollected(make())

    assert names(order) == []


def test_what_could_not_be_captured_does_not_lose_its_stock_while_it_is_asked_for() -> None:
    order = recorded_so_far(uncollected(paid()))

    order.lose_reservation(attempt=1)

    assert names(order) == []


def test_a_failed_capture_that_is_told_twice_asks_once() -> None:
    order = uncollected(uncollected(released()))

    assert order.payment_attempt == 2


# Money that is not what was asked for


def test_an_order_whose_payment_is_in_conflict_is_cancelled_and_never_sent() -> None:
    order = reserved()

    order.conflict(payment_id=PAYMENT)

    (cancelled,) = order.pending_events
    assert isinstance(cancelled, Order.LinesCancelled)
    assert (cancelled.whole_order, cancelled.refund) == (True, 0)
    assert cancelled.fault is Fault.PLATFORM
    assert order.state is State.CANCELLED


def test_a_capture_in_conflict_keeps_here_what_has_not_left() -> None:
    order = under_way()

    order.conflict(payment_id=PAYMENT)

    assert names(order) == ["CaptureFailed", "CollectionGivenUp", "LinesCancelled"]
    assert order.state is State.IN_TRANSIT


@pytest.mark.parametrize("make", [expired, lambda: cancelled(reserved())], ids=["over", "gone"])
def test_a_conflict_of_an_order_that_will_not_be_is_no_news(make: Callable[[], Order]) -> None:
    order = make()

    order.conflict(payment_id=PAYMENT)

    assert names(order) == []


# Cancelling


def test_a_buyer_cancels_in_the_hold_and_gets_everything_back() -> None:
    order = paid()

    order.cancel([], fault=Fault.BUYER)

    (fact,) = order.pending_events
    assert isinstance(fact, Order.LinesCancelled)
    assert fact.lines == (Cancelled(1, 2, MUGS),)
    assert (fact.refund, fact.whole_order, fact.payment_id) == (5912, True, PAYMENT)
    assert order.state is State.CANCELLED
    assert order.due is None


def test_each_cancellation_is_a_refund_of_its_own_and_together_they_are_the_whole() -> None:
    order = released()

    order.cancel([Units(1, 1)], fault=Fault.BUYER)
    order.cancel([Units(1, 1)], fault=Fault.BUYER)

    first, second = order.pending_events
    assert isinstance(first, Order.LinesCancelled)
    assert isinstance(second, Order.LinesCancelled)
    assert first.refund_id != second.refund_id
    assert (first.whole_order, second.whole_order) == (False, True)
    assert first.refund + second.refund == 5912


def test_before_it_is_paid_only_the_whole_can_be_cancelled_and_nothing_is_refunded() -> None:
    order = reserved()

    with pytest.raises(AwaitingPayment):
        order.cancel([Units(1, 1)], fault=Fault.BUYER)
    assert names(order) == []
    order.cancel([Units(1, 2)], fault=Fault.BUYER)

    (fact,) = order.pending_events
    assert isinstance(fact, Order.LinesCancelled)
    assert fact.lines == (Cancelled(1, 2, NOTHING),)
    assert fact.refund == 0


def test_what_is_being_picked_cannot_be_cancelled_but_the_rest_can() -> None:
    order = released()
    order.start_picking([Units(1, 1)])
    recorded_so_far(order)

    with pytest.raises(PickingStarted):
        order.cancel([Units(1, 2)], fault=Fault.BUYER)
    assert names(order) == []
    order.cancel([], fault=Fault.BUYER)

    assert order.cancelled == 1


def test_what_has_left_is_a_matter_for_returns() -> None:
    with pytest.raises(PickingStarted):
        delivered().cancel([], fault=Fault.BUYER)


@pytest.mark.parametrize("make", [expired, lambda: cancelled(paid())], ids=["expired", "gone"])
def test_what_is_over_cannot_be_cancelled(make: object) -> None:
    order = make()  # type: ignore[operator]

    with pytest.raises(NothingToCancel):
        order.cancel([], fault=Fault.BUYER)

    assert names(order) == []


def cancelled(order: Order) -> Order:
    order.cancel([], fault=Fault.BUYER)
    return recorded_so_far(order)


@pytest.mark.parametrize("number", [0, 2])
def test_a_line_that_is_not_there_cannot_be_cancelled(number: int) -> None:
    order = paid()

    with pytest.raises(LineUnknown):
        order.cancel([Units(number, 1)], fault=Fault.BUYER)

    assert names(order) == []


def test_a_merchant_cancels_their_own_lines_only() -> None:
    sale = sold(basket(wanted("mug-de"), wanted("lamp"), country="DE"))
    order = paid(placed(sale))

    with pytest.raises(LineUnknown):
        order.cancel([Units(2, 1)], fault=Fault.MERCHANT, merchant_id="acme")
    order.cancel([], fault=Fault.MERCHANT, merchant_id="acme")

    (fact,) = order.pending_events
    assert isinstance(fact, Order.LinesCancelled)
    assert [line.number for line in fact.lines] == [1]
    assert order.refunded_of("acme") == order.total_of("acme")
    assert order.refunded_of("shenzhen-light") == 0


def test_what_the_warehouse_cannot_supply_is_given_back() -> None:
    order = released()

    order.cancel_shortages([Units(1, 1)], fault=Fault.WAREHOUSE)

    (fact,) = order.pending_events
    assert isinstance(fact, Order.LinesCancelled)
    assert fact.fault is Fault.WAREHOUSE
    assert fact.refund == 2957


def test_a_shortage_of_what_was_cancelled_already_changes_nothing() -> None:
    order = cancelled(released())

    order.cancel_shortages([Units(1, 2)], fault=Fault.WAREHOUSE)

    assert names(order) == []


def test_cancelling_what_is_left_makes_the_order_delivered() -> None:
    order = released()
    order.ship(package_id="p1", lines=[Units(1, 1)])
    order.deliver(package_id="p1", lines=[Units(1, 1)], delivered_at=SOON)
    recorded_so_far(order)

    order.cancel([Units(1, 1)], fault=Fault.BUYER)

    assert names(order) == ["LinesCancelled", "Delivered"]


def test_only_what_is_kept_counts_against_a_buyers_cap() -> None:
    order = released()
    assert order.kept("mug") == 2

    order.cancel([Units(1, 1)], fault=Fault.BUYER)

    assert order.kept("mug") == 1
    assert order.kept("lamp") == 0
    assert expired().kept("mug") == 0


def test_the_same_facts_make_the_same_order() -> None:
    with happening(NOON):
        order = Order.place(
            ORDER, sold(), method_token="t", vault_ref=None, external_reference="", now=NOON
        )
    order.take_reservation(attempt=1, now=SOON)
    order.pay(payment_id=PAYMENT, paid_at=SOON, now=SOON)
    order.cancel([Units(1, 1)], fault=Fault.BUYER)
    facts = order.collect_events()

    again: Order | None = None
    for fact in facts:
        again = fact.mutate(again)

    assert again is not None
    assert vars(again) | {"_pending_events": []} == vars(order) | {"_pending_events": []}


def test_an_import_of_1500_lines_is_one_small_fact_a_line() -> None:
    sale = sold(basket(*[wanted("mug", 3)] * 1500))

    order = placed(sale)

    assert order.ordered == 4500
    assert order.total_of("") == sum(line.amounts.charged for line in sale.lines)
