"""Reservation: what an order claims of the stock, all its lines or none, until it is settled."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from libs.domain import Aggregate, Started, derived_id, event
from services.warehouse.domain.goods import Parcel, Units, take

HOLD_CAP = timedelta(minutes=30)
"""A hold that is extended, however often, keeps unpaid goods from other buyers no longer than this;
only a market that asks for longer holds from the first has them."""


class ReservationState(StrEnum):
    OPENED = "OPENED"
    HELD = "HELD"
    REJECTED = "REJECTED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"
    CONFIRMED = "CONFIRMED"
    FAILED = "FAILED"
    DEALLOCATED = "DEALLOCATED"


def reservation_id(order_id: UUID, attempt: int) -> UUID:
    return derived_id("reservation", order_id, attempt)


def fulfilment_order_id(reservation_id: UUID, *, node_id: str, owner_id: str) -> UUID:
    return derived_id("fulfilment-order", reservation_id, node_id, owner_id)


class Reservation(Aggregate):
    """Keyed by order and attempt, so that a claim can neither be made twice nor after its release.

    Messages may overtake each other: a release that comes first opens the reservation itself and
    leaves it RELEASED, and the reserve that comes late finds it decided.
    """

    TOPIC = "warehouse.Reservation"

    order_id: UUID
    attempt: int
    state: ReservationState
    currency: str
    parcels: tuple[Parcel, ...]
    shortages: tuple[Units, ...]
    expires_at: datetime | None
    fulfilment_order_ids: tuple[UUID, ...]
    allocated: int

    class Opened(Started):
        TOPIC = "warehouse.Reservation.Opened"
        order_id: UUID
        attempt: int

    class Held(Aggregate.Event):
        TOPIC = "warehouse.Reservation.Held"
        order_id: UUID
        attempt: int
        currency: str
        parcels: tuple[Parcel, ...]
        expires_at: datetime

    class Rejected(Aggregate.Event):
        TOPIC = "warehouse.Reservation.Rejected"
        order_id: UUID
        attempt: int
        shortages: tuple[Units, ...]

    class Extended(Aggregate.Event):
        TOPIC = "warehouse.Reservation.Extended"
        expires_at: datetime

    class Secured(Aggregate.Event):
        TOPIC = "warehouse.Reservation.Secured"

    class Reduced(Aggregate.Event):
        TOPIC = "warehouse.Reservation.Reduced"
        parcels: tuple[Parcel, ...]

    class Released(Aggregate.Event):
        TOPIC = "warehouse.Reservation.Released"

    class Expired(Aggregate.Event):
        TOPIC = "warehouse.Reservation.Expired"
        order_id: UUID
        attempt: int

    class Confirmed(Aggregate.Event):
        TOPIC = "warehouse.Reservation.Confirmed"
        order_id: UUID
        attempt: int
        fulfilment_order_ids: tuple[UUID, ...]

    class AllocationFailed(Aggregate.Event):
        TOPIC = "warehouse.Reservation.AllocationFailed"
        order_id: UUID
        attempt: int
        shortages: tuple[Units, ...]

    class Deallocated(Aggregate.Event):
        TOPIC = "warehouse.Reservation.Deallocated"
        order_id: UUID
        units: tuple[Units, ...]

    @event(Opened)
    def __init__(self, *, id: UUID, order_id: UUID, attempt: int) -> None:
        self.order_id = order_id
        self.attempt = attempt
        self.state = ReservationState.OPENED
        self.currency = ""
        self.parcels = ()
        self.shortages = ()
        self.expires_at = None
        self.fulfilment_order_ids = ()
        self.allocated = 0

    @classmethod
    def opened(cls, order_id: UUID, attempt: int) -> "Reservation":
        return cls(id=reservation_id(order_id, attempt), order_id=order_id, attempt=attempt)

    @property
    def due(self) -> datetime | None:
        return self.expires_at if self.state == ReservationState.HELD else None

    def fall_due(self, now: datetime) -> None:
        if self.due is not None and self.due <= now:
            self._expired(self.order_id, self.attempt)

    @property
    def undecided(self) -> bool:
        return self.state == ReservationState.OPENED

    @property
    def held(self) -> tuple[Parcel, ...]:
        return self.parcels if self.state == ReservationState.HELD else ()

    @property
    def lapsed(self) -> tuple[Parcel, ...]:
        """What was held when time ran out: its claims on the stock are to be freed."""
        over = self.state in (ReservationState.EXPIRED, ReservationState.FAILED)
        return self.parcels if over else ()

    def hold(self, parcels: tuple[Parcel, ...], *, currency: str, until: datetime) -> None:
        if self.undecided:
            self._held(self.order_id, self.attempt, currency, parcels, until)

    def reject(self, shortages: tuple[Units, ...]) -> None:
        if self.undecided:
            self._rejected(self.order_id, self.attempt, shortages)

    @property
    def cap(self) -> datetime:
        return self.created_on + HOLD_CAP

    def extend(self, until: datetime) -> None:
        until = min(until, self.cap)
        if self.due is not None and self.due < until:
            self._extended(until)

    def secure(self) -> None:
        """The order is paid: its goods no longer run out, however long it is held back."""
        if self.due is not None:
            self._secured()

    def release(self, asked: Mapping[str, int] | None = None) -> None:
        """Give back what is held, or some units of it by line id.

        Before there is a hold, all of it leaves a tombstone that refuses the hold when it comes.
        """
        if asked is None:
            if self.state in (ReservationState.OPENED, ReservationState.HELD):
                self._released()
        elif left := self._less(asked):
            if left != self.held:
                self._reduced(left)
        elif self.held:
            self._released()

    def confirm(self) -> None:
        """The goods are the order's: a fulfilment order carries each parcel from here on."""
        if self.held:
            ids = tuple(
                fulfilment_order_id(self.id, node_id=parcel.node_id, owner_id=parcel.owner_id)
                for parcel in self.held
            )
            self._confirmed(self.order_id, self.attempt, ids)

    def fail_allocation(self) -> None:
        """The order was paid after all, but its hold had run out and its goods were given back."""
        if self.state == ReservationState.EXPIRED:
            shortages = tuple(line.units() for parcel in self.parcels for line in parcel.lines)
            self._allocation_failed(self.order_id, self.attempt, shortages)

    def deallocate(self, units: tuple[Units, ...]) -> None:
        """Units were taken out of the order's parcels before those left."""
        if units:
            self._deallocated(self.order_id, units)

    def _less(self, asked: Mapping[str, int]) -> tuple[Parcel, ...]:
        rest = Counter(asked)
        parcels = [parcel.without(take(parcel.lines, rest)) for parcel in self.held]
        return tuple(parcel for parcel in parcels if parcel.lines)

    @event(Held)
    def _held(
        self,
        order_id: UUID,
        attempt: int,
        currency: str,
        parcels: tuple[Parcel, ...],
        expires_at: datetime,
    ) -> None:
        self.state = ReservationState.HELD
        self.currency = currency
        self.parcels = parcels
        self.expires_at = expires_at

    @event(Rejected)
    def _rejected(self, order_id: UUID, attempt: int, shortages: tuple[Units, ...]) -> None:
        self.state = ReservationState.REJECTED
        self.shortages = shortages

    @event(Extended)
    def _extended(self, expires_at: datetime) -> None:
        self.expires_at = expires_at

    @event(Secured)
    def _secured(self) -> None:
        self.expires_at = None

    @event(Reduced)
    def _reduced(self, parcels: tuple[Parcel, ...]) -> None:
        self.parcels = parcels

    @event(Released)
    def _released(self) -> None:
        self.state = ReservationState.RELEASED

    @event(Expired)
    def _expired(self, order_id: UUID, attempt: int) -> None:
        self.state = ReservationState.EXPIRED

    @event(Confirmed)
    def _confirmed(
        self, order_id: UUID, attempt: int, fulfilment_order_ids: tuple[UUID, ...]
    ) -> None:
        self.state = ReservationState.CONFIRMED
        self.fulfilment_order_ids = fulfilment_order_ids
        self.allocated = sum(line.quantity for parcel in self.parcels for line in parcel.lines)
        self.parcels = ()
        self.expires_at = None

    @event(AllocationFailed)
    def _allocation_failed(
        self, order_id: UUID, attempt: int, shortages: tuple[Units, ...]
    ) -> None:
        self.state = ReservationState.FAILED
        self.shortages = shortages

    @event(Deallocated)
    def _deallocated(self, order_id: UUID, units: tuple[Units, ...]) -> None:
        self.allocated -= sum(part.quantity for part in units)
        if not self.allocated:
            self.state = ReservationState.DEALLOCATED
