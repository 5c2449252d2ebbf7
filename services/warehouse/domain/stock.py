"""Stock: what of a SKU one owner has at one node, and what of it is promised."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID

from libs.domain import Aggregate, RuleViolated, Started, derived_id, event
from services.warehouse.domain.goods import Parcel


class NotFree(RuleViolated):
    """More would be taken than is free: the rest is promised, or not there in that condition."""


class Condition(StrEnum):
    """What goods are fit for."""

    SELLABLE = "SELLABLE"
    QUARANTINED = "QUARANTINED"
    UNSELLABLE = "UNSELLABLE"


class Cause(StrEnum):
    """Why a count changes."""

    RECEIVED = "RECEIVED"
    COUNT = "COUNT"
    DAMAGE = "DAMAGE"
    RETURN = "RETURN"
    WRITE_OFF = "WRITE_OFF"
    REGRADE = "REGRADE"


def stock_item_id(*, sku: str, node_id: str, owner_id: str) -> UUID:
    # The SKU comes last because it alone may contain the separator.
    return derived_id("stock-item", node_id, owner_id, sku)


def units_by_item(parcels: Iterable[Parcel]) -> Counter[UUID]:
    """What the parcels take of each stock item; lines of the same goods take together."""
    units = Counter[UUID]()
    for parcel in parcels:
        for line in parcel.lines:
            item = stock_item_id(sku=line.sku, node_id=parcel.node_id, owner_id=parcel.owner_id)
            units[item] += line.quantity
    return units


class StockItem(Aggregate):
    """Units promised never exceed units fit to be sold: on_hand - quarantined - unsellable.

    What is promised may be reserved, allocated or picked. Going from one to the next moves no
    unit, so the reservation and the fulfilment order tell it, once for all their lines, and the
    stock item records only the claim, and how the claim ends.
    """

    TOPIC = "warehouse.StockItem"
    CONTENDED = True

    sku: str
    node_id: str
    owner_id: str
    on_hand: int
    quarantined: int
    unsellable: int
    promised: int
    claims: dict[UUID, int]

    class Stocked(Started):
        TOPIC = "warehouse.StockItem.Stocked"
        sku: str
        node_id: str
        owner_id: str

    class Adjusted(Aggregate.Event):
        TOPIC = "warehouse.StockItem.Adjusted"
        sku: str
        node_id: str
        owner_id: str
        delta: int
        cause: Cause
        condition: Condition
        on_hand: int

    class Reserved(Aggregate.Event):
        TOPIC = "warehouse.StockItem.Reserved"
        reservation_id: UUID
        quantity: int

    class Released(Aggregate.Event):
        TOPIC = "warehouse.StockItem.Released"
        reservation_id: UUID
        quantity: int

    class Shipped(Aggregate.Event):
        TOPIC = "warehouse.StockItem.Shipped"
        reservation_id: UUID
        quantity: int

    @event(Stocked)
    def __init__(self, *, id: UUID, sku: str, node_id: str, owner_id: str) -> None:
        self.sku = sku
        self.node_id = node_id
        self.owner_id = owner_id
        self.on_hand = 0
        self.quarantined = 0
        self.unsellable = 0
        self.promised = 0
        self.claims = {}

    @classmethod
    def of(cls, *, sku: str, node_id: str, owner_id: str) -> "StockItem":
        return cls(
            id=stock_item_id(sku=sku, node_id=node_id, owner_id=owner_id),
            sku=sku,
            node_id=node_id,
            owner_id=owner_id,
        )

    @property
    def available(self) -> int:
        return self.on_hand - self.quarantined - self.unsellable - self.promised

    def adjust(self, delta: int, *, cause: Cause, condition: Condition) -> None:
        free = {
            Condition.SELLABLE: self.available,
            Condition.QUARANTINED: self.quarantined,
            Condition.UNSELLABLE: self.unsellable,
        }[condition]
        if free + delta < 0:
            raise NotFree(
                f"{-delta} of {self.sku} would be taken at {self.node_id}, {free} are free",
                field="delta",
            )
        self._adjusted(
            sku=self.sku,
            node_id=self.node_id,
            owner_id=self.owner_id,
            delta=delta,
            cause=cause,
            condition=condition,
            on_hand=self.on_hand + delta,
        )

    def reserve(self, reservation_id: UUID, quantity: int) -> None:
        if not 0 < quantity <= self.available:
            raise NotFree(f"{quantity} of {self.sku} asked, {self.available} free")
        self._reserved(reservation_id, quantity)

    def release(self, reservation_id: UUID, quantity: int) -> None:
        """Free what was claimed; what is not claimed any more is free already."""
        if claimed := min(quantity, self.claims.get(reservation_id, 0)):
            self._released(reservation_id, claimed)

    def ship(self, reservation_id: UUID, quantity: int) -> None:
        claimed = self.claims.get(reservation_id, 0)
        assert 0 < quantity <= claimed, f"{quantity} of {self.sku} leave, {claimed} are claimed"
        self._shipped(reservation_id, quantity)

    @event(Adjusted)
    def _adjusted(
        self,
        sku: str,
        node_id: str,
        owner_id: str,
        delta: int,
        cause: Cause,
        condition: Condition,
        on_hand: int,
    ) -> None:
        self.on_hand = on_hand
        if condition == Condition.QUARANTINED:
            self.quarantined += delta
        elif condition == Condition.UNSELLABLE:
            self.unsellable += delta

    @event(Reserved)
    def _reserved(self, reservation_id: UUID, quantity: int) -> None:
        self.claims[reservation_id] = self.claims.get(reservation_id, 0) + quantity
        self.promised += quantity

    @event(Released)
    def _released(self, reservation_id: UUID, quantity: int) -> None:
        self._settle(reservation_id, quantity)

    @event(Shipped)
    def _shipped(self, reservation_id: UUID, quantity: int) -> None:
        self._settle(reservation_id, quantity)
        self.on_hand -= quantity

    def _settle(self, reservation_id: UUID, quantity: int) -> None:
        self.promised -= quantity
        self.claims[reservation_id] -= quantity
        if not self.claims[reservation_id]:
            del self.claims[reservation_id]
