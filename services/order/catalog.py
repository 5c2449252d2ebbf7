"""The copy of the catalog: what the catalog told, as facts of our own, and in memory for checkouts.

A checkout must not wait for a database to know a price. What it needs is read from the store the
first time and kept; what changes, here or in another process, is dropped as soon as that is heard
of, and read again when it is next wanted. The copy is as late as the news that makes it.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from libs.domain import Aggregate, derived_id
from libs.eventstore import Repository, Store
from services.order import commands as c
from services.order.domain import (
    Basket,
    Creator,
    LiveSession,
    Market,
    Merchant,
    Offer,
    Product,
    Shelf,
)

A = TypeVar("A", bound=Aggregate)

KEPT_MAX = 100_000
"""Of each kind; beyond it, all are read again as they are wanted."""


class Kept(Generic[A]):
    """Aggregates of one kind by the catalog's own ids."""

    def __init__(self, repository: Repository[A], noun: str) -> None:
        self._repository = repository
        self._noun = noun
        self._keys: dict[UUID, str] = {}
        self._known: dict[str, A] = {}

    def stream(self, key: str) -> UUID:
        return derived_id(self._noun, key)

    async def these(self, keys: Iterable[str]) -> dict[str, A]:
        """Those of them that exist; usually nothing needs to be read."""
        here: dict[str, A] = {}
        missing: list[str] = []
        for key in {key for key in keys if key}:
            if (aggregate := self._known.get(key)) is not None:
                here[key] = aggregate
            else:
                missing.append(key)
        if missing:
            here |= await self._read(missing)
        return here

    async def _read(self, keys: Sequence[str]) -> dict[str, A]:
        found = await asyncio.gather(*(self._repository.find(self.stream(key)) for key in keys))
        read = {key: aggregate for key, aggregate in zip(keys, found, strict=True) if aggregate}
        if len(self._known) > KEPT_MAX:
            self.drop_all()
        for key, aggregate in read.items():
            self._keys[aggregate.id] = key
            self._known[key] = aggregate
        return read

    async def learn(
        self,
        key: str,
        decide: Callable[[A], None],
        *,
        command: c.Learnt,
        start: Callable[[UUID], A] | None = None,
    ) -> A:
        """Record something about one of them; what is in memory is then out of date.

        The answer does not take its place, as a repeated request is answered with an old state.
        """
        stream = self.stream(key)
        first = None if start is None else lambda: start(stream)
        try:
            return await self._repository.update(stream, decide, command=command, start=first)
        finally:
            self.drop(stream)

    def drop(self, stream: UUID) -> None:
        """Something about it may have changed."""
        key = self._keys.pop(stream, None)
        if key is not None:
            del self._known[key]

    def drop_all(self) -> None:
        self._keys.clear()
        self._known.clear()


class Droppable(Protocol):
    """What is kept in memory, whatever it is."""

    def drop(self, stream: UUID) -> None: ...

    def drop_all(self) -> None: ...


class Catalog:
    """Learns what the catalog tells, and lays out what a basket is priced from."""

    def __init__(self, store: Store) -> None:
        self._markets = Kept(store.repository(Market), "market")
        self._offers = Kept(store.repository(Offer), "offer")
        self._products = Kept(store.repository(Product), "product")
        self._merchants = Kept(store.repository(Merchant), "merchant")
        self._creators = Kept(store.repository(Creator), "creator")
        self._live_sessions = Kept(store.repository(LiveSession), "live-session")
        self._all: tuple[Droppable, ...] = (
            self._markets,
            self._offers,
            self._products,
            self._merchants,
            self._creators,
            self._live_sessions,
        )

    async def shelf_for(self, basket: Basket) -> Shelf:
        """All that the basket names; it stays on this shelf even when it is dropped meanwhile."""
        markets = await self._markets.these([basket.market])
        offers = await self._offers.these(line.offer_id for line in basket.lines)
        sessions = await self._live_sessions.these(line.live_session_id for line in basket.lines)
        listings = [offer.listing for offer in offers.values()]
        hosts = [session.creator_id for session in sessions.values()]
        return Shelf(
            markets=markets,
            offers=offers,
            products=await self._products.these(listing.product_id for listing in listings),
            merchants=await self._merchants.these(listing.merchant_id for listing in listings),
            creators=await self._creators.these(
                [*hosts, *(line.creator_id for line in basket.lines)]
            ),
            live_sessions=sessions,
        )

    def hear(self, streams: Iterable[UUID]) -> None:
        for stream in streams:
            for kept in self._all:
                kept.drop(stream)

    def hear_all(self) -> None:
        for kept in self._all:
            kept.drop_all()

    async def learn_offer(self, command: c.LearnOffer) -> Offer:
        listing, price = command.listing, command.price
        return await self._offers.learn(
            listing.offer_id,
            lambda offer: offer.list_again(listing, price),
            command=command,
            start=lambda stream: Offer(id=stream, listing=listing, price=price),
        )

    async def learn_price(self, command: c.LearnPrice) -> Offer:
        return await self._offers.learn(
            command.offer_id,
            lambda offer: offer.reprice(
                unit_price=command.unit_price,
                supply_price=command.supply_price,
                effective_at=command.effective_at,
            ),
            command=command,
        )

    async def learn_offer_end(self, command: c.LearnOfferEnd) -> Offer:
        return await self._offers.learn(
            command.offer_id, lambda offer: offer.end(command.ended_at), command=command
        )

    async def learn_product(self, command: c.LearnProduct) -> Product:
        return await self._products.learn(
            command.product_id,
            Product.suspend if command.suspended else Product.activate,
            command=command,
            start=lambda stream: Product(id=stream, product_id=command.product_id),
        )

    async def learn_terms(self, command: c.LearnTerms) -> Merchant:
        merchant_id = command.version.terms.merchant_id
        return await self._merchants.learn(
            merchant_id,
            lambda merchant: merchant.learn_terms(command.version),
            command=command,
            start=lambda stream: Merchant(id=stream, merchant_id=merchant_id),
        )

    async def learn_market(self, command: c.LearnMarket) -> Market:
        return await self._learn_of_market(
            command.market, lambda market: market.open(command.settings), command
        )

    async def learn_market_held(self, command: c.LearnMarketHeld) -> Market:
        return await self._learn_of_market(
            command.market, lambda market: market.hold(command.reason), command
        )

    async def learn_rule(self, command: c.LearnRule) -> Market:
        return await self._learn_of_market(
            command.market, lambda market: market.learn_rule(command.rule), command
        )

    async def learn_creator(self, command: c.LearnCreator) -> Creator:
        return await self._creators.learn(
            command.creator_id,
            lambda creator: creator.join(command.agency_id, command.agency_basis_points),
            command=command,
            start=lambda stream: Creator(
                id=stream,
                creator_id=command.creator_id,
                agency_id=command.agency_id,
                agency_basis_points=command.agency_basis_points,
            ),
        )

    async def learn_live_session(self, command: c.LearnLiveSession) -> LiveSession:
        return await self._live_sessions.learn(
            command.live_session_id,
            lambda session: None,
            command=command,
            start=lambda stream: LiveSession(
                id=stream,
                live_session_id=command.live_session_id,
                creator_id=command.creator_id,
                partner_id=command.partner_id,
            ),
        )

    async def _learn_of_market(
        self,
        market: str,
        decide: Callable[[Market], None],
        command: c.LearnMarket | c.LearnMarketHeld | c.LearnRule,
    ) -> Market:
        return await self._markets.learn(
            market,
            decide,
            command=command,
            start=lambda stream: Market(id=stream, market=market),
        )
