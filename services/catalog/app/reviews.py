"""Reviews, and who got which goods."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

from libs.eventstore import Store, Unit
from services.catalog.commands import (
    NoteDelivery,
    NotePurchase,
    PublishReview,
    RejectReview,
    RemoveReview,
    SubmitReview,
)
from services.catalog.domain import LineReviewed, NotDelivered, Purchase, Review


class Reviews:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._reviews = store.repository(Review)
        self._purchases = store.repository(Purchase)

    async def get(self, review_id: UUID, *, buyer: str | None) -> Review:
        return (await self._reviews.get(review_id)).seen_by(buyer)

    async def get_all(self, review_ids: Iterable[UUID]) -> list[Review]:
        return await asyncio.gather(*map(self._reviews.get, review_ids))

    async def note_purchase(self, command: NotePurchase) -> Purchase:
        return await self._purchases.update(
            command.order_id,
            lambda purchase: purchase.note_order(command.buyer_id, command.lines),
            start=lambda: Purchase(id=command.order_id),
            command=command,
        )

    async def note_delivery(self, command: NoteDelivery) -> Purchase:
        return await self._purchases.update(
            command.order_id,
            lambda purchase: purchase.note_delivery(command.line_ids),
            start=lambda: Purchase(id=command.order_id),
            command=command,
        )

    async def submit_review(self, command: SubmitReview) -> Review:
        async def decide(unit: Unit) -> Review:
            purchase = await unit.find(Purchase, command.order_id)
            if purchase is None:
                raise NotDelivered("the buyer has no such order", field="order")
            if await unit.find(Review, Review.stream(command.line_id)):
                raise LineReviewed("a line is reviewed once", field="line_id")
            review = Review.submit(
                purchase=purchase,
                line_id=command.line_id,
                buyer_id=command.buyer_id,
                asked_by=command.asked_by,
                rating=command.rating,
                text_ref=command.text_ref,
            )
            unit.add(review)
            return review

        return await self._store.transact(decide, command=command)

    async def publish_review(self, command: PublishReview) -> Review:
        return await self._reviews.update(command.review_id, Review.publish, command=command)

    async def reject_review(self, command: RejectReview) -> Review:
        return await self._reviews.update(
            command.review_id, lambda review: review.reject(command.reason), command=command
        )

    async def remove_review(self, command: RemoveReview) -> Review:
        return await self._reviews.update(
            command.review_id, lambda review: review.remove(command.reason), command=command
        )
