"""One stack for the tests of this folder, two evenings old, and then in trouble."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.local.process import finish
from tests.system.evenings.played import Evenings, two_evenings
from tests.system.evenings.troubles import Troubles, make


@pytest.fixture(scope="package")
def evenings() -> Iterator[Evenings]:
    with two_evenings() as played:
        yield played


@pytest.fixture(scope="package")
def troubles(evenings: Evenings) -> Troubles:
    return finish(make(evenings.home))
