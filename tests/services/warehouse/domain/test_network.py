"""The nodes and what their parcels cost."""

import pytest

from libs.domain import NotFound
from libs.testing import Fact, fact, given, recorded
from services.warehouse.domain import Network, NodeExists, Rate, RateCard

FOUNDED = fact(Network.Founded)
LEEDS = fact(Network.NodeOpened, node_id="leeds", title="Leeds", country="GB")
BERLIN = fact(Network.NodeOpened, node_id="berlin", title="Berlin", country="DE")
CARD = RateCard("GBP", carriage_cost=Rate(per_parcel=500))
CARD_SET = fact(Network.RateCardSet, node_id="leeds", card=CARD)


def network(*facts: Fact) -> Network:
    return given(Network, FOUNDED, LEEDS, BERLIN, *facts)


def test_a_node_is_opened_once() -> None:
    nodes = network()

    with pytest.raises(NodeExists) as refusal:
        nodes.open_node("leeds", title="Leeds again", country="GB")

    assert refusal.value.field == "node_id"
    assert recorded(nodes) == []


def test_nodes_in_the_buyers_country_are_asked_first() -> None:
    nodes = network()

    assert nodes.directory.serving("GB") == ["leeds", "berlin"]
    assert nodes.directory.serving("DE") == ["berlin", "leeds"]
    assert nodes.directory.serving("US") == ["berlin", "leeds"]


def test_a_node_without_a_card_costs_nothing() -> None:
    assert network().directory.node("leeds").card("GBP") == RateCard("GBP")


def test_a_card_applies_to_orders_of_its_currency() -> None:
    nodes = network()

    nodes.set_rate_card("leeds", CARD)

    assert recorded(nodes) == [CARD_SET]
    assert nodes.directory.node("leeds").card("GBP") == CARD
    assert nodes.directory.node("leeds").card("EUR") == RateCard("EUR")


def test_the_same_card_again_is_not_a_fact() -> None:
    nodes = network(CARD_SET)

    nodes.set_rate_card("leeds", CARD)

    assert recorded(nodes) == []


def test_a_new_card_replaces_that_of_its_currency_only() -> None:
    nodes = network(CARD_SET)
    dearer, euro = RateCard("GBP", duty=Rate(per_line=1)), RateCard("EUR", duty=Rate(per_line=2))

    nodes.set_rate_card("leeds", dearer)
    nodes.set_rate_card("leeds", euro)

    assert nodes.directory.node("leeds").cards == (dearer, euro)


def test_a_node_that_is_not_there_is_not_found() -> None:
    nodes = network()

    with pytest.raises(NotFound):
        nodes.set_rate_card("york", CARD)

    assert recorded(nodes) == []


@pytest.mark.parametrize(
    ("rate", "parts"),
    [
        (Rate(), [0, 0, 0]),
        (Rate(per_parcel=100), [34, 33, 33]),
        (Rate(per_line=7), [7, 7, 7]),
        (Rate(per_parcel=2, per_line=7), [8, 8, 7]),
    ],
)
def test_what_cannot_be_divided_goes_to_the_earlier_lines(rate: Rate, parts: list[int]) -> None:
    assert rate.over([5, 5, 5]) == parts
