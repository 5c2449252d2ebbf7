"""What a live session goes through."""

from collections.abc import Callable
from uuid import UUID

import pytest

from libs.testing import fact, given, recorded
from services.catalog.domain import LiveSession, LiveState, WrongLiveState
from tests.services.catalog.samples import NOW, TOMORROW

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


def test_who_is_on_air_is_said_in_full() -> None:
    session = given(LiveSession, SCHEDULED)

    session.start(NOW)

    assert recorded(session) == [STARTED]
