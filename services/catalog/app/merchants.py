"""Merchants and their terms."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

from libs.eventstore import AlreadyExists, Store, Unit
from libs.runtime.clock import Clock
from services.catalog.commands import PutTerms, RegisterMerchant
from services.catalog.domain import Creator, Merchant


class Merchants:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._merchants = store.repository(Merchant)
        self._clock = clock

    async def get(self, merchant_id: str, *, seller: str | None) -> Merchant:
        return (await self._merchants.get(Merchant.stream(merchant_id))).seen_by(seller)

    async def get_all(self, streams: Iterable[UUID]) -> list[Merchant]:
        return await asyncio.gather(*map(self._merchants.get, streams))

    async def register_merchant(self, command: RegisterMerchant) -> Merchant:
        """Payees are known in the books by one name, so nobody may have that of a creator."""

        async def decide(unit: Unit) -> Merchant:
            if await unit.find(Creator, Creator.stream(command.merchant_id)):
                raise AlreadyExists("a creator has this id", field="merchant_id")
            merchant = Merchant(
                id=Merchant.stream(command.merchant_id),
                merchant_id=command.merchant_id,
                display_name=command.display_name,
                country=command.country,
            )
            unit.add(merchant)
            return merchant

        return await self._store.transact(decide, command=command)

    async def put_terms(self, command: PutTerms) -> Merchant:
        return await self._merchants.update(
            Merchant.stream(command.merchant_id),
            lambda merchant: merchant.put_terms(
                command.terms, effective_at=command.effective_at, now=self._clock.now()
            ),
            command=command,
        )
