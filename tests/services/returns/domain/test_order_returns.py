"""What may come back of an order, and what its cases go through."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import pytest

from libs.domain import Forbidden, NotFound, RuleViolated, derived_id
from libs.money import Money
from libs.testing import ID, Fact, fact, given, recorded
from services.returns.domain import (
    PLATFORM,
    Amounts,
    CaseState,
    Cleared,
    Deadlines,
    Decision,
    Disposition,
    Fault,
    Finding,
    Goods,
    Label,
    LineCancelled,
    LineLost,
    LineUnits,
    NotDelivered,
    OrderReturns,
    Party,
    Request,
    ReturnKind,
    ReturnReason,
    ReturnWindowOver,
    SoldLine,
    TooManyUnits,
    Verdict,
    WrongCaseState,
    WrongCurrency,
)

Known: TypeAlias = tuple[Any, ...]  # Facts, as the tests' own library has them.
LINE, PAYMENT = UUID(int=1), UUID(int=2)
CASE, OTHER_CASE = UUID(int=3), UUID(int=4)
DELIVERED = datetime(2026, 3, 1, 12, tzinfo=UTC)
NEXT_DAY = DELIVERED + timedelta(days=1)
BUYER = Party(buyer_id="buyer-1")
MERCHANT = Party(merchant_id="silk-road")
GOODS = Goods(LINE, "SCARF-RED", "silk-road")
UNIT = Amounts(item=2500, merchant_discount=250, platform_discount=150, tax=186)

SCARVES = SoldLine(
    goods=GOODS,
    merchant_id="silk-road",
    quantity=2,
    amounts=Amounts(5000, 500, 300, 499, 371),
    return_window_days=30,
)
SOLD = fact(OrderReturns.Sold, buyer_id="buyer-1", currency="USD", lines=(SCARVES,))
PAID = fact(OrderReturns.Paid, payment_id=PAYMENT)
ARRIVED = fact(
    OrderReturns.Delivered,
    package_id="package-1",
    lines=(LineUnits(LINE, 2),),
    delivered_at=DELIVERED,
)


def delivered() -> OrderReturns:
    return given(OrderReturns, fact(OrderReturns.Begun), SOLD, PAID, ARRIVED)


def ask(
    order: OrderReturns,
    *,
    return_id: UUID = CASE,
    party: Party = BUYER,
    quantity: int = 1,
    kind: ReturnKind = ReturnKind.RETURN_AND_REFUND,
    reason: ReturnReason = ReturnReason.CHANGED_MIND,
    outside_window: bool = False,
    agreed: bool = False,
    now: datetime = NEXT_DAY,
) -> None:
    order.open_return(
        return_id,
        party=party,
        line_id=LINE,
        quantity=quantity,
        kind=kind,
        reason=reason,
        outside_window=outside_window,
        agreed=agreed,
        deadlines=Deadlines(),
        now=now,
    )


def request_for(
    quantity: int,
    *,
    kind: ReturnKind = ReturnKind.RETURN_AND_REFUND,
    reason: ReturnReason = ReturnReason.CHANGED_MIND,
    return_id: UUID = CASE,
) -> Request:
    return Request(
        return_id=return_id,
        line_id=LINE,
        kind=kind,
        reason=reason,
        quantity=quantity,
        requested_at=NEXT_DAY,
        deadlines=Deadlines(),
    )


def requested(
    quantity: int = 1,
    *,
    kind: ReturnKind = ReturnKind.RETURN_AND_REFUND,
    reason: ReturnReason = ReturnReason.CHANGED_MIND,
) -> OrderReturns:
    return given(
        OrderReturns,
        fact(OrderReturns.Begun),
        SOLD,
        PAID,
        ARRIVED,
        fact(
            OrderReturns.Requested,
            request=request_for(quantity, kind=kind, reason=reason),
            buyer_id="buyer-1",
            merchant_id="silk-road",
            decide_by=NEXT_DAY + timedelta(hours=48),
        ),
    )


def approved(quantity: int = 1, *, fault: Fault = Fault.BUYER) -> OrderReturns:
    return given(
        OrderReturns,
        fact(OrderReturns.Begun),
        SOLD,
        PAID,
        ARRIVED,
        fact(
            OrderReturns.Requested,
            request=request_for(quantity),
            buyer_id="buyer-1",
            merchant_id="silk-road",
            decide_by=NEXT_DAY + timedelta(hours=48),
        ),
        fact(
            OrderReturns.Approved,
            return_id=CASE,
            goods=GOODS,
            quantity=quantity,
            refund_only=False,
            auto=False,
            fault=fault,
            ship_by=NEXT_DAY + timedelta(days=5),
        ),
    )


def inspect(
    order: OrderReturns, *findings: tuple[int, Disposition], fault: Fault | None = None
) -> None:
    order.inspect(
        CASE,
        party=PLATFORM,
        node_id="newark",
        findings=tuple(Finding(quantity, disposition) for quantity, disposition in findings),
        fault=fault,
    )


def decision(
    cleared: Cleared,
    *,
    goods_back: int = 1,
    refused: int = 0,
    fault: Fault = Fault.BUYER,
    rule: str = "return-and-refund/1",
) -> Decision:
    return Decision(
        refund_id=derived_id("refund", CASE),
        payment_id=PAYMENT,
        line_id=LINE,
        currency="USD",
        cleared=cleared,
        goods_back=goods_back,
        refused=refused,
        fault=fault,
        rule=rule,
        label=Label(),
    )


def test_a_delivered_unit_can_be_given_back_within_the_window() -> None:
    order = delivered()

    ask(order)

    assert recorded(order) == [
        fact(
            OrderReturns.Requested,
            request=request_for(1),
            buyer_id="buyer-1",
            merchant_id="silk-road",
            decide_by=NEXT_DAY + timedelta(hours=48),
        )
    ]


def test_the_facts_of_others_may_come_in_any_order() -> None:
    order = given(OrderReturns, fact(OrderReturns.Begun), ARRIVED, PAID, SOLD)

    ask(order)

    assert order.cases[CASE].state is CaseState.REQUESTED


@pytest.mark.parametrize("known", [(SOLD,), (SOLD, PAID), (SOLD, ARRIVED)])
def test_what_was_not_paid_and_delivered_cannot_be_given_back(known: Known) -> None:
    order = given(OrderReturns, fact(OrderReturns.Begun), *known)

    with pytest.raises(NotDelivered):
        ask(order)

    assert recorded(order) == []


def test_on_the_last_moment_of_the_window_a_unit_can_be_given_back() -> None:
    order = delivered()

    ask(order, now=DELIVERED + timedelta(days=30))

    assert CASE in order.cases


def test_after_the_window_it_cannot() -> None:
    order = delivered()

    with pytest.raises(ReturnWindowOver):
        ask(order, now=DELIVERED + timedelta(days=30, microseconds=1))

    assert recorded(order) == []


def test_the_platform_can_make_an_exception_of_the_window() -> None:
    order = delivered()

    ask(order, party=PLATFORM, outside_window=True, now=DELIVERED + timedelta(days=200))

    assert CASE in order.cases


@pytest.mark.parametrize("exception", ["outside_window", "agreed"])
def test_a_buyer_cannot_make_exceptions(exception: str) -> None:
    order = delivered()

    with pytest.raises(Forbidden):
        ask(order, outside_window=exception == "outside_window", agreed=exception == "agreed")

    assert recorded(order) == []


def test_the_window_runs_from_the_latest_parcel_of_the_line() -> None:
    order = delivered()
    later = DELIVERED + timedelta(days=10)

    order.note_delivery("package-2", (LineUnits(LINE, 1),), delivered_at=later)

    eligibility = order.eligibility(LINE, 1, party=BUYER, now=NEXT_DAY)
    assert eligibility.window_ends_at == later + timedelta(days=30)


def test_no_more_comes_back_than_was_delivered() -> None:
    order = delivered()

    with pytest.raises(TooManyUnits):
        ask(order, quantity=3)

    assert recorded(order) == []


def test_a_unit_is_in_one_open_case_only() -> None:
    order = requested(2)

    with pytest.raises(TooManyUnits):
        ask(order, return_id=OTHER_CASE)

    assert recorded(order) == []


def test_a_unit_that_was_refunded_cannot_come_back_again() -> None:
    order = approved(2)
    inspect(order, (2, Disposition.SELLABLE))

    with pytest.raises(TooManyUnits):
        ask(order, return_id=OTHER_CASE)


def test_a_unit_that_came_back_unfit_cannot_come_back_again() -> None:
    order = approved(2)
    inspect(order, (2, Disposition.CUSTOMER_DAMAGED))

    with pytest.raises(TooManyUnits):
        ask(order, return_id=OTHER_CASE)


def test_a_claimed_unit_that_did_not_come_stays_with_the_buyer() -> None:
    order = approved(2)
    inspect(order, (1, Disposition.SELLABLE))

    ask(order, return_id=OTHER_CASE)

    assert order.cases[OTHER_CASE].state is CaseState.REQUESTED


@pytest.mark.parametrize("end", ["withdraw", "reject", "lapse", "close"])
def test_units_of_a_case_that_came_to_nothing_can_be_asked_for_again(end: str) -> None:
    order = requested(2) if end == "reject" else approved(2)
    ends: dict[str, Callable[[], None]] = {
        "withdraw": lambda: order.withdraw(CASE, party=BUYER),
        "reject": lambda: order.reject(CASE, "worn", party=MERCHANT),
        "lapse": lambda: order.fall_due(NEXT_DAY + timedelta(days=5)),
        "close": lambda: order.close(CASE, "duplicate", party=PLATFORM),
    }

    ends[end]()
    ask(order, return_id=OTHER_CASE, quantity=2)

    assert order.cases[OTHER_CASE].state is CaseState.REQUESTED


@pytest.mark.parametrize("stranger", [Party(buyer_id="buyer-2"), Party(merchant_id="other")])
def test_strangers_find_neither_line_nor_case(stranger: Party) -> None:
    order = requested()

    with pytest.raises(NotFound):
        order.line(LINE, party=stranger)
    with pytest.raises(NotFound):
        order.withdraw(CASE, party=stranger)

    assert recorded(order) == []


def test_what_is_said_about_eligibility_is_what_a_request_is_refused_with() -> None:
    order = requested(1)

    eligibility = order.eligibility(LINE, 2, party=BUYER, now=NEXT_DAY)

    assert eligibility.returnable == 1
    assert isinstance(eligibility.obstacle, TooManyUnits)


def test_an_approved_return_waits_for_the_parcel() -> None:
    order = requested()

    order.approve(CASE, party=MERCHANT, fault=None, now=NEXT_DAY)

    assert recorded(order) == [
        fact(
            OrderReturns.Approved,
            return_id=CASE,
            goods=GOODS,
            quantity=1,
            refund_only=False,
            auto=False,
            fault=Fault.BUYER,
            ship_by=NEXT_DAY + timedelta(days=5),
        )
    ]


def test_an_approved_refund_without_return_is_decided_at_once() -> None:
    order = requested(kind=ReturnKind.REFUND_ONLY, reason=ReturnReason.DEFECTIVE)

    order.approve(CASE, party=MERCHANT, fault=None, now=NEXT_DAY)

    refunded = Amounts(2500, 250, 150, 250, 186)
    assert recorded(order)[1:] == [
        fact(
            OrderReturns.RefundDecided,
            return_id=CASE,
            decision=decision(
                Cleared(1, refunded), goods_back=0, fault=Fault.MERCHANT, rule="refund-only/1"
            ),
        )
    ]


def test_a_return_that_was_agreed_beforehand_needs_no_decision() -> None:
    order = delivered()

    ask(order, party=PLATFORM, agreed=True)

    assert order.cases[CASE].state is CaseState.AWAITING_BUYER_SHIP


def test_a_merchant_cannot_put_the_fault_on_somebody_else() -> None:
    order = requested(reason=ReturnReason.DEFECTIVE)

    with pytest.raises(Forbidden):
        order.approve(CASE, party=MERCHANT, fault=Fault.CARRIER, now=NEXT_DAY)

    assert recorded(order) == []


def test_a_request_is_decided_once() -> None:
    order = approved()

    with pytest.raises(WrongCaseState):
        order.reject(CASE, "worn", party=MERCHANT)

    assert recorded(order) == []


def test_a_request_that_nobody_decides_in_48_hours_is_approved() -> None:
    order = requested()
    assert order.due == NEXT_DAY + timedelta(hours=48)

    order.fall_due(NEXT_DAY + timedelta(hours=48))

    assert order.cases[CASE].state is CaseState.AWAITING_BUYER_SHIP
    assert order.cases[CASE].auto_approved


def test_falling_due_early_or_twice_changes_nothing() -> None:
    order = requested()

    order.fall_due(NEXT_DAY + timedelta(hours=47))
    assert recorded(order) == []

    order.fall_due(NEXT_DAY + timedelta(hours=48))
    once = recorded(order)
    order.fall_due(NEXT_DAY + timedelta(hours=48))
    assert recorded(order) == once


def test_a_buyer_who_does_not_send_lets_the_case_lapse() -> None:
    order = approved()

    order.fall_due(NEXT_DAY + timedelta(days=5))

    assert recorded(order) == [fact(OrderReturns.Lapsed, return_id=CASE, line_id=LINE)]
    assert order.due is None


def test_a_parcel_that_nobody_inspects_is_refunded_in_full() -> None:
    order = approved()
    order.note_arrival(CASE, now=NEXT_DAY)

    order.fall_due(NEXT_DAY + timedelta(days=8))

    assert recorded(order)[1:] == [
        fact(
            OrderReturns.RefundDecided,
            return_id=CASE,
            decision=decision(Cleared(1, UNIT, 250), rule="return-uninspected/1"),
        )
    ]


def test_a_parcel_for_a_lapsed_case_changes_nothing() -> None:
    order = approved()
    order.fall_due(NEXT_DAY + timedelta(days=5))
    before = recorded(order)

    order.note_arrival(CASE, now=NEXT_DAY + timedelta(days=6))

    assert recorded(order) == before


def test_a_good_unit_is_refunded_less_the_shipping_of_a_changed_mind() -> None:
    order = approved()

    inspect(order, (1, Disposition.SELLABLE))

    assert recorded(order) == [
        fact(
            OrderReturns.Inspected,
            return_id=CASE,
            goods=GOODS,
            node_id="newark",
            finding=Finding(1, Disposition.SELLABLE),
        ),
        fact(
            OrderReturns.RefundDecided,
            return_id=CASE,
            decision=decision(Cleared(1, UNIT, 250)),
        ),
    ]
    assert order.cases[CASE].verdict is Verdict.ACCEPTED


def test_a_refund_is_what_was_calculated_before() -> None:
    order = approved(2, fault=Fault.MERCHANT)
    calculated = order.worth(LINE, 2, fault=Fault.MERCHANT, party=BUYER)

    inspect(order, (2, Disposition.DEFECTIVE))

    decided = order.cases[CASE].decision
    assert decided is not None
    assert decided.cleared == calculated


def test_units_that_the_buyer_spoilt_are_not_refunded() -> None:
    order = approved(2)

    inspect(order, (1, Disposition.SELLABLE), (1, Disposition.EMPTY))

    assert order.cases[CASE].verdict is Verdict.PARTLY_ACCEPTED
    assert recorded(order)[-1] == fact(
        OrderReturns.RefundDecided,
        return_id=CASE,
        decision=decision(Cleared(1, UNIT, 250), refused=1),
    )


def test_a_case_that_comes_to_nothing_is_closed_at_once() -> None:
    order = approved()

    inspect(order, (1, Disposition.CUSTOMER_DAMAGED))

    assert order.cases[CASE].state is CaseState.CLOSED
    assert order.cases[CASE].verdict is Verdict.REFUSED


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [(Fault.WAREHOUSE, Verdict.ACCEPTED), (Fault.BUYER, Verdict.REFUSED)],
)
def test_a_wrong_item_is_refunded_to_who_was_sent_it(fault: Fault, verdict: Verdict) -> None:
    order = approved(fault=fault)

    inspect(order, (1, Disposition.WRONG_ITEM))

    assert order.cases[CASE].verdict is verdict


def test_an_inspection_can_show_that_somebody_else_is_at_fault() -> None:
    order = approved(fault=Fault.BUYER)

    inspect(order, (1, Disposition.CARRIER_DAMAGED), fault=Fault.CARRIER)

    decided = order.cases[CASE].decision
    assert decided is not None
    assert decided.fault is Fault.CARRIER
    assert decided.cleared.refunded.shipping == 250


def test_more_than_was_claimed_is_not_inspected() -> None:
    order = approved(1)

    with pytest.raises(TooManyUnits):
        inspect(order, (2, Disposition.SELLABLE))

    assert recorded(order) == []


@pytest.mark.parametrize(
    ("fault", "charged"), [(Fault.BUYER, 450), (Fault.MERCHANT, 450), (Fault.CARRIER, 0)]
)
def test_the_merchant_pays_the_label_unless_others_are_at_fault(fault: Fault, charged: int) -> None:
    order = approved(fault=fault)
    order.ship_back(
        CASE,
        party=PLATFORM,
        carrier="UPS",
        tracking_number="1Z-9",
        label_cost=Money(430, "USD"),
        label_charged=Money(450, "USD"),
    )

    inspect(order, (1, Disposition.SELLABLE))

    decided = order.cases[CASE].decision
    assert decided is not None
    assert decided.label == Label(cost=430, charged=charged)


@pytest.mark.parametrize(
    ("party", "cost", "refusal"),
    [(BUYER, Money(430, "USD"), Forbidden), (PLATFORM, Money(430, "EUR"), WrongCurrency)],
)
def test_a_label_is_bought_by_the_platform_in_the_orders_currency(
    party: Party, cost: Money, refusal: type[Exception]
) -> None:
    order = approved()

    with pytest.raises(refusal):
        order.ship_back(
            CASE,
            party=party,
            carrier="UPS",
            tracking_number="1Z-9",
            label_cost=cost,
            label_charged=None,
        )

    assert recorded(order) == []


def test_what_was_sent_cannot_be_withdrawn() -> None:
    order = approved()
    order.note_arrival(CASE, now=NEXT_DAY)

    with pytest.raises(WrongCaseState):
        order.withdraw(CASE, party=BUYER)


@pytest.mark.parametrize("note", ["refunded", "refund failed; the buyer has credit"])
def test_a_case_is_closed_when_payment_is_done_with_its_refund(note: str) -> None:
    order = approved()
    inspect(order, (1, Disposition.SELLABLE))

    order.note_refund(derived_id("refund", CASE), note)

    assert recorded(order)[-1] == fact(
        OrderReturns.Closed, return_id=CASE, line_id=LINE, goods_back=1, note=note
    )


def test_a_refund_of_something_else_closes_no_case() -> None:
    order = approved()
    inspect(order, (1, Disposition.SELLABLE))
    before = recorded(order)

    order.note_refund(UUID(int=99), "refunded")

    assert recorded(order) == before


def test_units_that_were_cancelled_and_units_that_come_back_clear_the_line_together() -> None:
    order = given(
        OrderReturns,
        fact(OrderReturns.Begun),
        SOLD,
        PAID,
        fact(
            OrderReturns.Cancelled,
            cancellation_id="refund-1",
            lines=(LineCancelled(LINE, 1, Amounts(2500, 250, 150, 250, 186)),),
        ),
        fact(
            OrderReturns.Delivered,
            package_id="package-1",
            lines=(LineUnits(LINE, 1),),
            delivered_at=DELIVERED,
        ),
    )

    worth = order.worth(LINE, 1, fault=Fault.MERCHANT, party=BUYER)

    assert worth.refunded == Amounts(2500, 250, 150, 249, 185)


@pytest.mark.parametrize("units", [2, 3])
def test_no_more_is_calculated_than_is_left(units: int) -> None:
    order = approved(1)
    inspect(order, (1, Disposition.SELLABLE))

    with pytest.raises(RuleViolated):
        order.worth(LINE, units, fault=Fault.MERCHANT, party=BUYER)


LOST = fact(OrderReturns.Lost, package_id="package-1", lines=(LineUnits(LINE, 2),))


def loss_refunded(units: int, refunded: Amounts) -> Fact:
    return fact(
        OrderReturns.LossRefunded,
        refund_id=derived_id("refund", ID, "package-1"),
        payment_id=PAYMENT,
        package_id="package-1",
        currency="USD",
        lines=(LineLost(LINE, Cleared(units, refunded)),),
        rule="lost-parcel/1",
    )


def test_the_buyer_of_a_lost_parcel_gets_all_of_it_back_with_shipping() -> None:
    order = given(OrderReturns, fact(OrderReturns.Begun), SOLD, PAID)

    order.note_loss("package-1", (LineUnits(LINE, 2),))

    assert recorded(order) == [LOST, loss_refunded(2, Amounts(5000, 500, 300, 499, 371))]


@pytest.mark.parametrize("missing", [SOLD, PAID], ids=["sale", "payment"])
def test_a_loss_that_is_heard_of_early_waits_for_what_was_sold_and_paid(missing: Fact) -> None:
    known = PAID if missing == SOLD else SOLD
    order = given(OrderReturns, fact(OrderReturns.Begun), known)
    order.note_loss("package-1", (LineUnits(LINE, 2),))
    assert recorded(order) == [LOST]

    order.note_payment(PAYMENT)
    order.note_sale(buyer_id="buyer-1", currency="USD", lines=(SCARVES,))

    assert recorded(order)[-1] == loss_refunded(2, Amounts(5000, 500, 300, 499, 371))


def test_a_loss_that_is_told_twice_is_refunded_once() -> None:
    order = given(OrderReturns, fact(OrderReturns.Begun), SOLD, PAID)

    for _ in range(2):
        order.note_loss("package-1", (LineUnits(LINE, 2),))

    assert len(recorded(order)) == 2


def test_what_was_cancelled_is_not_given_back_again_when_it_is_lost() -> None:
    order = given(OrderReturns, fact(OrderReturns.Begun), SOLD, PAID)
    order.note_cancellation(
        "refund-1", (LineCancelled(LINE, 1, Amounts(2500, 250, 150, 250, 186)),)
    )

    order.note_loss("package-1", (LineUnits(LINE, 2),))

    assert recorded(order)[-1] == loss_refunded(1, Amounts(2500, 250, 150, 249, 185))


def test_what_is_lost_cannot_be_returned() -> None:
    order = given(OrderReturns, fact(OrderReturns.Begun), SOLD, PAID)
    order.note_loss("package-1", (LineUnits(LINE, 2),))

    with pytest.raises(NotDelivered):
        ask(order)


def test_an_order_that_cost_nothing_is_returned_without_a_refund() -> None:
    free = fact(
        OrderReturns.Sold,
        buyer_id="buyer-1",
        currency="USD",
        lines=(
            SoldLine(
                goods=GOODS,
                merchant_id="silk-road",
                quantity=2,
                amounts=Amounts(),
                return_window_days=30,
            ),
        ),
    )
    order = given(
        OrderReturns,
        fact(OrderReturns.Begun),
        free,
        fact(OrderReturns.Paid, payment_id=None),
        ARRIVED,
    )
    ask(order, party=PLATFORM, agreed=True)

    inspect(order, (1, Disposition.SELLABLE))

    assert order.cases[CASE].state is CaseState.CLOSED


def test_a_payment_that_took_anothers_place_is_the_one_that_is_refunded() -> None:
    order = delivered()
    second = UUID(int=9)

    order.note_payment(second)

    assert recorded(order) == [fact(OrderReturns.Paid, payment_id=second)]
    assert order.payment_id == second


def test_what_others_tell_twice_counts_once() -> None:
    order = delivered()
    cancelled = (LineCancelled(LINE, 1, Amounts()),)

    order.note_payment(PAYMENT)
    order.note_delivery("package-1", (LineUnits(LINE, 2),), delivered_at=DELIVERED)
    order.note_cancellation("refund-1", cancelled)
    order.note_cancellation("refund-1", cancelled)

    assert recorded(order) == [
        fact(OrderReturns.Cancelled, cancellation_id="refund-1", lines=cancelled)
    ]
