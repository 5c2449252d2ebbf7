"""LiveSession: a live stream that sells, from its announcement to its end."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from libs.domain import Aggregate, Malformed, RuleViolated, Started, event
from services.catalog.domain.offer import Offer


class WrongLiveState(RuleViolated):
    """The session does not stand where the step begins."""


class OfferElsewhere(Malformed):
    """A session sells in one market, and shows offers of that market only."""


class LiveState(StrEnum):
    SCHEDULED = "SCHEDULED"
    LIVE = "LIVE"
    ENDED = "ENDED"
    CANCELLED = "CANCELLED"


class LiveSession(Aggregate):
    TOPIC = "catalog.LiveSession"

    creator_id: str
    partner_id: str
    market: str
    offer_ids: tuple[UUID, ...]
    starts_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    state: LiveState

    class Scheduled(Started):
        TOPIC = "catalog.LiveScheduled"
        creator_id: str
        partner_id: str
        market: str
        offer_ids: tuple[UUID, ...]
        starts_at: datetime

    class Opened(Aggregate.Event):
        """On air."""

        TOPIC = "catalog.LiveStarted"
        creator_id: str
        partner_id: str
        market: str
        offer_ids: tuple[UUID, ...]
        started_at: datetime

    class Ended(Aggregate.Event):
        TOPIC = "catalog.LiveEnded"
        ended_at: datetime

    class Cancelled(Aggregate.Event):
        TOPIC = "catalog.LiveCancelled"

    @event(Scheduled)
    def __init__(
        self,
        *,
        id: UUID,
        creator_id: str,
        partner_id: str,
        market: str,
        offer_ids: tuple[UUID, ...],
        starts_at: datetime,
    ) -> None:
        self.creator_id = creator_id
        self.partner_id = partner_id
        self.market = market
        self.offer_ids = offer_ids
        self.starts_at = starts_at
        self.started_at = None
        self.ended_at = None
        self.state = LiveState.SCHEDULED

    @classmethod
    def schedule(
        cls,
        *,
        id: UUID,
        creator_id: str,
        partner_id: str,
        market: str,
        offers: Sequence[Offer],
        starts_at: datetime,
    ) -> Self:
        for number, offer in enumerate(offers):
            if offer.listing.market != market:
                raise OfferElsewhere(
                    f"it is an offer in {offer.listing.market}", field=f"offers[{number}]"
                )
        return cls(
            id=id,
            creator_id=creator_id,
            partner_id=partner_id,
            market=market,
            offer_ids=tuple(offer.id for offer in offers),
            starts_at=starts_at,
        )

    def start(self, now: datetime) -> None:
        """Early or late: a stream begins when it begins."""
        self._require(LiveState.SCHEDULED)
        self._started(self.creator_id, self.partner_id, self.market, self.offer_ids, now)

    def end(self, now: datetime) -> None:
        self._require(LiveState.LIVE)
        self._ended(now)

    def cancel(self) -> None:
        self._require(LiveState.SCHEDULED)
        self._cancelled()

    def _require(self, state: LiveState) -> None:
        if self.state is not state:
            raise WrongLiveState(f"the session is {self.state}, not {state}", state=self.state)

    @event(Opened)
    def _started(
        self,
        creator_id: str,
        partner_id: str,
        market: str,
        offer_ids: tuple[UUID, ...],
        started_at: datetime,
    ) -> None:
        self.started_at = started_at
        self.state = LiveState.LIVE

    @event(Ended)
    def _ended(self, ended_at: datetime) -> None:
        self.ended_at = ended_at
        self.state = LiveState.ENDED

    @event(Cancelled)
    def _cancelled(self) -> None:
        self.state = LiveState.CANCELLED
