"""Reading on costs what is read, however much is left."""

import pytest

from libs.eventstore import START, PostgresRecorder, sql
from libs.runtime.ids import new_id
from tests.libs.eventstore.accounts import Fill, Jar
from tests.libs.eventstore.jars import jars

MORE = """
insert into fact (stream_id, version, topic, occurred_at, payload, meta)
select gen_random_uuid(), 1, topic, occurred_at, payload, meta
  from generate_series(1, 20_000) cross join (select * from fact limit 1) as one
"""


@pytest.mark.parametrize("plans", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("known", [False, True], ids=["never looked at", "analyzed"])
async def test_a_reader_far_behind_sorts_nothing(database: str, plans: str, known: bool) -> None:
    async with jars(database) as store:
        recorder = store.recorder
        assert isinstance(recorder, PostgresRecorder)
        await store.repository(Jar).add(
            lambda: Jar(id=new_id(), coins=0), command=Fill(request_id=new_id())
        )
        async with recorder.pool.acquire() as connection:
            await connection.execute(MORE)
            if known:
                await connection.execute("analyze fact")
            await connection.execute(f"set plan_cache_mode = {plans}")
            await connection.execute(f"prepare reading as {sql.READ}")
            plan = await connection.fetch(
                f"explain (analyze, costs off) execute reading({START.tx}, {START.position}, 100)"
            )

    lines = [row[0] for row in plan]
    assert not any("Sort" in line or "Seq Scan" in line for line in lines), "\n".join(lines)
    assert any("fact_in_commit_order on fact " in line and "rows=100" in line for line in lines)
