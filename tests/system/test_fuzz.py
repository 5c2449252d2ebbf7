"""Whatever bytes come in, nobody learns of our insides, and what is refused leaves nothing behind.

The short form runs always, with the same chances each time; `make fuzz` tries 10,000 requests of
each method, with new ones each time.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from deploy.fake.services import MAKE
from tests.system.mutations import mutated, texts, torn
from tests.system.requests import well_formed
from tests.system.story import Answered, Stage, Turn, stage, tell
from tests.system.test_refusals import FAULTS, METHODS, OK, catalogue, roles_of, service_of

T = TypeVar("T")

EXAMPLES = int(os.environ.get("ENTREPOT_FUZZ", "20"))
LONG = "ENTREPOT_FUZZ" in os.environ
INSIDES = re.compile(r"Traceback|Error\b|Exception|asyncpg|site-packages|object at 0x|\.py\b")
COSTLY = {"ledger.ReplayCheck": "makes the books anew from all facts, and takes nothing in"}
fuzzed = settings(
    max_examples=EXAMPLES,
    derandomize=not LONG,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@dataclass(slots=True)
class Told:
    """The stage when the story is over, and a request of every method that was answered."""

    runner: asyncio.Runner
    at: Stage
    requests: dict[str, list[Message]] = field(default_factory=dict)
    calls: int = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    async def call(self, key: str, raw: bytes, token: str | None) -> Answered:
        self.calls += 1
        return await self.at.call(METHODS[key], raw, token)


@pytest.fixture(scope="module")
def told_story() -> Iterator[Told]:
    with asyncio.Runner() as runner:
        opened = stage()
        told = Told(runner, runner.run(opened.__aenter__()))

        async def listen(turn: Turn) -> None:
            told.requests.setdefault(turn.key, []).append(turn.request)

        runner.run(tell(told.at, before=listen))
        yield told
        runner.run(opened.__aexit__(None, None, None))
        print(f"{told.calls} calls")


@pytest.mark.parametrize("key", [key for key in METHODS if key not in COSTLY])
def test_no_request_brings_out_a_fault(key: str, told_story: Told) -> None:
    method = METHODS[key]
    tokens = [told_story.at.token(role) for role in sorted(roles_of(method) - {"merchant"})]
    seeds = [*told_story.requests[key], well_formed(method.input_type)]

    @fuzzed
    @given(raw=st.sampled_from(seeds).flatmap(mutated), token=st.sampled_from(tokens))
    def holds(raw: bytes, token: str) -> None:
        problems = told_story.run(_wrong(told_story, key, raw, token))
        assert problems == [], _shown(key, raw)

    holds()


async def _wrong(told: Told, key: str, raw: bytes, token: str | None) -> list[str]:
    """What is wrong with how a request was taken."""
    before = told.at.facts()
    answer = (await told.call(key, raw, token)).outcome
    if answer == OK:
        await told.at.world.rest()
        return []
    problems = []
    if answer.code in FAULTS:
        problems.append(f"a fault of ours: {answer}")
    if answer.reason not in catalogue(service_of(METHODS[key])):
        problems.append(f"no reason that is declared: {answer}")
    if INSIDES.search(answer.text):
        problems.append(f"our insides: {answer}")
    if "requests" not in METHODS[key].input_type.fields_by_name and told.at.facts() != before:
        problems.append(f"refused, and something was recorded: {answer}")
    return problems


def _shown(key: str, raw: bytes) -> str:
    try:
        return f"{key}\n{GetMessageClass(METHODS[key].input_type).FromString(raw)}"
    except Exception:  # Bytes that are no message are shown as they are.
        return f"{key} {raw!r}"


LISTS = [key for key, it in METHODS.items() if "page_token" in it.input_type.fields_by_name]


@pytest.mark.parametrize("key", LISTS)
def test_no_page_token_brings_out_a_fault(key: str, told_story: Told) -> None:
    """True ones too, with a part of them replaced, or brought to another list."""
    method = METHODS[key]
    token = told_story.at.token(max(roles_of(method) - {"merchant"}))
    request: Any = GetMessageClass(method.input_type)(page_size=1)
    first: Any = told_story.run(told_story.at.call(method, request, token)).response
    issued = (first.next_page_token if first else "") or "AAAAAAAAAAAAAAAA"
    others = torn(issued.encode()).map(lambda it: it.decode(errors="ignore"))

    @fuzzed
    @given(page_token=others | texts)
    def holds(page_token: str) -> None:
        asked: Any = GetMessageClass(method.input_type)(page_size=1, page_token=page_token)
        raw = asked.SerializeToString()
        assert told_story.run(_wrong(told_story, key, raw, token)) == [], page_token

    holds()


def test_no_token_lets_anybody_in_but_those_that_are_ours(told_story: Told) -> None:
    ours = told_story.at.token("ops")
    made_up = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=200)
    raw = told_story.requests["catalog.ListMarkets"][0].SerializeToString()

    @fuzzed
    @given(token=torn(ours.encode()).map(lambda it: it.decode("ascii", errors="ignore")) | made_up)
    def holds(token: str) -> None:
        printable = "".join(it for it in token if it.isprintable())
        answer = told_story.run(told_story.call("catalog.ListMarkets", raw, printable)).outcome
        assert answer.reason == "UNAUTHENTICATED" or _same_token(printable, ours), printable
        assert not INSIDES.search(answer.text)

    holds()


def _same_token(one: str, other: str) -> bool:
    """The last character of base64 has bits that mean nothing."""
    return one.strip()[:-1] == other[:-1]


def test_no_message_stops_a_service(told_story: Told) -> None:
    """What cannot be read is parked, by its key; the services live on and have dealt with all."""
    broker, world = told_story.at.world.broker, told_story.at.world
    said = [it for name in MAKE for it in broker.read(world.life(name).service.topic, 0)]
    messages = st.sampled_from(said)

    @fuzzed
    @given(message=messages, data=st.data())
    def holds(message: Any, data: st.DataObject) -> None:
        value = data.draw(torn(message.value))
        key = data.draw(torn(message.key) | st.just(message.key))
        headers = tuple(
            (name, data.draw(torn(text)) if data.draw(st.integers(0, 7)) == 0 else text)
            for name, text in message.headers
        )
        broker.append(message.topic, key, value, headers)
        told_story.run(asyncio.wait_for(world.rest(), timeout=60))

    holds()
    alive = told_story.run(
        told_story.at.call(
            METHODS["catalog.ListMarkets"],
            told_story.requests["catalog.ListMarkets"][0],
            told_story.at.token("ops"),
        )
    )
    assert alive.outcome == OK
