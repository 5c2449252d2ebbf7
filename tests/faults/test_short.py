"""A short, random part of `make faults`: what dies here costs time, and nothing else."""

from __future__ import annotations

import pytest

from deploy.local.stack import KAFKA, POSTGRES
from tests.faults.drop import BUYERS, SOLD, SOLD_OUT, UNITS, sell
from tests.faults.faults import kill, kill_backend
from tests.faults.trial import Trial

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

RECOVERY_S = 30.0
"""On a machine that runs other tests meanwhile; `make faults` measures what it takes."""

STRIKES = {
    "order": kill("order"),
    "warehouse": kill("warehouse"),
    "payment": kill("payment"),
    "ledger": kill("ledger"),
    "postgres": kill(POSTGRES),
    "backend": kill_backend,
    "kafka": kill(f"{KAFKA}.1"),
}


async def test_whatever_is_killed_only_time_is_lost(tried: Trial) -> None:
    for name in tried.chance.sample(sorted(STRIKES), k=2):
        run = await tried.run(STRIKES[name])

        assert run.violations == [], f"after a kill -9 of {name}"
        assert run.recovery < RECOVERY_S
        assert run.outcomes["ok"] > 0


async def test_fifty_units_are_sold_to_fifty_of_two_hundred_buyers(tried: Trial) -> None:
    sold = await sell(tried)

    assert sold.ends == {SOLD: UNITS, SOLD_OUT: BUYERS - UNITS}
    assert sold.left == 0
    assert await tried.violations() == []
