"""Levels are looked up when metrics are fetched, and left out when they cannot be."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from prometheus_client.core import Metric

from libs.observability import Metrics
from libs.runtime import migrations
from libs.runtime.clock import ManualClock
from libs.runtime.level import Level
from libs.runtime.levels import STORE
from libs.runtime.survey import Levels, Survey

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FACT = """
    insert into fact (stream_id, version, topic, occurred_at, recorded_at, payload, meta)
    values (gen_random_uuid(), 1, 'order.Placed', now(), now() - interval '90 seconds', '', '')
"""
PARKED = """
    insert into parked (topic, partition, "offset", key, value, headers, error)
    values ('entrepot.order.v1', 0, $1, $2, '', '[]', 'Undecodable')
"""

Values = dict[tuple[str, ...], float]


@pytest.fixture
async def pool(database: str) -> AsyncIterator["asyncpg.Pool[Any]"]:
    await migrations.migrate(database, "catalog")
    async with asyncpg.create_pool(database, min_size=1, max_size=2) as pool:
        yield pool


async def levels_of(pool: "asyncpg.Pool[Any]") -> dict[str, Values]:
    found = await Levels(STORE, pool, ManualClock(NOW)).look()
    return {metric.name: values_of(metric) for metric in found}


def values_of(metric: Metric) -> Values:
    return {tuple(sample.labels.values()): sample.value for sample in metric.samples}


async def test_a_store_at_rest_shows_that_nothing_waits(pool: "asyncpg.Pool[Any]") -> None:
    await pool.execute("insert into mark (name, epoch) values ('relay', 1)")

    levels = await levels_of(pool)

    assert levels["entrepot_follower_behind_facts"] == {("relay",): 0}
    assert levels["entrepot_follower_behind_seconds"] == {("relay",): 0}
    assert levels["entrepot_watermark_age_seconds"] == {(): 0}
    assert levels["entrepot_parked_keys"] == {}
    assert levels["entrepot_parked_age_seconds"] == {(): 0}
    assert levels["entrepot_deadlines_overdue_seconds"] == {}
    assert levels["entrepot_postgres_transactions"]["committed",] > 0
    assert {*levels} == {level.name for level in STORE}


async def test_what_the_relay_has_not_sent_is_counted_and_aged(pool: "asyncpg.Pool[Any]") -> None:
    await pool.execute("insert into mark (name, epoch) values ('relay', 1)")
    await pool.execute(FACT)
    await pool.execute(FACT)

    levels = await levels_of(pool)

    assert levels["entrepot_follower_behind_facts"] == {("relay",): 2}
    assert levels["entrepot_follower_behind_seconds"]["relay",] == pytest.approx(90, abs=5)


async def test_a_fact_behind_an_open_transaction_ages_the_watermark(
    pool: "asyncpg.Pool[Any]", database: str
) -> None:
    other = await asyncpg.connect(database)
    transaction = other.transaction()
    await transaction.start()
    await other.execute("insert into mark (name, epoch) values ('other', 1)")
    await pool.execute(FACT)

    assert (await levels_of(pool))["entrepot_watermark_age_seconds"][()] > 80

    await transaction.rollback()
    await other.close()
    assert (await levels_of(pool))["entrepot_watermark_age_seconds"] == {(): 0}


async def test_parked_messages_are_counted_by_key(pool: "asyncpg.Pool[Any]") -> None:
    for offset, key in enumerate((b"a", b"a", b"b")):
        await pool.execute(PARKED, offset, key)

    levels = await levels_of(pool)

    assert levels["entrepot_parked_keys"] == {("entrepot.order.v1",): 2}
    assert levels["entrepot_parked_messages"] == {("entrepot.order.v1",): 3}


async def test_a_deadline_that_has_passed_is_overdue_by_business_time(
    pool: "asyncpg.Pool[Any]",
) -> None:
    for kind, late in (("order.Order", 60), ("order.Order", -60), ("ledger.Payee", -1)):
        due = NOW - timedelta(seconds=late)
        await pool.execute("insert into deadline values (gen_random_uuid(), $1, $2)", kind, due)

    levels = await levels_of(pool)

    assert levels["entrepot_deadlines"] == {("order.Order",): 2, ("ledger.Payee",): 1}
    assert levels["entrepot_deadlines_overdue_seconds"] == {("order.Order",): 60}


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


async def fetched(metrics: Metrics) -> dict[str, Metric]:
    """As the endpoint does it: from another thread than the loop's."""

    def collect() -> Iterator[Metric]:
        return metrics.collect()

    found = await asyncio.to_thread(lambda: list(collect()))
    return {metric.name: metric for metric in found}


async def test_a_source_that_fails_is_left_out_and_counted(
    pool: "asyncpg.Pool[Any]", metrics: Metrics
) -> None:
    wrong = Level(name="entrepot_wrong", about="Wrong.", sql="select no_such_thing")
    right = Level(name="entrepot_right", about="Right.", sql="select 7")
    survey = Survey(metrics, asyncio.get_running_loop())
    for level in (wrong, right):
        look = Levels([level], pool, ManualClock(NOW)).look
        survey.add(level.name, [level.name], look)

    await fetched(metrics)
    found = await fetched(metrics)

    assert "entrepot_wrong" not in found
    assert values_of(found["entrepot_right"]) == {(): 7}
    failures = {
        sample.labels["source"]: sample.value
        for sample in found["entrepot_survey_failures"].samples
    }
    assert failures["entrepot_wrong"] >= 1
    assert failures["entrepot_right"] == 0


async def test_who_fetches_again_at_once_asks_the_database_once(
    pool: "asyncpg.Pool[Any]", metrics: Metrics
) -> None:
    looks = 0
    level = Level(name="entrepot_level", about="Level.", sql="select 1")
    levels = Levels([level], pool, ManualClock(NOW))

    async def look() -> list[Metric]:
        nonlocal looks
        looks += 1
        return await levels.look()

    Survey(metrics, asyncio.get_running_loop()).add("database", levels.names, look)

    await fetched(metrics)
    await fetched(metrics)

    assert looks == 1
