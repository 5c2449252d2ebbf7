"""What a live session goes through."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from libs.domain import happening
from libs.testing import fact, given, recorded
from services.catalog.domain import (
    LiveSession,
    LiveState,
    Offer,
    OfferElsewhere,
    Price,
    WrongLiveState,
)
from tests.services.catalog.samples import LISTING, NOW, TOMORROW

SHOWN = {
    "creator_id": "mei",
    "partner_id": "studio-9",
    "market": "GB",
    "offer_ids": (UUID(int=5),),
}
SCHEDULED = fact(LiveSession.Scheduled, **SHOWN, starts_at=TOMORROW)
STARTED = fact(LiveSession.Opened, **SHOWN, started_at=NOW)
PATHS = {
    LiveState.SCHEDULED: (),
    LiveState.LIVE: (STARTED,),
    LiveState.ENDED: (STARTED, fact(LiveSession.Ended, ended_at=NOW)),
    LiveState.CANCELLED: (fact(LiveSession.Cancelled),),
}
STEPS: dict[str, tuple[Callable[[LiveSession], None], LiveState, LiveState]] = {
    "start": (lambda session: session.start(NOW), LiveState.SCHEDULED, LiveState.LIVE),
    "end": (lambda session: session.end(NOW), LiveState.LIVE, LiveState.ENDED),
    "cancel": (LiveSession.cancel, LiveState.SCHEDULED, LiveState.CANCELLED),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("state", LiveState)
def test_a_step_is_taken_where_it_begins_and_refused_elsewhere(state: LiveState, step: str) -> None:
    session = given(LiveSession, SCHEDULED, *PATHS[state])
    take, begins, ends = STEPS[step]

    if state is begins:
        take(session)
        assert session.state is ends
    else:
        with pytest.raises(WrongLiveState):
            take(session)
        assert recorded(session) == []


def test_a_session_shows_offers_of_its_own_market_only() -> None:
    with happening(NOW):
        here = Offer(id=UUID(int=5), listing=LISTING, price=Price(2500, 0, NOW))
        elsewhere = Offer(
            id=UUID(int=6), listing=replace(LISTING, market="DE"), price=Price(2900, 0, NOW)
        )

    with pytest.raises(OfferElsewhere) as refusal:
        LiveSession.schedule(
            id=UUID(int=7),
            creator_id="mei",
            partner_id="",
            market="GB",
            offers=[here, elsewhere],
            starts_at=TOMORROW,
        )

    assert refusal.value.field == "offers[1]"


def test_who_is_on_air_is_said_in_full() -> None:
    session = given(LiveSession, SCHEDULED)

    session.start(NOW)

    assert recorded(session) == [STARTED]
