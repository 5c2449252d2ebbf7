"""An order's facts are told in causal order, and every sentence can be said."""

import re
from datetime import timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest

from deploy.local.explain.order import in_causal_order
from deploy.local.explain.streams import Told
from deploy.local.explain.words import SAYS
from deploy.local.stack import SERVICES
from libs.domain import Aggregate
from libs.eventstore.facts import event_id
from libs.eventstore.mapper import facts_of
from libs.runtime.cause import Cause
from libs.testing import NOW, Fact, fact
from services.order.domain import Order
from services.returns.domain import OrderReturns

ID = UUID(int=7)


def told(service: str, what: Fact, version: int, *, because: str = "", after_ms: int) -> Told:
    at = NOW + timedelta(milliseconds=after_ms)
    said = what.at(id=ID, version=version, kind=Order, now=at)
    return Told(service, said, Cause(causation_id=because), at)


def test_what_led_to_a_fact_stands_before_it_whatever_the_clocks_say() -> None:
    expired = told("order", fact(Order.Expired), 1, after_ms=50)
    late = told("returns", fact(OrderReturns.Begun), 1, because=str(event_id(ID, 9)), after_ms=10)
    cancelled = told("order", fact(Order.Completed), 2, after_ms=5)

    steps = in_causal_order([cancelled, late, expired][::-1])

    assert [step.told for step in steps] == [late, expired, cancelled]
    assert [step.number for step in steps] == [1, 2, 3]


def kinds() -> dict[str, type[Any]]:
    found: dict[str, type[Any]] = {}
    for service in SERVICES:
        for kind in import_module(f"services.{service}.wiring").KINDS:
            assert issubclass(kind, Aggregate)
            found |= {said.TOPIC: said for said in facts_of(kind)}
    return found


@pytest.mark.parametrize("topic", sorted(SAYS))
def test_every_sentence_is_about_a_fact_and_names_its_fields(topic: str) -> None:
    said = kinds()[topic]
    fields = {name for base in said.__mro__ for name in getattr(base, "__annotations__", {})}
    assert set(re.findall(r"{(\w+)}", SAYS[topic])) <= fields
