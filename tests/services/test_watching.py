"""What is watched of each service: by queries on its tables, and by facts as they pass."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from deploy.local.stack import SERVICES
from libs.eventstore.facts import START, Recorded
from libs.runtime.cause import Cause
from libs.runtime.clock import ManualClock
from libs.runtime.level import Level
from libs.runtime.migrations import migrate
from libs.runtime.stages import Stages
from libs.runtime.survey import Levels
from libs.testing import Fact, fact
from services.ledger.domain import OrderBook
from services.ledger.readmodel import project as ledger_project
from services.ledger.watching import PostingTimes
from services.order.domain import Order
from services.order.watching import stage_times, time_to_pay

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ID = UUID(int=7)
Values = dict[tuple[str, ...], float]


class Base:
    """An empty database of one service."""

    def __init__(self, service: str, pool: "asyncpg.Pool[Any]") -> None:
        self.pool = pool
        watching = import_module(f"services.{service}.watching")
        self.levels: Sequence[Level] = watching.LEVELS

    async def look(self) -> dict[str, Values]:
        metrics = await Levels(self.levels, self.pool, ManualClock(NOW)).look()
        return {
            metric.name: {tuple(it.labels.values()): it.value for it in metric.samples}
            for metric in metrics
        }


@pytest.fixture
async def base(database: str, request: pytest.FixtureRequest) -> AsyncIterator[Base]:
    service: str = request.param
    await migrate(database, service)
    async with asyncpg.create_pool(database, min_size=1, max_size=2) as pool:
        yield Base(service, pool)


@pytest.mark.parametrize("base", SERVICES, indirect=True)
async def test_every_level_of_a_new_service_can_be_looked_up(base: Base) -> None:
    found = await base.look()

    assert set(found) == {level.name for level in base.levels}
    assert not any(value for values in found.values() for value in values.values())


@pytest.mark.parametrize("base", ["order"], indirect=True)
async def test_orders_that_have_not_ended_are_counted_by_state_and_age(base: Base) -> None:
    for state, age in (
        ("PENDING_PAYMENT", timedelta(seconds=5)),
        ("PENDING_PAYMENT", timedelta(minutes=30)),
        ("IN_TRANSIT", timedelta(days=2)),
        ("COMPLETED", timedelta(days=40)),
    ):
        await base.pool.execute(
            "insert into order_list values (gen_random_uuid(), 'buyer', 'US', '{}', $1, $2)",
            state,
            NOW - age,
        )

    found = await base.look()

    assert found["entrepot_orders"] == {
        ("PENDING_PAYMENT", "1m"): 1,
        ("PENDING_PAYMENT", "1h"): 1,
        ("IN_TRANSIT", "7d"): 1,
    }
    assert found["entrepot_order_age_seconds_max"]["PENDING_PAYMENT",] == 1800


FACT = """
    insert into fact (stream_id, version, topic, occurred_at, payload, meta)
    values ($1, $2, $3, $4, '', '')
"""


@pytest.mark.parametrize("base", ["payment"], indirect=True)
async def test_a_doubt_is_as_old_as_the_fact_that_says_so(base: Base) -> None:
    payment = uuid4()
    await base.pool.execute(
        "insert into payment (payment_id, order_id, buyer_id, overlay) "
        "values ($1, $1, 'buyer', 'UNKNOWN')",
        payment,
    )
    await base.pool.execute(
        FACT, payment, 2, "payment.Payment.Doubted", NOW - timedelta(minutes=20)
    )

    found = await base.look()

    assert found["entrepot_payments_in_doubt"] == {("1h",): 1}
    assert found["entrepot_payments_in_doubt_seconds_max"] == {(): 1200}


@pytest.mark.parametrize("base", ["payment"], indirect=True)
async def test_payouts_that_the_bank_has_not_confirmed_are_summed_by_age(base: Base) -> None:
    for amount, outcome in ((500, "OPEN"), (700, "OPEN"), (900, "SUCCEEDED")):
        payout = uuid4()
        await base.pool.execute(
            "insert into operation values (gen_random_uuid(), 'PAYOUT', $1, $2, 'GBP', $3)",
            payout,
            amount,
            outcome,
        )
        await base.pool.execute(
            FACT, payout, 1, "payment.Payout.Requested", NOW - timedelta(hours=3)
        )

    found = await base.look()

    assert found["entrepot_payouts_open"] == {("GBP", "1d"): 2}
    assert found["entrepot_payouts_open_amount"] == {("GBP",): 1200}
    assert found["entrepot_payouts_open_seconds_max"] == {(): 3 * 3600}


def passed(told: Fact, version: int, at: datetime) -> Recorded:
    said = told.at(id=ID, version=version, kind=Order, now=at)
    return Recorded(fact=said, mark=START, recorded_at=at, cause=Cause())


@pytest.mark.parametrize("base", ["ledger"], indirect=True)
async def test_what_waits_to_be_posted_is_counted_until_it_is_taken_up(base: Base) -> None:
    awaited = passed(fact(OrderBook.Awaited, note=None), 2, NOW - timedelta(hours=2))
    again = passed(fact(OrderBook.Awaited, note=None), 3, NOW - timedelta(hours=1))
    taken = [passed(fact(OrderBook.TakenUp, number=0), v, NOW) for v in (4, 5)]

    async with base.pool.acquire() as connection:
        await ledger_project(connection, [awaited, again])
        await ledger_project(connection, [awaited, again])
        waiting = await base.look()
        await ledger_project(connection, taken)
        over = await base.look()

    assert waiting["entrepot_ledger_unposted"] == {("1d",): 2}
    assert waiting["entrepot_ledger_unposted_seconds_max"] == {(): 7200}
    assert over["entrepot_ledger_unposted"] == {}
    assert over["entrepot_ledger_unposted_seconds_max"] == {(): 0}


@pytest.mark.parametrize("base", ["ledger"], indirect=True)
async def test_books_that_are_off_show_it(base: Base) -> None:
    await base.pool.execute("insert into shard (legal_entity) values ('GB1')")
    for code, amount in (("1020", 900), ("2110", -1000)):
        await base.pool.execute(
            "with opened as (insert into account (code, book, currency, legal_entity, market, "
            "payee, mode, surface, creator, reason) values ($1, 'MONEY', 'GBP', 'GB1', '', '', "
            "'', '', '', '') returning id) insert into balance select id, $2, 1, 1 from opened",
            code,
            amount,
        )

    found = await base.look()

    assert found["entrepot_ledger_trial_balance"] == {("MONEY", "GBP"): -100}
    assert found["entrepot_ledger_client_money"] == {("held", "GBP"): 900, ("owed", "GBP"): 1000}
    assert found["entrepot_ledger_escrow"] == {("GBP",): 1000}


LIFE = (
    (Order.Placed, 0),
    (Order.PaymentAsked, 2),
    (Order.Paid, 5),
    (Order.Released, 3605),
    (Order.Shipped, 7205),
    (Order.Shipped, 7300),
    (Order.Delivered, 90_005),
)


def life() -> list[Recorded]:
    return [
        passed(fact(kind), version, NOW + timedelta(seconds=seconds))
        for version, (kind, seconds) in enumerate(LIFE, start=1)
    ]


def seen(stages: Stages) -> dict[str, float]:
    return {values[0]: child.sum for values, child in stages.seconds.items()}


@pytest.mark.parametrize("base", ["order"], indirect=True)
async def test_each_stage_of_an_order_is_timed_once(base: Base) -> None:
    stages = stage_times(base.pool)

    await stages.see(life())

    assert seen(stages) == {
        "reservation": 2,
        "payment": 3,
        "hold": 3600,
        "shipment": 3600,
        "delivery": 82_800,
    }


@pytest.mark.parametrize("base", ["order"], indirect=True)
async def test_who_watches_from_the_middle_reads_what_was_before(base: Base) -> None:
    for recorded in life()[:-1]:
        told = recorded.fact
        await base.pool.execute(FACT, ID, told.originator_version, told.TOPIC, told.timestamp)
    stages = stage_times(base.pool)

    await stages.see(life()[-1:])

    assert seen(stages) == {"delivery": 82_800}


@pytest.mark.parametrize("base", ["order"], indirect=True)
async def test_an_order_whose_buyer_had_to_act_does_not_count_against_us(base: Base) -> None:
    stages = time_to_pay(base.pool)

    await stages.see(
        [
            passed(fact(Order.Placed), 1, NOW),
            passed(fact(Order.ActionAsked), 2, NOW + timedelta(seconds=2)),
            passed(fact(Order.Paid), 3, NOW + timedelta(minutes=20)),
        ]
    )

    assert seen(stages) == {}


@pytest.mark.parametrize("base", ["order"], indirect=True)
async def test_an_order_that_expired_untouched_took_too_long(base: Base) -> None:
    stages = time_to_pay(base.pool)

    await stages.see(
        [
            passed(fact(Order.Placed), 1, NOW),
            passed(fact(Order.Expired), 2, NOW + timedelta(minutes=30)),
        ]
    )

    assert seen(stages) == {"paid": 1800}


async def test_a_parcel_is_posted_so_long_after_it_arrived() -> None:
    times = PostingTimes()
    arrived = fact(OrderBook.EscrowHeld, effective_at=NOW - timedelta(seconds=4))

    await times.see([passed(arrived, 3, NOW)])

    assert times.seconds.labels().sum == 4
