"""Fulfilment: what one node ships of one owner's goods to one order, step by step to the buyer."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from libs.domain import Aggregate, Started, derived_id, event
from services.warehouse.domain.goods import Line, OutOfSequence, Parcel, Units, take, without
from services.warehouse.domain.network import RateCard
from services.warehouse.domain.reservation import fulfilment_order_id


class FulfilmentState(StrEnum):
    PLANNED = "PLANNED"
    PICKING = "PICKING"
    PICKED = "PICKED"
    PACKED = "PACKED"
    HANDED_OVER = "HANDED_OVER"
    IN_TRANSIT = "IN_TRANSIT"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    LOST = "LOST"
    CANCELLED = "CANCELLED"


_STEPS = (
    FulfilmentState.PLANNED,
    FulfilmentState.PICKING,
    FulfilmentState.PICKED,
    FulfilmentState.PACKED,
    FulfilmentState.HANDED_OVER,
)
_INSIDE = _STEPS[:-1]
_ARRIVED = (FulfilmentState.DELIVERED, FulfilmentState.LOST)


class Report(StrEnum):
    """What a carrier says of a parcel."""

    IN_TRANSIT = "IN_TRANSIT"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    LOST = "LOST"


@dataclass(frozen=True, slots=True)
class Carriage:
    """What carrying and handling one line costs, in minor units of the order's currency."""

    line_id: str
    quantity: int
    carriage_charged: int
    carriage_cost: int
    handling_cost: int
    duty: int


class FulfilmentOrder(Aggregate):
    """One parcel. A step that is behind it already changes nothing when it is reported again."""

    TOPIC = "warehouse.FulfilmentOrder"

    order_id: UUID
    reservation_id: UUID
    node_id: str
    owner_id: str
    currency: str
    lines: tuple[Line, ...]
    state: FulfilmentState
    carrier: str
    tracking_number: str

    class Planned(Started):
        TOPIC = "warehouse.FulfilmentOrder.Planned"
        order_id: UUID
        reservation_id: UUID
        node_id: str
        owner_id: str
        currency: str
        lines: tuple[Line, ...]

    class PickingStarted(Aggregate.Event):
        TOPIC = "warehouse.FulfilmentOrder.PickingStarted"
        order_id: UUID
        units: tuple[Units, ...]

    class Picked(Aggregate.Event):
        TOPIC = "warehouse.FulfilmentOrder.Picked"

    class Packed(Aggregate.Event):
        TOPIC = "warehouse.FulfilmentOrder.Packed"

    class TakenOut(Aggregate.Event):
        TOPIC = "warehouse.FulfilmentOrder.TakenOut"
        units: tuple[Units, ...]

    class Cancelled(Aggregate.Event):
        TOPIC = "warehouse.FulfilmentOrder.Cancelled"

    class HandedOver(Aggregate.Event):
        TOPIC = "warehouse.FulfilmentOrder.HandedOver"
        order_id: UUID
        package_id: UUID
        carrier: str
        tracking_number: str
        currency: str
        lines: tuple[Carriage, ...]

    class Departed(Aggregate.Event):
        TOPIC = "warehouse.FulfilmentOrder.Departed"

    class Delivered(Aggregate.Event):
        TOPIC = "warehouse.FulfilmentOrder.Delivered"
        order_id: UUID
        package_id: UUID
        units: tuple[Units, ...]

    class DeliveryFailed(Aggregate.Event):
        TOPIC = "warehouse.FulfilmentOrder.DeliveryFailed"
        order_id: UUID
        package_id: UUID
        failure_code: str

    class Lost(Aggregate.Event):
        TOPIC = "warehouse.FulfilmentOrder.Lost"
        order_id: UUID
        package_id: UUID
        units: tuple[Units, ...]

    @event(Planned)
    def __init__(
        self,
        *,
        id: UUID,
        order_id: UUID,
        reservation_id: UUID,
        node_id: str,
        owner_id: str,
        currency: str,
        lines: tuple[Line, ...],
    ) -> None:
        self.order_id = order_id
        self.reservation_id = reservation_id
        self.node_id = node_id
        self.owner_id = owner_id
        self.currency = currency
        self.lines = lines
        self.state = FulfilmentState.PLANNED
        self.carrier = ""
        self.tracking_number = ""

    @classmethod
    def of(
        cls, parcel: Parcel, *, order_id: UUID, reservation_id: UUID, currency: str
    ) -> "FulfilmentOrder":
        return cls(
            id=fulfilment_order_id(
                reservation_id, node_id=parcel.node_id, owner_id=parcel.owner_id
            ),
            order_id=order_id,
            reservation_id=reservation_id,
            node_id=parcel.node_id,
            owner_id=parcel.owner_id,
            currency=currency,
            lines=parcel.lines,
        )

    @property
    def package_id(self) -> UUID:
        return derived_id("package", self.id)

    @property
    def here(self) -> tuple[Parcel, ...]:
        """What is still in the building, as long as it is."""
        inside = self.state in _INSIDE
        return (Parcel(self.node_id, self.owner_id, self.lines),) if inside else ()

    def start_picking(self) -> None:
        if self._is_next(FulfilmentState.PICKING):
            self._picking_started(self.order_id, self._units())

    def confirm_pick(self) -> None:
        if self._is_next(FulfilmentState.PICKED):
            self._picked()

    def confirm_pack(self) -> None:
        if self._is_next(FulfilmentState.PACKED):
            self._packed()

    def hand_over(self, *, carrier: str, tracking_number: str, card: RateCard) -> None:
        if self._is_next(FulfilmentState.HANDED_OVER):
            self._handed_over(
                self.order_id,
                self.package_id,
                carrier,
                tracking_number,
                self.currency,
                self._carriage(card),
            )

    def take_out(self, asked: Counter[str] | None = None) -> tuple[Units, ...]:
        """Take out all, or units by line id of which `asked` keeps those that are not here.

        Once a refund is decided goods that are still here do not leave, even out of a packed box.
        """
        if asked is None:
            asked = Counter({line.line_id: line.quantity for line in self.lines})
        units = tuple(take(self.lines, asked)) if self.here else ()
        if units:
            self._taken_out(units)
            if not self.lines:
                self._cancelled()
        return units

    def track(self, report: Report, *, failure_code: str = "") -> None:
        """A report that says nothing new, or comes after the journey's end, changes nothing."""
        if self.state in _INSIDE or self.state == FulfilmentState.CANCELLED:
            raise OutOfSequence(f"the parcel is {self.state}: no carrier has it")
        if self.state in _ARRIVED or self.state == FulfilmentState(report):
            return
        match report:
            case Report.IN_TRANSIT:
                self._departed()
            case Report.DELIVERED:
                self._delivered(self.order_id, self.package_id, self._units())
            case Report.FAILED:
                self._delivery_failed(self.order_id, self.package_id, failure_code)
            case Report.LOST:
                self._lost(self.order_id, self.package_id, self._units())

    def _is_next(self, step: FulfilmentState) -> bool:
        """Whether the step is still to be done; refuses one whose turn has not come."""
        place = _STEPS.index(step)
        if self.state == _STEPS[place - 1]:
            return True
        if self.state == FulfilmentState.CANCELLED or self.state in _STEPS[:place]:
            raise OutOfSequence(f"{step} does not follow {self.state}")
        return False

    def _units(self) -> tuple[Units, ...]:
        return tuple(line.units() for line in self.lines)

    def _carriage(self, card: RateCard) -> tuple[Carriage, ...]:
        weights = [line.weight_grams for line in self.lines]
        if not any(weights):
            # Nobody weighed them: the parcel's costs are shared by units.
            weights = [line.quantity for line in self.lines]
        rates = (card.carriage_charged, card.carriage_cost, card.handling_cost, card.duty)
        costs = zip(*(rate.over(weights) for rate in rates), strict=True)
        return tuple(
            Carriage(line.line_id, line.quantity, *cost)
            for line, cost in zip(self.lines, costs, strict=True)
        )

    @event(PickingStarted)
    def _picking_started(self, order_id: UUID, units: tuple[Units, ...]) -> None:
        self.state = FulfilmentState.PICKING

    @event(Picked)
    def _picked(self) -> None:
        self.state = FulfilmentState.PICKED

    @event(Packed)
    def _packed(self) -> None:
        self.state = FulfilmentState.PACKED

    @event(TakenOut)
    def _taken_out(self, units: tuple[Units, ...]) -> None:
        self.lines = without(self.lines, units)

    @event(Cancelled)
    def _cancelled(self) -> None:
        self.state = FulfilmentState.CANCELLED

    @event(HandedOver)
    def _handed_over(
        self,
        order_id: UUID,
        package_id: UUID,
        carrier: str,
        tracking_number: str,
        currency: str,
        lines: tuple[Carriage, ...],
    ) -> None:
        self.state = FulfilmentState.HANDED_OVER
        self.carrier = carrier
        self.tracking_number = tracking_number

    @event(Departed)
    def _departed(self) -> None:
        self.state = FulfilmentState.IN_TRANSIT

    @event(Delivered)
    def _delivered(self, order_id: UUID, package_id: UUID, units: tuple[Units, ...]) -> None:
        self.state = FulfilmentState.DELIVERED

    @event(DeliveryFailed)
    def _delivery_failed(self, order_id: UUID, package_id: UUID, failure_code: str) -> None:
        self.state = FulfilmentState.FAILED

    @event(Lost)
    def _lost(self, order_id: UUID, package_id: UUID, units: tuple[Units, ...]) -> None:
        self.state = FulfilmentState.LOST
