"""Product: goods of a merchant, from the first draft until nobody may offer them any more."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self
from uuid import UUID

from libs.domain import Aggregate, Forbidden, NotFound, RuleViolated, Started, event
from services.catalog.domain.sku import SkuTaken


class WrongProductState(RuleViolated):
    """The product does not stand where the step begins."""


class ProductState(StrEnum):
    DRAFT = "DRAFT"
    IN_REVIEW = "IN_REVIEW"
    ACTIVE = "ACTIVE"
    REJECTED = "REJECTED"
    PAUSED = "PAUSED"
    SUSPENDED = "SUSPENDED"
    ARCHIVED = "ARCHIVED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What can be stocked and sold of a product."""

    sku: str
    options: dict[str, str] = field(default_factory=dict)
    gtin: str = ""
    weight_grams: int = 0
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0
    hazmat: bool = False
    hs_code: str = ""
    origin_country: str = ""
    customs_description: str = ""

    @property
    def may_cross_a_border(self) -> bool:
        return bool(self.hs_code and self.origin_country)


class Product(Aggregate):
    TOPIC = "catalog.Product"

    merchant_id: str
    title: str
    variants: tuple[Variant, ...]
    state: ProductState
    reason: str

    class Drafted(Started):
        TOPIC = "catalog.ProductDrafted"
        merchant_id: str
        title: str
        variants: tuple[Variant, ...]

    class VariantAdded(Aggregate.Event):
        TOPIC = "catalog.VariantAdded"
        variant: Variant

    class Submitted(Aggregate.Event):
        TOPIC = "catalog.ProductSubmitted"

    class Activated(Aggregate.Event):
        """It can be offered: admitted, resumed or reinstated."""

        TOPIC = "catalog.ProductActivated"
        merchant_id: str
        title: str

    class Rejected(Aggregate.Event):
        TOPIC = "catalog.ProductRejected"
        reason: str

    class Paused(Aggregate.Event):
        TOPIC = "catalog.ProductPaused"

    class Suspended(Aggregate.Event):
        TOPIC = "catalog.ProductSuspended"
        reason: str

    class Archived(Aggregate.Event):
        TOPIC = "catalog.ProductArchived"

    @event(Drafted)
    def __init__(
        self, *, id: UUID, merchant_id: str, title: str, variants: tuple[Variant, ...]
    ) -> None:
        self.merchant_id = merchant_id
        self.title = title
        self.variants = variants
        self.state = ProductState.DRAFT
        self.reason = ""

    @classmethod
    def draft(
        cls, *, id: UUID, merchant_id: str, title: str, variants: tuple[Variant, ...]
    ) -> Self:
        if len({variant.sku for variant in variants}) < len(variants):
            raise SkuTaken("two variants have one SKU", field="variants")
        return cls(id=id, merchant_id=merchant_id, title=title, variants=variants)

    def seen_by(self, seller: str | None) -> Self:
        """Its merchant and the platform (None) find it; a stranger finds nothing."""
        if seller not in {None, self.merchant_id}:
            raise NotFound("no such product", field="name")
        return self

    def variant(self, sku: str) -> Variant:
        for variant in self.variants:
            if variant.sku == sku:
                return variant
        raise NotFound("the product has no such variant", field="sku")

    def add_variant(self, variant: Variant) -> None:
        if self.state is ProductState.ARCHIVED:
            raise WrongProductState("an archived product stays as it is", state=self.state)
        if any(variant.sku == known.sku for known in self.variants):
            raise SkuTaken("the product has this variant already", field="variant.sku")
        self._variant_added(variant)

    def submit(self) -> None:
        self._require(ProductState.DRAFT, ProductState.REJECTED)
        self._submitted()

    def admit(self) -> None:
        self._require(ProductState.IN_REVIEW)
        self._activated(self.merchant_id, self.title)

    def admit_as_reviewed(self, *, seller: str | None) -> None:
        """The platform reviewed it elsewhere; nobody admits their own goods."""
        if seller is not None:
            raise Forbidden("only the platform declares goods reviewed", field="reviewed")
        self.submit()
        self.admit()

    def reject(self, reason: str) -> None:
        self._require(ProductState.IN_REVIEW)
        self._rejected(reason)

    def pause(self) -> None:
        self._require(ProductState.ACTIVE)
        self._paused()

    def resume(self) -> None:
        self._require(ProductState.PAUSED)
        self._activated(self.merchant_id, self.title)

    def suspend(self, reason: str) -> None:
        if self.state in {ProductState.SUSPENDED, ProductState.ARCHIVED}:
            raise WrongProductState("it is off sale already", state=self.state)
        self._suspended(reason)

    def reinstate(self) -> None:
        self._require(ProductState.SUSPENDED)
        self._activated(self.merchant_id, self.title)

    def archive(self) -> None:
        if self.state in {ProductState.SUSPENDED, ProductState.ARCHIVED}:
            raise WrongProductState("a suspended product stays for its case", state=self.state)
        self._archived()

    def require_active(self) -> None:
        self._require(ProductState.ACTIVE)

    def _require(self, *states: ProductState) -> None:
        if self.state not in states:
            raise WrongProductState(
                f"the product is {self.state}, not {' or '.join(states)}", state=self.state
            )

    @event(VariantAdded)
    def _variant_added(self, variant: Variant) -> None:
        self.variants = (*self.variants, variant)

    @event(Submitted)
    def _submitted(self) -> None:
        self.state = ProductState.IN_REVIEW

    @event(Activated)
    def _activated(self, merchant_id: str, title: str) -> None:
        self.state = ProductState.ACTIVE
        self.reason = ""

    @event(Rejected)
    def _rejected(self, reason: str) -> None:
        self.state = ProductState.REJECTED
        self.reason = reason

    @event(Paused)
    def _paused(self) -> None:
        self.state = ProductState.PAUSED

    @event(Suspended)
    def _suspended(self, reason: str) -> None:
        self.state = ProductState.SUSPENDED
        self.reason = reason

    @event(Archived)
    def _archived(self) -> None:
        self.state = ProductState.ARCHIVED
