"""Products and their variants."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

from libs.domain import derived_id
from libs.eventstore import Store, Unit, unchanged
from services.catalog.commands import (
    AddVariant,
    AdmitProduct,
    ArchiveProduct,
    CreateProduct,
    PauseProduct,
    ReinstateProduct,
    RejectProduct,
    ResumeProduct,
    SubmitForReview,
    SuspendProduct,
)
from services.catalog.domain import Merchant, Product, Sku, SkuTaken, Variant


class Products:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._products = store.repository(Product)

    async def get(self, product_id: UUID, *, seller: str | None) -> Product:
        return (await self._products.get(product_id)).seen_by(seller)

    async def get_all(self, product_ids: Iterable[UUID]) -> list[Product]:
        return await asyncio.gather(*map(self._products.get, product_ids))

    async def create_product(self, command: CreateProduct) -> Product:
        async def decide(unit: Unit) -> Product:
            merchant = await unit.get(Merchant, Merchant.stream(command.merchant_id))
            merchant.seen_by(command.seller)
            product = Product.draft(
                id=derived_id("product", command.request_id),
                merchant_id=command.merchant_id,
                title=command.title,
                variants=command.variants,
            )
            await _claim(product, command.variants, unit)
            if command.reviewed:
                product.admit_as_reviewed(seller=command.seller)
            unit.add(product)
            return product

        return await self._store.transact(decide, command=command)

    async def add_variant(self, command: AddVariant) -> Product:
        async def decide(unit: Unit) -> Product:
            product = (await unit.get(Product, command.product_id)).seen_by(command.seller)
            product.add_variant(command.variant)
            await _claim(product, [command.variant], unit)
            return product

        return await self._store.transact(decide, command=command)

    async def submit_for_review(self, command: SubmitForReview) -> Product:
        return await self._products.update(
            command.product_id,
            lambda product: product.seen_by(command.seller).submit(),
            command=command,
        )

    async def admit_product(self, command: AdmitProduct) -> Product:
        return await self._products.update(
            command.product_id,
            lambda product: unchanged(product, command.etag).admit(),
            command=command,
        )

    async def reject_product(self, command: RejectProduct) -> Product:
        return await self._products.update(
            command.product_id,
            lambda product: unchanged(product, command.etag).reject(command.reason),
            command=command,
        )

    async def pause_product(self, command: PauseProduct) -> Product:
        return await self._products.update(
            command.product_id,
            lambda product: product.seen_by(command.seller).pause(),
            command=command,
        )

    async def resume_product(self, command: ResumeProduct) -> Product:
        return await self._products.update(
            command.product_id,
            lambda product: product.seen_by(command.seller).resume(),
            command=command,
        )

    async def suspend_product(self, command: SuspendProduct) -> Product:
        return await self._products.update(
            command.product_id,
            lambda product: product.suspend(command.reason),
            command=command,
        )

    async def reinstate_product(self, command: ReinstateProduct) -> Product:
        return await self._products.update(command.product_id, Product.reinstate, command=command)

    async def archive_product(self, command: ArchiveProduct) -> Product:
        return await self._products.update(
            command.product_id,
            lambda product: product.seen_by(command.seller).archive(),
            command=command,
        )


async def _claim(product: Product, variants: Iterable[Variant], unit: Unit) -> None:
    """The product's merchant has each SKU once."""
    streams = {Sku.stream(product.merchant_id, variant.sku): variant.sku for variant in variants}
    for taken in await unit.find_all(Sku, streams):
        raise SkuTaken(f"another product has {streams[taken]}", field="variants")
    for stream, sku in streams.items():
        unit.add(Sku(id=stream, merchant_id=product.merchant_id, sku=sku, product_id=product.id))
