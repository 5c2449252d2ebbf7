"""Whatever bytes come in, nobody learns of our insides, and what is refused leaves nothing behind.

The short form runs always, with the same chances each time; `make fuzz` tries 10,000 requests of
each method, with new ones each time. Hypothesis chooses seeds; what follows from each is a round
of messages, most of them behind the door, where they cost a fraction.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

import pytest
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from deploy.fake.services import MAKE
from tests.system.mutations import letters, mutated, text, torn
from tests.system.requests import well_formed
from tests.system.story import Answered, Stage, Turn, stage, tell
from tests.system.test_refusals import FAULTS, METHODS, OK, catalogue, roles_of, service_of

T = TypeVar("T")

MESSAGES = int(os.environ.get("ENTREPOT_FUZZ", "20"))
LONG = "ENTREPOT_FUZZ" in os.environ
ROUND = 20
"""Messages that follow from one seed."""
OUTDOORS = 20
"""One of so many comes over the wire."""
INSIDES = re.compile(r"Traceback|Error\b|Exception|asyncpg|site-packages|object at 0x|\.py\b")
COSTLY = {"ledger.ReplayCheck": "makes the books anew from all facts, and takes nothing in"}


def with_chance(holds: Callable[[Random], None]) -> None:
    """Have it hold for as many rounds of messages as are to be tried."""

    @settings(
        max_examples=max(MESSAGES // ROUND, 1),
        derandomize=not LONG,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(seed=st.integers(0, 2**64 - 1))
    def round_of(seed: int) -> None:
        holds(Random(seed))

    round_of()


@dataclass(slots=True)
class Told:
    """The stage when the story is over, and a request of every method that was answered."""

    runner: asyncio.Runner
    at: Stage
    requests: dict[str, list[Message]] = field(default_factory=dict)
    ended: Counter[str] = field(default_factory=Counter)
    """How calls ended, by their code."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    async def call(self, chance: Random, key: str, raw: bytes, token: str | None) -> Answered:
        outdoors = chance.randrange(OUTDOORS) == 0
        call = self.at.call if outdoors else self.at.call_indoors
        answered = await call(METHODS[key], raw, token)
        self.ended[answered.outcome.code.name] += 1
        return answered


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
        print(f"{told.ended.total():,} calls: {dict(told.ended)}")


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("key", [key for key in METHODS if key not in COSTLY])
def test_no_request_brings_out_a_fault(key: str, told_story: Told) -> None:
    method = METHODS[key]
    tokens = [told_story.at.token(role) for role in sorted(roles_of(method) - {"merchant"})]
    seeds = [*told_story.requests[key], well_formed(method.input_type)]

    def holds(chance: Random) -> None:
        requests = [
            (mutated(chance, chance.choice(seeds)), chance.choice(tokens)) for _ in range(ROUND)
        ]
        assert told_story.run(_wrong(told_story, chance, key, requests)) == []

    with_chance(holds)


async def _wrong(
    told: Told, chance: Random, key: str, requests: list[tuple[bytes, str]]
) -> list[str]:
    """What is wrong with how requests were taken."""
    return [
        f"{problem}\n{_shown(key, raw)}"
        for raw, token in requests
        for problem in await _taken(told, chance, key, raw, token)
    ]


async def _taken(told: Told, chance: Random, key: str, raw: bytes, token: str) -> list[str]:
    before = told.at.facts()
    answer = (await told.call(chance, key, raw, token)).outcome
    if answer == OK:
        if told.at.facts() != before:
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


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("key", LISTS)
def test_no_page_token_brings_out_a_fault(key: str, told_story: Told) -> None:
    """True ones too, with a part of them replaced, or brought to another list."""
    method = METHODS[key]
    kind = GetMessageClass(method.input_type)
    token = told_story.at.token(max(roles_of(method) - {"merchant"}))
    request: Any = kind(page_size=1)
    first: Any = told_story.run(told_story.at.call(method, request, token)).response
    issued = (first.next_page_token if first else "") or "AAAAAAAAAAAAAAAA"

    def page_token(chance: Random) -> str:
        if chance.random() < 0.5:
            return torn(chance, issued.encode()).decode(errors="ignore")
        return text(chance)

    def holds(chance: Random) -> None:
        asked: list[Any] = [kind(page_size=1, page_token=page_token(chance)) for _ in range(ROUND)]
        requests = [(it.SerializeToString(), token) for it in asked]
        assert told_story.run(_wrong(told_story, chance, key, requests)) == []

    with_chance(holds)


def test_no_token_lets_anybody_in_but_those_that_are_ours(told_story: Told) -> None:
    ours = told_story.at.token("ops")
    raw = told_story.requests["catalog.ListMarkets"][0].SerializeToString()

    def token(chance: Random) -> str:
        if chance.random() < 0.5:
            changed = torn(chance, ours.encode()).decode("ascii", errors="ignore")
            return "".join(it for it in changed if it.isprintable())
        return letters(chance, 200, 0x20, 0x7E)

    async def let_in(chance: Random, token: str) -> bool:
        answer = (await told_story.call(chance, "catalog.ListMarkets", raw, token)).outcome
        assert not INSIDES.search(answer.text), token
        return answer.reason != "UNAUTHENTICATED"

    def holds(chance: Random) -> None:
        for tried in [token(chance) for _ in range(ROUND)]:
            assert not told_story.run(let_in(chance, tried)) or _same_token(tried, ours), tried

    with_chance(holds)


def _same_token(one: str, other: str) -> bool:
    """The last character of base64 has bits that mean nothing."""
    return one.strip()[:-1] == other[:-1]


@pytest.mark.timeout(3600)
def test_no_message_stops_a_service(told_story: Told) -> None:
    """What cannot be read is parked, by its key; the services live on and have dealt with all."""
    broker, world = told_story.at.world.broker, told_story.at.world
    said = [it for name in MAKE for it in broker.read(world.life(name).service.topic, 0)]

    def holds(chance: Random) -> None:
        for message in chance.choices(said, k=ROUND):
            headers = tuple(
                (name, torn(chance, words) if chance.randrange(8) == 0 else words)
                for name, words in message.headers
            )
            key = torn(chance, message.key) if chance.random() < 0.5 else message.key
            broker.append(message.topic, key, torn(chance, message.value), headers)
        told_story.run(asyncio.wait_for(world.rest(), timeout=60))

    with_chance(holds)
    alive = told_story.run(
        told_story.at.call(
            METHODS["catalog.ListMarkets"],
            told_story.requests["catalog.ListMarkets"][0],
            told_story.at.token("ops"),
        )
    )
    assert alive.outcome == OK
