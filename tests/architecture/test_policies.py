"""A policy hears what it matches: one that heard less would stay deaf to a fact in silence."""

import ast
import inspect
import textwrap
from importlib import import_module
from types import FunctionType, ModuleType
from typing import Any

import pytest

from libs.contracts.order.v1.events_pb2 import OrderExpired, OrderPaid
from libs.messaging import Envelope, Policy, hears
from libs.messaging.topics import SERVICES

POLICIES = [
    pytest.param(module, policy, id=f"{service}.{name}")
    for service in SERVICES
    for module in (import_module(f"services.{service}.policies"),)
    for name, policy in vars(module).items()
    if isinstance(policy, Policy)
]


@pytest.mark.parametrize(("module", "policy"), POLICIES)
def test_a_policy_hears_just_the_facts_that_it_matches(
    module: ModuleType, policy: Policy[Any]
) -> None:
    assert policy.heard == matched(policy, vars(module))


@pytest.mark.parametrize("service", SERVICES)
def test_every_function_of_an_event_is_a_policy(service: str) -> None:
    module = import_module(f"services.{service}.policies")

    assert [
        name
        for name, value in vars(module).items()
        if isinstance(value, FunctionType)
        and value.__module__ == module.__name__
        and list(value.__annotations__) == ["event", "return"]
    ] == []


def test_a_policy_that_hears_less_than_it_matches_is_seen() -> None:
    @hears(OrderPaid)
    def deaf(event: Envelope) -> Any:
        match event.payload:
            case OrderPaid() | OrderExpired():
                yield event

    assert deaf.heard != matched(deaf, globals())


def matched(policy: Policy[Any], names: dict[str, Any]) -> frozenset[Any]:
    """The classes in the patterns of a policy, read from its source."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(policy.follow)))
    return frozenset(
        eval(ast.unparse(node.cls), names)
        for node in ast.walk(tree)
        if isinstance(node, ast.MatchClass)
    )
