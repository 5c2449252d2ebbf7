"""Offers and their prices."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

from libs.eventstore import Store, Unit, unchanged
from libs.runtime.clock import Clock
from services.catalog.commands import ChangePrice, EndOffer, PauseOffer, PublishOffer, ResumeOffer
from services.catalog.domain import Market, Merchant, Offer, Price, Product
from services.catalog.domain.offer import draw_up


class Offers:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._offers = store.repository(Offer)
        self._clock = clock

    async def get(self, offer_id: UUID, *, seller: str | None) -> Offer:
        return (await self._offers.get(offer_id)).seen_by(seller)

    async def get_all(self, offer_ids: Iterable[UUID]) -> list[Offer]:
        return await asyncio.gather(*map(self._offers.get, offer_ids))

    async def publish_offer(self, command: PublishOffer) -> Offer:
        now = self._clock.now()
        price = Price(
            unit_price=command.unit_price.amount,
            supply_price=command.supply_price.amount if command.supply_price else 0,
            effective_at=max(command.effective_at or now, now),
        )

        async def decide(unit: Unit) -> Offer:
            product = (await unit.get(Product, command.product_id)).seen_by(command.seller)
            listing = draw_up(
                product=product,
                sku=command.sku,
                merchant=await unit.get(Merchant, Merchant.stream(product.merchant_id)),
                market=await unit.get(Market, Market.stream(command.market)),
                mode=command.mode,
                unit_price=command.unit_price,
                supply_price=command.supply_price,
                per_buyer_cap=command.per_buyer_cap,
            )
            stream = Offer.stream(product.id, command.sku, command.market, command.mode)
            offer = await unit.find(Offer, stream)
            if offer is None:
                offer = Offer(id=stream, listing=listing, price=price)
                unit.add(offer)
            else:
                offer.publish_again(listing, price)
            return offer

        return await self._store.transact(decide, command=command)

    async def change_price(self, command: ChangePrice) -> Offer:
        return await self._offers.update(
            command.offer_id,
            lambda offer: unchanged(offer.seen_by(command.seller), command.etag).change_price(
                command.unit_price,
                supply_price=command.supply_price,
                effective_at=command.effective_at,
                now=self._clock.now(),
            ),
            command=command,
        )

    async def pause_offer(self, command: PauseOffer) -> Offer:
        return await self._offers.update(
            command.offer_id,
            lambda offer: offer.seen_by(command.seller).pause(),
            command=command,
        )

    async def resume_offer(self, command: ResumeOffer) -> Offer:
        return await self._offers.update(
            command.offer_id,
            lambda offer: offer.seen_by(command.seller).resume(self._clock.now()),
            command=command,
        )

    async def end_offer(self, command: EndOffer) -> Offer:
        return await self._offers.update(
            command.offer_id,
            lambda offer: offer.seen_by(command.seller).end(),
            command=command,
        )
