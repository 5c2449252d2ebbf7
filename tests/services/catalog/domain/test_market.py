"""When a market takes orders, and what of it can change."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from libs.testing import fact, given, recorded
from services.catalog.domain import (
    Market,
    MarketIdentity,
    MarketSettings,
    MarketState,
    WrongMarketState,
)
from tests.services.catalog.samples import GB

PLANNED = fact(Market.Planned, market="GB", settings=GB)
OPENED = fact(Market.Opened, market="GB", settings=GB, pilot=False)
PATHS = {
    MarketState.PLANNED: (),
    MarketState.PILOT: (fact(Market.Opened, market="GB", settings=GB, pilot=True),),
    MarketState.LIVE: (OPENED,),
    MarketState.ON_HOLD: (OPENED, fact(Market.Held, market="GB", reason="fraud")),
    MarketState.CLOSED: (fact(Market.Closed, market="GB"),),
}
STEPS: dict[str, tuple[Callable[[Market], None], set[MarketState], MarketState]] = {
    "pilot": (
        lambda market: market.open(pilot=True),
        {MarketState.PLANNED},
        MarketState.PILOT,
    ),
    "open": (
        lambda market: market.open(pilot=False),
        {MarketState.PLANNED, MarketState.PILOT, MarketState.ON_HOLD},
        MarketState.LIVE,
    ),
    "hold": (
        lambda market: market.hold("fraud"),
        {MarketState.PILOT, MarketState.LIVE},
        MarketState.ON_HOLD,
    ),
    "close": (Market.close, set(MarketState) - {MarketState.CLOSED}, MarketState.CLOSED),
}


def market(state: MarketState) -> Market:
    return given(Market, PLANNED, *PATHS[state])


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("state", MarketState)
def test_a_step_is_taken_where_it_begins_and_refused_elsewhere(
    state: MarketState, step: str
) -> None:
    place = market(state)
    take, begins, ends = STEPS[step]

    if state in begins:
        take(place)
        assert place.state is ends
    else:
        with pytest.raises(WrongMarketState):
            take(place)
        assert recorded(place) == []


@pytest.mark.parametrize(
    ("state", "is_open"), [(MarketState.LIVE, True), (MarketState.ON_HOLD, False)]
)
def test_a_change_says_whether_anybody_can_order_by_it(state: MarketState, is_open: bool) -> None:
    place = market(state)
    dearer = replace(GB, shipping=399)

    place.change(dearer)

    assert recorded(place) == [fact(Market.Changed, market="GB", settings=dearer, open=is_open)]


def test_a_change_to_the_same_settings_is_none() -> None:
    place = market(MarketState.LIVE)

    place.change(GB)

    assert recorded(place) == []


@pytest.mark.parametrize(
    "settings", [replace(GB, currency="EUR"), replace(GB, legal_entity="entrepot-eu")]
)
def test_currency_and_legal_entity_stay(settings: MarketSettings) -> None:
    place = market(MarketState.LIVE)

    with pytest.raises(MarketIdentity):
        place.change(settings)

    assert recorded(place) == []
