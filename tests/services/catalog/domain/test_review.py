"""Who may say what about which goods."""

from collections.abc import Callable
from typing import Any, TypeAlias
from uuid import UUID

import pytest

from libs.domain import NotFound
from libs.testing import fact, given, recorded
from services.catalog.domain import (
    NotDelivered,
    Purchase,
    PurchasedLine,
    Review,
    ReviewState,
    WrongReviewState,
)

Known: TypeAlias = tuple[Any, ...]  # Facts, as the tests' own library has them.
ORDER, LINE, OTHER_LINE, PRODUCT = (UUID(int=number) for number in range(1, 5))
ORDERED = fact(Purchase.Ordered, buyer_id="buyer-1", lines=(PurchasedLine(LINE, PRODUCT),))
DELIVERED = fact(Purchase.Delivered, line_ids=(LINE,))
SUBMITTED = fact(
    Review.Submitted,
    order_id=ORDER,
    line_id=LINE,
    product_id=PRODUCT,
    buyer_id="buyer-1",
    rating=5,
    text_ref="vault:review-1",
)
PUBLISHED = fact(Review.Published, line_id=LINE, product_id=PRODUCT, rating=5)
PATHS = {
    ReviewState.PENDING: (),
    ReviewState.PUBLISHED: (PUBLISHED,),
    ReviewState.REJECTED: (fact(Review.Rejected, reason="insult"),),
    ReviewState.REMOVED: (PUBLISHED, fact(Review.Removed, reason="insult")),
}
STEPS: dict[str, tuple[Callable[[Review], None], ReviewState, ReviewState]] = {
    "publish": (Review.publish, ReviewState.PENDING, ReviewState.PUBLISHED),
    "reject": (
        lambda review: review.reject("insult"),
        ReviewState.PENDING,
        ReviewState.REJECTED,
    ),
    "remove": (
        lambda review: review.remove("insult"),
        ReviewState.PUBLISHED,
        ReviewState.REMOVED,
    ),
}


def purchase(*facts: Any) -> Purchase:
    return given(Purchase, fact(Purchase.Begun), *facts)


@pytest.mark.parametrize("known", [(ORDERED, DELIVERED), (DELIVERED, ORDERED)])
def test_who_got_the_goods_can_review_them(known: Known) -> None:
    assert purchase(*known).reviewable(LINE, buyer_id="buyer-1") == PRODUCT


@pytest.mark.parametrize(
    ("known", "line", "buyer"),
    [
        ((ORDERED,), LINE, "buyer-1"),
        ((DELIVERED,), LINE, "buyer-1"),
        ((ORDERED, DELIVERED), OTHER_LINE, "buyer-1"),
        ((ORDERED, DELIVERED), LINE, "buyer-2"),
    ],
)
def test_nobody_else_can(known: Known, line: UUID, buyer: str) -> None:
    with pytest.raises(NotDelivered):
        purchase(*known).reviewable(line, buyer_id=buyer)


def test_a_delivery_that_is_told_twice_counts_once() -> None:
    got = purchase(ORDERED, DELIVERED)

    got.note_delivery((LINE,))
    got.note_order("buyer-1", (PurchasedLine(LINE, PRODUCT),))

    assert recorded(got) == []


def test_a_line_has_one_review() -> None:
    assert Review.stream(LINE) == Review.stream(LINE)
    assert Review.stream(LINE) != Review.stream(OTHER_LINE)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("state", ReviewState)
def test_a_step_is_taken_where_it_begins_and_refused_elsewhere(
    state: ReviewState, step: str
) -> None:
    review = given(Review, SUBMITTED, *PATHS[state])
    take, begins, ends = STEPS[step]

    if state is begins:
        take(review)
        assert review.state is ends
    else:
        with pytest.raises(WrongReviewState):
            take(review)
        assert recorded(review) == []


def test_a_buyer_finds_only_their_own_review() -> None:
    review = given(Review, SUBMITTED)

    assert review.seen_by("buyer-1") is review
    with pytest.raises(NotFound):
        review.seen_by("buyer-2")
