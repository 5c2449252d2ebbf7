"""What a product goes through until it can be offered, and afterwards."""

from collections.abc import Callable
from uuid import UUID

import pytest

from libs.domain import Forbidden, NotFound
from libs.testing import fact, given, recorded
from services.catalog.domain import Product, ProductState, SkuTaken, Variant, WrongProductState
from tests.services.catalog.samples import SCARF

DRAFTED = fact(Product.Drafted, merchant_id="silk-road", title="Silk scarf", variants=(SCARF,))
SUBMITTED = fact(Product.Submitted)
ACTIVATED = fact(Product.Activated, merchant_id="silk-road", title="Silk scarf")
PATHS = {
    ProductState.DRAFT: (),
    ProductState.IN_REVIEW: (SUBMITTED,),
    ProductState.ACTIVE: (SUBMITTED, ACTIVATED),
    ProductState.REJECTED: (SUBMITTED, fact(Product.Rejected, reason="no pictures")),
    ProductState.PAUSED: (SUBMITTED, ACTIVATED, fact(Product.Paused)),
    ProductState.SUSPENDED: (SUBMITTED, ACTIVATED, fact(Product.Suspended, reason="recall")),
    ProductState.ARCHIVED: (fact(Product.Archived),),
}
STEPS: dict[str, tuple[Callable[[Product], None], set[ProductState], ProductState]] = {
    "submit": (
        Product.submit,
        {ProductState.DRAFT, ProductState.REJECTED},
        ProductState.IN_REVIEW,
    ),
    "admit": (Product.admit, {ProductState.IN_REVIEW}, ProductState.ACTIVE),
    "reject": (
        lambda product: product.reject("no pictures"),
        {ProductState.IN_REVIEW},
        ProductState.REJECTED,
    ),
    "pause": (Product.pause, {ProductState.ACTIVE}, ProductState.PAUSED),
    "resume": (Product.resume, {ProductState.PAUSED}, ProductState.ACTIVE),
    "suspend": (
        lambda product: product.suspend("recall"),
        set(ProductState) - {ProductState.SUSPENDED, ProductState.ARCHIVED},
        ProductState.SUSPENDED,
    ),
    "reinstate": (Product.reinstate, {ProductState.SUSPENDED}, ProductState.ACTIVE),
    "archive": (
        Product.archive,
        set(ProductState) - {ProductState.SUSPENDED, ProductState.ARCHIVED},
        ProductState.ARCHIVED,
    ),
}


def product(state: ProductState) -> Product:
    return given(Product, DRAFTED, *PATHS[state])


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("state", ProductState)
def test_a_step_is_taken_where_it_begins_and_refused_elsewhere(
    state: ProductState, step: str
) -> None:
    goods = product(state)
    take, begins, ends = STEPS[step]

    if state in begins:
        take(goods)
        assert goods.state is ends
    else:
        with pytest.raises(WrongProductState):
            take(goods)
        assert recorded(goods) == []


def test_what_was_reviewed_elsewhere_is_active_at_once() -> None:
    goods = product(ProductState.DRAFT)

    goods.admit_as_reviewed(seller=None)

    assert recorded(goods) == [SUBMITTED, ACTIVATED]


def test_nobody_admits_their_own_goods() -> None:
    goods = product(ProductState.DRAFT)

    with pytest.raises(Forbidden):
        goods.admit_as_reviewed(seller="silk-road")

    assert recorded(goods) == []


def test_two_variants_do_not_share_a_sku() -> None:
    with pytest.raises(SkuTaken):
        Product.draft(
            id=UUID(int=1), merchant_id="silk-road", title="Scarf", variants=(SCARF, SCARF)
        )


def test_a_sku_stands_for_one_variant() -> None:
    goods = product(ProductState.ACTIVE)

    with pytest.raises(SkuTaken):
        goods.add_variant(Variant(sku=SCARF.sku, options={"colour": "blue"}))

    assert recorded(goods) == []


def test_a_variant_can_be_added_until_the_product_is_archived() -> None:
    blue = Variant(sku="SCARF-BLUE")
    goods = product(ProductState.ACTIVE)

    goods.add_variant(blue)

    assert goods.variant("SCARF-BLUE") == blue
    with pytest.raises(WrongProductState):
        product(ProductState.ARCHIVED).add_variant(blue)


def test_strangers_find_neither_product_nor_variant() -> None:
    with pytest.raises(NotFound):
        product(ProductState.ACTIVE).seen_by("somebody-else")
    with pytest.raises(NotFound):
        product(ProductState.ACTIVE).variant("SCARF-GREEN")


@pytest.mark.parametrize(
    ("variant", "may"),
    [
        (SCARF, True),
        (Variant(sku="S", hs_code="621410"), False),
        (Variant(sku="S", origin_country="CN"), False),
    ],
)
def test_goods_cross_a_border_with_code_and_origin_only(variant: Variant, may: bool) -> None:
    assert variant.may_cross_a_border is may
