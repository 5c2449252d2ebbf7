"""Sku: which of a merchant's products a stock keeping unit belongs to.

Stock is kept by SKU and owner, so two products of one merchant with the same SKU would eat from
one shelf. The stream's id follows from merchant and SKU: there can be only one.
"""

from uuid import UUID

from libs.domain import Aggregate, RuleViolated, Started, derived_id, event


class SkuTaken(RuleViolated):
    """Another product of the merchant, or another variant of this one, has the SKU."""


class Sku(Aggregate):
    TOPIC = "catalog.Sku"

    product_id: UUID

    class Claimed(Started):
        TOPIC = "catalog.SkuClaimed"
        merchant_id: str
        sku: str
        product_id: UUID

    @event(Claimed)
    def __init__(self, *, id: UUID, merchant_id: str, sku: str, product_id: UUID) -> None:
        self.product_id = product_id

    @staticmethod
    def stream(merchant_id: str, sku: str) -> UUID:
        return derived_id("sku", merchant_id, sku)
