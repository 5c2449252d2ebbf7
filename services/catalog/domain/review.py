"""Review: what a buyer says about a line that they got. One per line, by its stream's id.

The words stay where they can be erased; a fact holds a reference to them.
"""

from enum import StrEnum
from typing import Self
from uuid import UUID

from libs.domain import Aggregate, Forbidden, NotFound, RuleViolated, Started, derived_id, event
from services.catalog.domain.purchase import Purchase


class LineReviewed(RuleViolated):
    """A line is reviewed once."""


class WrongReviewState(RuleViolated):
    """The review does not stand where the step begins."""


class ReviewState(StrEnum):
    PENDING = "PENDING"
    PUBLISHED = "PUBLISHED"
    REJECTED = "REJECTED"
    REMOVED = "REMOVED"


class Review(Aggregate):
    TOPIC = "catalog.Review"

    order_id: UUID
    line_id: UUID
    product_id: UUID
    buyer_id: str
    rating: int
    text_ref: str
    state: ReviewState
    reason: str

    class Submitted(Started):
        TOPIC = "catalog.ReviewSubmitted"
        order_id: UUID
        line_id: UUID
        product_id: UUID
        buyer_id: str
        rating: int
        text_ref: str

    class Published(Aggregate.Event):
        TOPIC = "catalog.ReviewPublished"
        line_id: UUID
        product_id: UUID
        rating: int

    class Rejected(Aggregate.Event):
        TOPIC = "catalog.ReviewRejected"
        reason: str

    class Removed(Aggregate.Event):
        TOPIC = "catalog.ReviewRemoved"
        reason: str

    @event(Submitted)
    def __init__(
        self,
        *,
        id: UUID,
        order_id: UUID,
        line_id: UUID,
        product_id: UUID,
        buyer_id: str,
        rating: int,
        text_ref: str,
    ) -> None:
        self.order_id = order_id
        self.line_id = line_id
        self.product_id = product_id
        self.buyer_id = buyer_id
        self.rating = rating
        self.text_ref = text_ref
        self.state = ReviewState.PENDING
        self.reason = ""

    @staticmethod
    def stream(line_id: UUID) -> UUID:
        return derived_id("review", line_id)

    @classmethod
    def submit(
        cls,
        *,
        purchase: Purchase,
        line_id: UUID,
        buyer_id: str,
        asked_by: str | None,
        rating: int,
        text_ref: str,
    ) -> Self:
        """`asked_by` is the buyer who asks, or None when the platform does."""
        if asked_by not in {None, buyer_id}:
            raise Forbidden("a buyer reviews in their own name", field="buyer_id")
        return cls(
            id=cls.stream(line_id),
            order_id=purchase.id,
            line_id=line_id,
            product_id=purchase.reviewable(line_id, buyer_id=buyer_id),
            buyer_id=buyer_id,
            rating=rating,
            text_ref=text_ref,
        )

    def seen_by(self, buyer: str | None) -> Self:
        """Who wrote it and the platform (None) find it; a stranger finds nothing."""
        if buyer not in {None, self.buyer_id}:
            raise NotFound("no such review", field="name")
        return self

    def publish(self) -> None:
        self._require(ReviewState.PENDING)
        self._published(self.line_id, self.product_id, self.rating)

    def reject(self, reason: str) -> None:
        self._require(ReviewState.PENDING)
        self._rejected(reason)

    def remove(self, reason: str) -> None:
        self._require(ReviewState.PUBLISHED)
        self._removed(reason)

    def _require(self, state: ReviewState) -> None:
        if self.state is not state:
            raise WrongReviewState(f"the review is {self.state}, not {state}", state=self.state)

    @event(Published)
    def _published(self, line_id: UUID, product_id: UUID, rating: int) -> None:
        self.state = ReviewState.PUBLISHED

    @event(Rejected)
    def _rejected(self, reason: str) -> None:
        self.state = ReviewState.REJECTED
        self.reason = reason

    @event(Removed)
    def _removed(self, reason: str) -> None:
        self.state = ReviewState.REMOVED
        self.reason = reason
