"""One stack for the tests of this folder, with a short trial's worth of orders behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from libs.runtime.ids import chance
from tests.faults.trial import Trial, trial


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def tried() -> AsyncIterator[Trial]:
    seed = chance().randrange(10**6)
    print(f"seed {seed}")
    async with trial(seed=seed) as opened:
        yield opened
