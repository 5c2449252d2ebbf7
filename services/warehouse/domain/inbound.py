"""Inbound: what an owner announces to a node, and what of it is counted into stock."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from libs.domain import Aggregate, NotFound, RuleViolated, Started, event
from services.warehouse.domain.goods import OutOfSequence


class NotOnPlan(RuleViolated):
    """The SKU was not announced by this plan."""


class InboundState(StrEnum):
    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    SHIPPED = "SHIPPED"
    CHECKED_IN = "CHECKED_IN"
    RECEIVING = "RECEIVING"
    CLOSED_CLEAN = "CLOSED_CLEAN"
    CLOSED_DISCREPANT = "CLOSED_DISCREPANT"
    VOIDED = "VOIDED"


@dataclass(frozen=True, slots=True)
class SkuUnits:
    """So many units of a SKU."""

    sku: str
    quantity: int


def merged(lines: Iterable[SkuUnits]) -> tuple[SkuUnits, ...]:
    """One line a SKU, in the order of the SKUs."""
    total = Counter[str]()
    for line in lines:
        total[line.sku] += line.quantity
    return tuple(SkuUnits(sku, quantity) for sku, quantity in sorted(total.items()))


class InboundPlan(Aggregate):
    TOPIC = "warehouse.InboundPlan"

    node_id: str
    owner_id: str
    state: InboundState
    expected: dict[str, int]
    received: dict[str, int]

    class Drafted(Started):
        TOPIC = "warehouse.InboundPlan.Drafted"
        node_id: str
        owner_id: str
        lines: tuple[SkuUnits, ...]

    class Activated(Aggregate.Event):
        TOPIC = "warehouse.InboundPlan.Activated"

    class Shipped(Aggregate.Event):
        TOPIC = "warehouse.InboundPlan.Shipped"

    class CheckedIn(Aggregate.Event):
        TOPIC = "warehouse.InboundPlan.CheckedIn"

    class Received(Aggregate.Event):
        TOPIC = "warehouse.InboundPlan.Received"
        lines: tuple[SkuUnits, ...]

    class Closed(Aggregate.Event):
        TOPIC = "warehouse.InboundPlan.Closed"
        clean: bool

    class Voided(Aggregate.Event):
        TOPIC = "warehouse.InboundPlan.Voided"

    @event(Drafted)
    def __init__(
        self, *, id: UUID, node_id: str, owner_id: str, lines: tuple[SkuUnits, ...]
    ) -> None:
        self.node_id = node_id
        self.owner_id = owner_id
        self.state = InboundState.DRAFT
        self.expected = {line.sku: line.quantity for line in lines}
        self.received = {}

    def must_belong_to(self, merchant_id: str | None) -> None:
        """A merchant sees their own plans only; without one the platform acts."""
        if merchant_id not in (None, self.owner_id):
            raise NotFound(f"there is no inbound plan {self.id}", field="name")

    def activate(self) -> None:
        self._follows(InboundState.DRAFT)
        self._activated()

    def ship(self) -> None:
        self._follows(InboundState.ACTIVE)
        self._shipped()

    def check_in(self) -> None:
        self._follows(InboundState.SHIPPED)
        self._checked_in()

    def receive(self, lines: Sequence[SkuUnits]) -> None:
        """Count goods in; more or fewer than announced is a discrepancy, not a refusal."""
        self._follows(InboundState.CHECKED_IN, InboundState.RECEIVING)
        if unknown := sorted({line.sku for line in lines} - self.expected.keys()):
            raise NotOnPlan(f"not announced: {', '.join(unknown)}", field="lines")
        self._received(merged(lines))

    def close(self) -> None:
        self._follows(InboundState.CHECKED_IN, InboundState.RECEIVING)
        self._closed(self.received == self.expected)

    def void(self) -> None:
        self._follows(
            InboundState.DRAFT, InboundState.ACTIVE, InboundState.SHIPPED, InboundState.CHECKED_IN
        )
        self._voided()

    def _follows(self, *states: InboundState) -> None:
        if self.state not in states:
            raise OutOfSequence(f"the plan is {self.state}, not {' or '.join(states)}")

    @event(Activated)
    def _activated(self) -> None:
        self.state = InboundState.ACTIVE

    @event(Shipped)
    def _shipped(self) -> None:
        self.state = InboundState.SHIPPED

    @event(CheckedIn)
    def _checked_in(self) -> None:
        self.state = InboundState.CHECKED_IN

    @event(Received)
    def _received(self, lines: tuple[SkuUnits, ...]) -> None:
        self.state = InboundState.RECEIVING
        for line in lines:
            self.received[line.sku] = self.received.get(line.sku, 0) + line.quantity

    @event(Closed)
    def _closed(self, clean: bool) -> None:
        self.state = InboundState.CLOSED_CLEAN if clean else InboundState.CLOSED_DISCREPANT

    @event(Voided)
    def _voided(self) -> None:
        self.state = InboundState.VOIDED
