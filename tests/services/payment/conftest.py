"""Payment on a store in memory, with a provider that answers at once."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from libs.eventstore import Store
from libs.runtime.clock import ManualClock
from libs.runtime.migrations import migrate
from services.payment.app import PaymentApp
from services.payment.simulator import MemoryBooks, Simulator
from tests.services.payment.gateway import Following


@pytest.fixture
async def pool(database: str) -> AsyncIterator["asyncpg.Pool[asyncpg.Record]"]:
    """Connections to an empty database of payment."""
    await migrate(database, "payment")
    async with asyncpg.create_pool(database, min_size=1, max_size=2) as pool:
        yield pool


@pytest.fixture
def provider(clock: ManualClock) -> Simulator:
    return Simulator(MemoryBooks(), clock)


@pytest.fixture
def app(store: Store, clock: ManualClock, provider: Simulator) -> PaymentApp:
    return PaymentApp(store, clock, provider)


@pytest.fixture
def following(store: Store, app: PaymentApp, provider: Simulator) -> Following:
    return Following(store, app, provider)
