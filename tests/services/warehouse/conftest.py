"""The warehouse on a store in memory."""

import pytest

from libs.eventstore import Store
from services.warehouse.app import WarehouseApp


@pytest.fixture
def app(store: Store) -> WarehouseApp:
    return WarehouseApp(store)
