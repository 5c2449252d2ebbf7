"""The network: the nodes goods are shipped from, and what each charges for a parcel.

Nodes are few and change rarely, while every reservation asks for all of them: so they share one
stream, and whoever asks gets them all as one value.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from libs.domain import Aggregate, NotFound, RuleViolated, Started, derived_id, event
from libs.money import allocate

NETWORK_ID = derived_id("network")


class NodeExists(RuleViolated):
    """A node of this id is open already."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Minor units for a parcel, divided over its lines, and for each of its lines."""

    per_parcel: int = 0
    per_line: int = 0

    def over(self, weights: Sequence[int]) -> list[int]:
        """What each line bears of a parcel whose lines weigh this much."""
        return [part + self.per_line for part in allocate(self.per_parcel, weights)]


FREE = Rate()


@dataclass(frozen=True, slots=True)
class RateCard:
    """What a parcel costs, for orders of one currency."""

    currency: str
    carriage_charged: Rate = FREE
    carriage_cost: Rate = FREE
    handling_cost: Rate = FREE
    duty: Rate = FREE


@dataclass(frozen=True, slots=True)
class Node:
    """A building that goods are stored in and shipped from."""

    node_id: str
    title: str
    country: str
    cards: tuple[RateCard, ...] = ()

    def card(self, currency: str) -> RateCard:
        """The card for orders of this currency; a node without one costs nothing."""
        return next((card for card in self.cards if card.currency == currency), RateCard(currency))

    def with_card(self, card: RateCard) -> "Node":
        others = (other for other in self.cards if other.currency != card.currency)
        return replace(self, cards=(*others, card))


@dataclass(frozen=True, slots=True)
class Directory:
    """All nodes, as they are at one moment."""

    nodes: tuple[Node, ...] = ()

    def node(self, node_id: str) -> Node:
        for node in self.nodes:
            if node.node_id == node_id:
                return node
        raise NotFound(f"there is no node {node_id}", field="node")

    def has(self, node_id: str) -> bool:
        return any(node.node_id == node_id for node in self.nodes)

    def serving(self, country: str) -> list[str]:
        """All nodes, those in the country first: a parcel that crosses no border is cheaper."""
        nodes = sorted(self.nodes, key=lambda node: (node.country != country, node.node_id))
        return [node.node_id for node in nodes]

    def with_node(self, node: Node) -> "Directory":
        others = (other for other in self.nodes if other.node_id != node.node_id)
        return Directory(tuple(sorted((*others, node), key=lambda node: node.node_id)))


class Network(Aggregate):
    TOPIC = "warehouse.Network"

    directory: Directory

    class Founded(Started):
        TOPIC = "warehouse.Network.Founded"

    class NodeOpened(Aggregate.Event):
        TOPIC = "warehouse.Network.NodeOpened"
        node_id: str
        title: str
        country: str

    class RateCardSet(Aggregate.Event):
        TOPIC = "warehouse.Network.RateCardSet"
        node_id: str
        card: RateCard

    @event(Founded)
    def __init__(self, *, id: UUID) -> None:
        self.directory = Directory()

    def open_node(self, node_id: str, *, title: str, country: str) -> None:
        if self.directory.has(node_id):
            raise NodeExists(f"node {node_id} is open already", field="node_id")
        self._node_opened(node_id, title, country)

    def set_rate_card(self, node_id: str, card: RateCard) -> None:
        if self.directory.node(node_id).card(card.currency) != card:
            self._rate_card_set(node_id, card)

    @event(NodeOpened)
    def _node_opened(self, node_id: str, title: str, country: str) -> None:
        self.directory = self.directory.with_node(Node(node_id, title, country))

    @event(RateCardSet)
    def _rate_card_set(self, node_id: str, card: RateCard) -> None:
        self.directory = self.directory.with_node(self.directory.node(node_id).with_card(card))
