"""Live session, as the catalog tells of it: who hosts, and who shares in what it sells."""

from uuid import UUID

from libs.domain import Aggregate, Started, event


class LiveSession(Aggregate):
    """A session that was on air. Its end is of no concern here: recordings go on selling."""

    TOPIC = "order.LiveSession"

    live_session_id: str
    creator_id: str
    partner_id: str

    class WentOnAir(Started):
        TOPIC = "order.LiveSessionWentOnAir"
        live_session_id: str
        creator_id: str
        partner_id: str

    @event(WentOnAir)
    def __init__(self, *, id: UUID, live_session_id: str, creator_id: str, partner_id: str) -> None:
        self.live_session_id = live_session_id
        self.creator_id = creator_id
        self.partner_id = partner_id
