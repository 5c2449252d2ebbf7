"""Creators and their live sessions."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

from libs.domain import NotFound, derived_id
from libs.eventstore import AlreadyExists, Store, Unit
from libs.runtime.clock import Clock
from services.catalog.commands import (
    CancelLive,
    ChangeAgency,
    EndLive,
    RegisterCreator,
    ScheduleLive,
    StartLive,
)
from services.catalog.domain import Creator, LiveSession, Market, Merchant, Offer


class Creators:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._creators = store.repository(Creator)
        self._sessions = store.repository(LiveSession)
        self._clock = clock

    async def get(self, creator_id: str) -> Creator:
        return await self._creators.get(Creator.stream(creator_id))

    async def get_all(self, streams: Iterable[UUID]) -> list[Creator]:
        return await asyncio.gather(*map(self._creators.get, streams))

    async def register_creator(self, command: RegisterCreator) -> Creator:
        """Payees are known in the books by one name, so nobody may have that of a merchant."""

        async def decide(unit: Unit) -> Creator:
            if await unit.find(Merchant, Merchant.stream(command.creator_id)):
                raise AlreadyExists("a merchant has this id", field="creator_id")
            creator = Creator.register(
                creator_id=command.creator_id,
                handle=command.handle,
                agency_id=command.agency_id,
                agency_basis_points=command.agency_basis_points,
            )
            unit.add(creator)
            return creator

        return await self._store.transact(decide, command=command)

    async def change_agency(self, command: ChangeAgency) -> Creator:
        return await self._creators.update(
            Creator.stream(command.creator_id),
            lambda creator: creator.change_agency(
                command.agency_id, agency_basis_points=command.agency_basis_points
            ),
            command=command,
        )

    async def get_session(self, live_session_id: UUID) -> LiveSession:
        return await self._sessions.get(live_session_id)

    async def get_sessions(self, live_session_ids: Iterable[UUID]) -> list[LiveSession]:
        return await asyncio.gather(*map(self._sessions.get, live_session_ids))

    async def schedule_live(self, command: ScheduleLive) -> LiveSession:
        async def decide(unit: Unit) -> LiveSession:
            await unit.get(Creator, Creator.stream(command.creator_id))
            await unit.get(Market, Market.stream(command.market))
            found = await unit.find_all(Offer, command.offer_ids)
            if len(found) < len(command.offer_ids):
                raise NotFound("no such offer", field="offers")
            session = LiveSession.schedule(
                id=derived_id("live-session", command.request_id),
                creator_id=command.creator_id,
                partner_id=command.partner_id,
                market=command.market,
                offers=[found[offer_id] for offer_id in command.offer_ids],
                starts_at=command.starts_at,
            )
            unit.add(session)
            return session

        return await self._store.transact(decide, command=command)

    async def start_live(self, command: StartLive) -> LiveSession:
        return await self._sessions.update(
            command.live_session_id,
            lambda session: session.start(self._clock.now()),
            command=command,
        )

    async def end_live(self, command: EndLive) -> LiveSession:
        return await self._sessions.update(
            command.live_session_id,
            lambda session: session.end(self._clock.now()),
            command=command,
        )

    async def cancel_live(self, command: CancelLive) -> LiveSession:
        return await self._sessions.update(
            command.live_session_id, LiveSession.cancel, command=command
        )
