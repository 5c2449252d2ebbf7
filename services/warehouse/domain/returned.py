"""Returned goods: announced by an approved return, received at a node, put away as stock."""

from enum import StrEnum
from uuid import UUID

from libs.domain import Aggregate, RuleViolated, Started, event
from services.warehouse.domain.goods import OutOfSequence
from services.warehouse.domain.stock import Condition


class MoreThanExpected(RuleViolated):
    """More units came than the approved return announces."""


class NotReceived(RuleViolated):
    """More units would be put away than were received."""


class ReturnState(StrEnum):
    EXPECTED = "EXPECTED"
    RECEIVED = "RECEIVED"
    PUT_AWAY = "PUT_AWAY"


class ExpectedReturn(Aggregate):
    """The units of one return case; its id is the case's."""

    TOPIC = "warehouse.ExpectedReturn"

    order_id: UUID
    line_id: str
    sku: str
    owner_id: str
    expected: int
    received: int
    put_away_units: int
    node_id: str
    state: ReturnState

    class Announced(Started):
        TOPIC = "warehouse.ExpectedReturn.Announced"
        order_id: UUID
        line_id: str
        sku: str
        owner_id: str
        expected: int

    class Received(Aggregate.Event):
        TOPIC = "warehouse.ExpectedReturn.Received"
        order_id: UUID
        line_id: str
        quantity: int
        node_id: str

    class PutAway(Aggregate.Event):
        TOPIC = "warehouse.ExpectedReturn.PutAway"
        quantity: int
        condition: Condition

    @event(Announced)
    def __init__(
        self, *, id: UUID, order_id: UUID, line_id: str, sku: str, owner_id: str, expected: int
    ) -> None:
        self.order_id = order_id
        self.line_id = line_id
        self.sku = sku
        self.owner_id = owner_id
        self.expected = expected
        self.received = 0
        self.put_away_units = 0
        self.node_id = ""
        self.state = ReturnState.EXPECTED

    @property
    def waiting(self) -> int:
        """Units received that are not stock yet."""
        return self.received - self.put_away_units

    def receive(self, quantity: int, *, node_id: str) -> None:
        """What comes back comes in one parcel, to one node."""
        if (self.received, self.node_id) == (quantity, node_id):
            return
        if self.state != ReturnState.EXPECTED:
            raise OutOfSequence(f"{self.received} units were received at {self.node_id} already")
        if quantity > self.expected:
            raise MoreThanExpected(f"{quantity} came, {self.expected} expected", field="quantity")
        self._received(self.order_id, self.line_id, quantity, node_id)

    def put_away(self, quantity: int, condition: Condition) -> None:
        if quantity > self.waiting:
            raise NotReceived(f"{quantity} to put away, {self.waiting} wait", field="quantity")
        self._put_away(quantity, condition)

    @event(Received)
    def _received(self, order_id: UUID, line_id: str, quantity: int, node_id: str) -> None:
        self.received = quantity
        self.node_id = node_id
        self.state = ReturnState.RECEIVED

    @event(PutAway)
    def _put_away(self, quantity: int, condition: Condition) -> None:
        self.put_away_units += quantity
        if self.put_away_units == self.received:
            self.state = ReturnState.PUT_AWAY
