"""The order service in memory, with a small catalog that it was told of."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from uuid import UUID

import pytest

from libs.eventstore import Store
from libs.runtime.clock import ManualClock
from services.order import commands as c
from services.order.app import OrderApp
from services.order.bell import Bell
from services.order.catalog import Catalog
from services.order.domain import DatedTerms, Price, Quotes
from services.order.vault import MemoryShelves, Vault
from tests.services.order.samples import BEFORE, DE, LAMP, MUG, RATES, TERMS, US


@pytest.fixture
def request_id() -> Callable[[], UUID]:
    """A new one every time."""
    numbers = count(1_000)
    return lambda: UUID(int=next(numbers))


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def shelves() -> MemoryShelves:
    return MemoryShelves()


@pytest.fixture
async def catalog(store: Store, request_id: Callable[[], UUID]) -> Catalog:
    """Mugs, three of which a buyer may have as a limited edition, and a full-service lamp."""
    catalog = Catalog(store)
    for market, settings in (("US", US), ("DE", DE)):
        await catalog.learn_market(
            c.LearnMarket(request_id=request_id(), market=market, settings=settings)
        )
    for terms in (TERMS, replace(TERMS, terms_id="light-1", merchant_id="shenzhen-light")):
        await catalog.learn_terms(
            c.LearnTerms(request_id=request_id(), version=DatedTerms(BEFORE, terms))
        )
    limited = replace(MUG, offer_id="limited", per_buyer_cap=3)
    for listing, price in (
        (MUG, Price(BEFORE, 2500, 0)),
        (limited, Price(BEFORE, 9900, 0)),
        (LAMP, Price(BEFORE, 2400, 6200)),
        (replace(MUG, offer_id="mug-de", market="DE", currency="EUR"), Price(BEFORE, 1200, 0)),
    ):
        await catalog.learn_offer(
            c.LearnOffer(request_id=request_id(), listing=listing, price=price)
        )
    await catalog.learn_creator(
        c.LearnCreator(
            request_id=request_id(),
            creator_id="mei",
            agency_id="starlight",
            agency_basis_points=2000,
        )
    )
    await catalog.learn_live_session(
        c.LearnLiveSession(
            request_id=request_id(),
            live_session_id="friday",
            creator_id="mei",
            partner_id="studio-9",
        )
    )
    return catalog


@pytest.fixture
def app(
    store: Store, catalog: Catalog, shelves: MemoryShelves, bell: Bell, clock: ManualClock
) -> OrderApp:
    return OrderApp(
        store,
        catalog=catalog,
        vault=Vault(shelves, b"m" * 32),
        quotes=Quotes(b"q" * 32),
        rates=RATES,
        bell=bell,
        clock=clock,
    )
