"""A service's aggregates in memory, on a clock that a test moves."""

from collections.abc import Iterator
from importlib import import_module

import pytest

from libs.domain import Aggregate, happening
from libs.eventstore import MemoryRecorder, Store
from libs.runtime.clock import ManualClock
from libs.testing import NOW


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    """What a test records outside a store happens now."""
    with happening(NOW):
        yield


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def store(request: pytest.FixtureRequest, clock: ManualClock) -> Store:
    """An empty store of the service whose folder the test is in."""
    parts = request.path.parts
    service = parts[parts.index("services") + 1]
    domain = vars(import_module(f"services.{service}.domain"))
    kinds = [
        value
        for value in domain.values()
        if isinstance(value, type) and issubclass(value, Aggregate) and value is not Aggregate
    ]
    return Store(MemoryRecorder(clock), kinds=kinds, clock=clock)


@pytest.fixture(params=["in_memory", "on_postgres"])
def place(request: pytest.FixtureRequest) -> object:
    """Where the service's lists are kept: each test of them runs on both, by their fixtures."""
    return request.getfixturevalue(request.param)
