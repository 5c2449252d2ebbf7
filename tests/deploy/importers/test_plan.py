"""A plan comes to what the file says, to the thousandth, whatever the file says."""

from datetime import timedelta
from pathlib import Path

from hypothesis import given

from deploy.local.importers.online_retail.days import Order, Return
from deploy.local.importers.online_retail.plan import Plan, plan
from deploy.local.importers.online_retail.pricing import MINOR, list_prices
from deploy.local.importers.online_retail.reading import LONDON, Sheet, read
from deploy.local.importers.online_retail.tally import Figure, Heading
from tests.deploy.importers.retail import LANTERN, MORNING, any_sheet, line, sheet

WEEK = Path(__file__).with_name("data") / "online_retail_first_week.csv.zst"
DAY = timedelta(days=1)


def orders_of(made: Plan) -> dict[str, Order]:
    return {order.key: order for day in made.days for order in day.orders}


def given_back(it: Return, orders: dict[str, Order]) -> int:
    """What returns refunds: the units' share of what the line was sold for."""
    sold = orders[it.order].lines[it.line]
    whole, rest = divmod(sold.posted * it.units, sold.units)
    assert rest == 0, "a unit is worth whole pence, so that no share is rounded"
    return whole


def booked(made: Plan) -> int:
    """What the books will come to, in thousandths."""
    orders = orders_of(made)
    sold = sum(order.total for order in orders.values())
    back = sum(given_back(it, orders) for day in made.days for it in day.returns)
    adjusted = sum(it.minor * MINOR + it.residue for day in made.days for it in day.adjustments)
    return (sold - back) * MINOR + adjusted


@given(any_sheet)
def test_nothing_is_dropped_and_nothing_is_rounded_away(file: Sheet) -> None:
    made = plan(file)

    total = Figure(len(file.lines), sum(it.amount for it in file.lines))
    assert made.tally.total == total
    assert booked(made) == total.amount


@given(any_sheet)
def test_every_month_comes_to_what_the_file_says(file: Sheet) -> None:
    tally = plan(file).tally

    for month in tally.months:
        lines = [it for it in file.lines if f"{it.at:%Y-%m}" == month]
        assert tally.of_month(month) == Figure(len(lines), sum(it.amount for it in lines))


@given(any_sheet)
def test_no_line_is_sold_above_its_list_price(file: Sheet) -> None:
    for order in orders_of(plan(file)).values():
        assert all(0 <= sold.discount <= sold.units * sold.list_price for sold in order.lines)


@given(any_sheet)
def test_no_more_comes_back_than_was_sold(file: Sheet) -> None:
    made = plan(file)
    left = {
        (order.key, place): sold.units
        for order in orders_of(made).values()
        for place, sold in enumerate(order.lines)
    }

    for day in made.days:
        for it in day.returns:
            left[it.order, it.line] -= it.units

    assert all(units >= 0 for units in left.values())


@given(any_sheet)
def test_the_first_days_are_played_as_in_the_whole_file(file: Sheet) -> None:
    whole = plan(file)

    for days in range(len(whole.days)):
        part = whole.first(days)
        assert part.days == whole.days[:days]
        assert all(
            prices == whole.prices[code][: len(prices)] for code, prices in part.prices.items()
        )
        assert {sold.code for it in orders_of(part).values() for sold in it.lines} <= {*part.prices}


@given(any_sheet)
def test_every_key_is_used_once(file: Sheet) -> None:
    made = plan(file)

    for keys in (
        [order.key for day in made.days for order in day.orders],
        [it.key for day in made.days for it in day.returns],
        [it.key for day in made.days for it in day.adjustments],
        [it.key for day in made.days for it in day.moves],
    ):
        assert len(keys) == len(set(keys))


def test_postage_on_an_invoice_with_goods_is_the_orders_shipping() -> None:
    (day,) = plan(sheet(line(), line(code="POST", price=18_000))).days

    (order,) = day.orders
    assert (order.shipping, order.total) == (18_00, 19_00)
    assert day.adjustments == ()


def test_postage_alone_is_an_adjustment() -> None:
    (day,) = plan(sheet(line(code="POST", price=18_000))).days

    (adjustment,) = day.adjustments
    assert (adjustment.reason, adjustment.minor) == ("carriage apart: POST", 18_00)


def test_a_cancellation_at_another_price_is_a_return_and_the_difference() -> None:
    made = plan(
        sheet(
            line(quantity=5, price=2_550),
            line(invoice="C1", quantity=-2, price=2_000, at=MORNING + DAY),
        )
    )

    _, day = made.days
    assert [(it.line, it.units) for it in day.returns] == [(0, 2)]
    assert [(it.heading, it.minor) for it in day.adjustments] == [(Heading.RETURN, 1_10)]
    assert made.tally.of_heading(Heading.RETURN) == Figure(1, -4_000)


def test_what_is_cancelled_beyond_what_was_bought_is_an_adjustment() -> None:
    made = plan(sheet(line(quantity=1), line(invoice="C1", quantity=-3)))

    assert made.tally.of_heading(Heading.RETURN) == Figure(1, -1_000)
    assert made.tally.of_heading(Heading.UNMATCHED) == Figure(0, -2_000)


def test_goods_given_to_a_customer_leave_the_shelf_and_found_ones_enter_it() -> None:
    (day,) = plan(
        sheet(
            line(quantity=6, price=0),
            line(quantity=6, price=0, customer=""),
            line(quantity=-6, price=0, customer=""),
        )
    ).days

    assert [move.delta for move in day.moves] == [-6, 6, -6]
    assert day.adjustments == ()


def test_goods_are_received_in_the_month_in_which_they_leave() -> None:
    made = plan(sheet(line(quantity=6), line(quantity=-2, price=0), line(at=MORNING + 31 * DAY)))

    assert made.receipts == {"2010-12": {LANTERN: 8}, "2011-01": {LANTERN: 1}}


def test_a_code_that_nobody_knows_is_said_aloud() -> None:
    assert plan(sheet(line(code="PADS"))).warnings == [
        "PADS is neither a product nor a known charge: adjusted"
    ]


def test_a_tenth_of_a_penny_is_a_residue() -> None:
    (day,) = plan(sheet(line(code="M", price=1))).days

    (adjustment,) = day.adjustments
    assert (adjustment.minor, adjustment.residue) == (0, 1)


def test_an_invoice_longer_than_an_order_is_two_orders_with_one_shipping() -> None:
    lines = [line() for _ in range(1_600)]
    (day,) = plan(sheet(*lines, line(code="POST", price=5_000))).days

    assert [(len(order.lines), order.shipping) for order in day.orders] == [(1_500, 5_00), (100, 0)]


def test_the_first_hour_of_a_summer_day_is_dated_on_that_day() -> None:
    early = MORNING.replace(year=2011, month=7, day=1, hour=0, minute=30, tzinfo=LONDON)
    (day,) = plan(sheet(line(at=early), line(code="M", at=early))).days

    assert day.opening.isoformat() == "2011-07-01T00:00:00+00:00"
    assert day.adjustments[0].at == day.opening


def test_a_price_follows_when_it_holds_and_not_for_one_customer() -> None:
    days = [
        [line(price=2_550, at=MORNING + n * DAY) for n in (0, 2, 8)],
        [line(price=2_100, at=MORNING + n * DAY) for n in (1, *range(9, 15))],
    ]

    (prices,) = list_prices(it for some in days for it in some).values()

    assert [(price.since.day, price.price) for price in prices] == [(1, 2_55), (10, 2_10)]


def test_the_first_week_comes_to_its_total() -> None:
    made = plan(read(WEEK))

    assert made.tally.total == Figure(16_985, 280_766_480)
    assert booked(made) == 280_766_480
    assert len(made.days) == 6
