"""What is watched of orders: how many there are, how old, and how long each stage takes."""

from typing import Any

import asyncpg

from libs.observability import Histograms
from libs.runtime.level import Level, age
from libs.runtime.stages import Stages
from libs.runtime.watching import Watching
from services.order.domain import Order
from services.order.domain.order import FINAL

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
STAGE_BOUNDS = (
    0.1, 0.5, 1.0, 5.0, 15.0, MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 6 * HOUR,
    DAY, 3 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 60 * DAY,
)  # fmt: skip
PAID_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, MINUTE, 5 * MINUTE, 30 * MINUTE)

OPEN_MAX = 100_000
_OPEN = f"""
    select state, placed_at from order_list
    where state <> all (array[{", ".join(f"'{state}'" for state in sorted(FINAL))}])
    limit {OPEN_MAX}
"""

LEVELS = (
    Level(
        name="entrepot_orders",
        about=f"Orders that have not ended, by state and time since they were placed; the first "
        f"{OPEN_MAX} there are.",
        labels=("state", "age"),
        sql=f"select state, {age('$1 - placed_at')}, count(*) from ({_OPEN}) as it group by 1, 2",
    ),
    Level(
        name="entrepot_order_age_seconds_max",
        about="Age of the oldest order in each state that has not ended.",
        labels=("state",),
        sql=f"""
            select state, extract(epoch from $1 - min(placed_at)) from ({_OPEN}) as it group by 1
        """,
    ),
)


def watching_on(pool: "asyncpg.Pool[Any]") -> Watching:
    return Watching(levels=LEVELS, watchers=[stage_times(pool), time_to_pay(pool)])


def stage_times(pool: "asyncpg.Pool[Any]") -> Stages:
    """From each step of an order to the next."""
    return Stages(
        Histograms(
            "entrepot_order_stage_seconds",
            "How long orders were in each stage, in business time.",
            ["stage"],
            bounds=STAGE_BOUNDS,
        ),
        {
            Order.Placed.TOPIC: "reservation",
            Order.PaymentAsked.TOPIC: "payment",
            Order.Paid.TOPIC: "hold",
            Order.Released.TOPIC: "shipment",
            Order.Shipped.TOPIC: "delivery",
            Order.Delivered.TOPIC: "return_window",
            Order.Rejected.TOPIC: "",
            Order.Expired.TOPIC: "",
            Order.Completed.TOPIC: "",
        },
        pool,
    )


def time_to_pay(pool: "asyncpg.Pool[Any]") -> Stages:
    """From the checkout to the money. An order that expired untouched by its buyer took too long;
    one whose buyer had to act, or whose card was declined, is not ours to answer for."""
    return Stages(
        Histograms(
            "entrepot_order_placed_to_paid_seconds",
            "From placing an order until it was paid, or expired though nobody had to act.",
            ["until"],
            bounds=PAID_BOUNDS,
        ),
        {
            Order.Placed.TOPIC: "paid",
            Order.Paid.TOPIC: "",
            Order.Expired.TOPIC: "",
            Order.ActionAsked.TOPIC: None,
            Order.Declined.TOPIC: None,
            Order.Rejected.TOPIC: None,
        },
        pool,
    )
