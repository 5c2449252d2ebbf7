"""What units of a line are worth when they are given back."""

from hypothesis import given as drawn
from hypothesis import strategies as st

from services.order.domain import NOTHING, Amounts
from services.order.domain.amounts import given_back

SOLD = Amounts(item=5000, merchant_discount=500, platform_discount=300, shipping=499, tax=371)


def test_half_of_a_line_is_half_of_every_amount() -> None:
    half = given_back(SOLD, units=1, of=2, already=NOTHING)

    assert half == Amounts(
        item=2500, merchant_discount=250, platform_discount=150, shipping=250, tax=186
    )


def test_the_last_unit_clears_the_line_to_zero() -> None:
    first = given_back(SOLD, units=1, of=3, already=NOTHING)
    second = given_back(SOLD, units=2, of=3, already=first)
    third = given_back(SOLD, units=3, of=3, already=first + second)

    assert first + second + third == SOLD


def test_a_free_line_gives_nothing_back_however_its_shares_round() -> None:
    """A coupon over the whole price with its tax: thirds of price, tax and coupon round apart."""
    free = Amounts(item=833, platform_discount=1000, tax=167)

    first = given_back(free, units=1, of=3, already=NOTHING)
    second = given_back(free, units=2, of=3, already=first)
    third = given_back(free, units=3, of=3, already=first + second)

    assert [part.charged for part in (first, second, third)] == [0, 0, 0]
    assert first + second + third == free


@st.composite
def lines(draw: st.DrawFn) -> tuple[Amounts, int]:
    item = draw(st.integers(0, 2_000))
    by_merchant = draw(st.integers(0, item))
    tax = draw(st.integers(0, 500))
    by_platform = draw(st.integers(0, item - by_merchant + tax))
    shipping, shipping_tax = draw(st.integers(0, 500)), draw(st.integers(0, tax))
    amounts = Amounts(item, by_merchant, by_platform, shipping, tax, 0, shipping_tax)
    return amounts, draw(st.integers(1, 12))


@drawn(lines(), st.data())
def test_in_any_steps_a_line_comes_back_whole_and_never_asks_for_money(
    line: tuple[Amounts, int], data: st.DataObject
) -> None:
    amounts, ordered = line
    back, units = NOTHING, 0
    while units < ordered:
        units += data.draw(st.integers(1, ordered - units))
        part = given_back(amounts, units=units, of=ordered, already=back)
        assert min(part.charged, part.goods_tax, part.shipping_tax) >= 0
        back += part

    assert back == amounts
