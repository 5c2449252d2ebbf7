"""What units of a line are worth to the buyer who gives them back."""

import pytest
from hypothesis import given, strategies

from services.returns.domain.refund import NOTHING, NOTHING_CLEARED, Amounts, Cleared, clear
from services.returns.domain.words import Fault

SOLD = Amounts(
    item=5000, merchant_discount=500, platform_discount=300, shipping=499, tax=371, duty=0
)
"""Two units at 25.00 with both coupons, as in the worked example of the ledger."""


def test_one_of_two_units_is_worth_half_of_every_part_but_the_shipping_of_a_changed_mind() -> None:
    cleared = clear(SOLD, of=2, cleared=NOTHING_CLEARED, units=1, fault=Fault.BUYER)

    assert cleared.refunded == Amounts(
        item=2500, merchant_discount=250, platform_discount=150, tax=186
    )
    assert cleared.refunded.paid == 2286
    assert cleared.shipping_kept == 250


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.BUYER])
def test_who_got_bad_goods_gets_the_shipping_back_too(fault: Fault) -> None:
    cleared = clear(SOLD, of=2, cleared=NOTHING_CLEARED, units=2, fault=fault)

    assert cleared == Cleared(2, SOLD)
    assert cleared.refunded.paid == 5070


def test_the_last_unit_clears_what_rounding_left() -> None:
    first = clear(SOLD, of=2, cleared=NOTHING_CLEARED, units=1, fault=Fault.MERCHANT)
    second = clear(SOLD, of=2, cleared=first, units=1, fault=Fault.MERCHANT)

    assert first.refunded.tax == 186
    assert second.refunded.tax == 185
    assert first.refunded + second.refunded == SOLD


def test_shipping_that_a_changed_mind_forfeited_is_not_given_back_with_the_next_unit() -> None:
    first = clear(SOLD, of=2, cleared=NOTHING_CLEARED, units=1, fault=Fault.BUYER)
    second = clear(SOLD, of=2, cleared=first, units=1, fault=Fault.MERCHANT)

    assert second.refunded.shipping == 499 - 250


WITH_VAT = Amounts(item=4000, shipping=500, tax=900, shipping_tax=100)
"""Two units at 24.00 with 20 % in them, and shipping of 6.00 likewise."""


def test_shipping_that_is_kept_keeps_its_tax() -> None:
    cleared = clear(WITH_VAT, of=2, cleared=NOTHING_CLEARED, units=2, fault=Fault.BUYER)

    assert cleared.refunded == Amounts(item=4000, tax=800)
    assert (cleared.shipping_kept, cleared.shipping_tax_kept) == (500, 100)


def test_shipping_tax_that_was_kept_is_not_given_back_with_the_next_unit() -> None:
    first = clear(WITH_VAT, of=2, cleared=NOTHING_CLEARED, units=1, fault=Fault.BUYER)
    second = clear(WITH_VAT, of=2, cleared=first, units=1, fault=Fault.CARRIER)

    assert second.refunded == Amounts(item=2000, shipping=250, tax=450, shipping_tax=50)


def test_units_that_were_cancelled_before_they_left_count_as_given_back() -> None:
    cancelled = Cleared(1, Amounts(2500, 250, 150, 250, 186))

    returned = clear(SOLD, of=2, cleared=cancelled, units=1, fault=Fault.MERCHANT)

    assert cancelled.refunded + returned.refunded == SOLD


def test_nobody_pays_for_a_return() -> None:
    """Where price and discount round apart, one unit would come to less than nothing."""
    free = Amounts(item=3, merchant_discount=1, platform_discount=2)

    cleared = clear(free, of=2, cleared=NOTHING_CLEARED, units=1, fault=Fault.MERCHANT)

    assert cleared.refunded.paid == 0


def test_no_units_are_worth_nothing() -> None:
    cleared = clear(SOLD, of=2, cleared=NOTHING_CLEARED, units=0, fault=Fault.MERCHANT)

    assert cleared.refunded == NOTHING


@given(
    item=strategies.integers(0, 10**6),
    off=strategies.tuples(strategies.integers(0, 100), strategies.integers(0, 100)),
    rest=strategies.tuples(*[strategies.integers(0, 10**5)] * 4),
    faults=strategies.lists(strategies.sampled_from(Fault), min_size=1, max_size=12),
)
def test_unit_by_unit_nobody_gets_more_than_they_paid_and_all_of_it_in_the_end(
    item: int, off: tuple[int, int], rest: tuple[int, int, int, int], faults: list[Fault]
) -> None:
    by_merchant = item * off[0] // 100
    by_platform = (item - by_merchant) * off[1] // 100
    shipping, goods_tax, duty, shipping_tax = rest
    tax = goods_tax + shipping_tax
    sold = Amounts(item, by_merchant, by_platform, shipping, tax, duty, shipping_tax)
    cleared = NOTHING_CLEARED

    for fault in faults:
        unit = clear(sold, of=len(faults), cleared=cleared, units=1, fault=fault)
        assert min(unit.refunded.paid, unit.refunded.tax, unit.refunded.shipping_tax) >= 0
        cleared += unit

    kept = cleared.shipping_kept + cleared.shipping_tax_kept
    assert cleared.refunded.paid + kept == sold.paid
