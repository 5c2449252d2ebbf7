"""The streams that one order has left in the stores of the services."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import asyncpg
import msgspec
from eventsourcing.persistence import StoredEvent

from libs.domain import Aggregate, derived_id
from libs.eventstore.facts import event_id
from libs.eventstore.mapper import FactMapper
from libs.runtime.cause import Cause
from services.order.domain import Order
from services.payment.domain import Payment
from services.returns.domain import OrderReturns
from services.warehouse.domain import FulfilmentOrder, Reservation
from services.warehouse.domain.reservation import reservation_id

A = TypeVar("A", bound=Aggregate)

_STREAMS = """
    select stream_id, version, topic, payload, meta, recorded_at from fact
    where stream_id = any($1) order by stream_id, version
"""
_PARKED = """
    select topic, error from parked where key = any($1) and error not like 'waits behind%'
    order by id
"""
_decode_cause = msgspec.json.Decoder(Cause).decode


class Told(NamedTuple):
    """A fact, and what its store knows of it."""

    service: str
    fact: Any  # Of any aggregate.
    cause: Cause
    recorded_at: datetime

    @property
    def event_id(self) -> str:
        return str(event_id(self.fact.originator_id, self.fact.originator_version))


class Stuck(NamedTuple):
    """A message about the order that a service could not handle."""

    service: str
    topic: str
    error: str


@dataclass(slots=True)
class Life:
    """All that is known of one order."""

    told: list[Told] = field(default_factory=list)
    aggregates: dict[UUID, Aggregate] = field(default_factory=dict)
    stuck: list[Stuck] = field(default_factory=list)

    def all(self, kind: type[A]) -> list[A]:
        return [it for it in self.aggregates.values() if isinstance(it, kind)]


class Stores:
    """The databases of the services."""

    def __init__(self, databases: Mapping[str, str]) -> None:
        self._databases = databases

    async def life(self, order_id: UUID) -> Life:
        """Ids follow from ids, so that nothing has to be searched for."""
        life = Life()
        await self._read("order", [order_id], life)
        for order in life.all(Order):
            attempts = range(1, order.payment_attempt + 1)
            payments = [derived_id("payment", order_id, number) for number in attempts]
            reservations = [reservation_id(order_id, n) for n in range(1, order.attempt + 1)]
            await self._read("payment", payments, life)
            await self._read("warehouse", reservations, life)
            await self._read("returns", [order_id], life)
            parcels = [id for it in life.all(Reservation) for id in it.fulfilment_order_ids]
            cases = [id for it in life.all(OrderReturns) for id in it.cases]
            await self._read("warehouse", [*parcels, *cases], life)
            await self._read("ledger", [order_id], life)
            await self._parked([order_id, *payments], life)
        return life

    async def _read(self, service: str, streams: Sequence[UUID], life: Life) -> None:
        mapper = FactMapper(_kinds(service))
        connection = await asyncpg.connect(self._databases[service])
        try:
            rows = await connection.fetch(_STREAMS, list(streams))
        finally:
            await connection.close()
        aggregates: dict[UUID, Any] = {}
        for id, version, topic, payload, meta, recorded_at in rows:
            fact: Any = mapper.to_domain_event(StoredEvent(id, version, topic, payload))
            life.told.append(Told(service, fact, _decode_cause(meta), recorded_at))
            aggregates[id] = fact.mutate(aggregates.get(id))
        # A service's stream of an order has the order's own id: keep them apart by kind.
        for id, aggregate in aggregates.items():
            life.aggregates[derived_id(service, id)] = aggregate

    async def _parked(self, keys: Iterable[UUID], life: Life) -> None:
        wanted = [str(key).encode() for key in keys]
        for service, database in self._databases.items():
            connection = await asyncpg.connect(database)
            try:
                rows = await connection.fetch(_PARKED, wanted)
            finally:
                await connection.close()
            life.stuck += [Stuck(service, topic, error) for topic, error in rows]


def _kinds(service: str) -> Sequence[type[Aggregate]]:
    kinds: Sequence[type[Aggregate]] = import_module(f"services.{service}.wiring").KINDS
    return kinds


__all__ = ["FulfilmentOrder", "Life", "Payment", "Stores", "Stuck", "Told"]
