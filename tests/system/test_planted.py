"""What people and keepers of keys told us in confidence is nowhere but where it belongs."""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterator

import pytest
from structlog._config import BoundLoggerLazyProxy

from deploy.fake.services import MAKE
from libs.eventstore.facts import START
from libs.eventstore.index import Streams
from libs.observability.logs import configure_logs
from tests.system.story import Stage, Turn, stage, tell

PERSON = ("Ava Example", "1 Example Street", "LS1 1AA")
"""Whom Ava's parcel goes to, as the story has it."""


@pytest.fixture
def new_loggers() -> None:
    """A logger keeps what it was told when it first spoke, which was in another test."""
    for module in list(sys.modules.values()):
        for thing in list(vars(module).values()):
            if isinstance(thing, BoundLoggerLazyProxy):
                vars(thing).pop("bind", None)


@pytest.mark.usefixtures("new_loggers")
async def test_names_addresses_and_tokens_are_in_no_fact_message_or_line(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The whole story, with every address refused once before it is taken."""
    async with stage() as at:
        configure_logs("fake", level="debug")
        logging.getLogger().setLevel(logging.DEBUG)

        async def spoil(turn: Turn) -> None:
            """The same request cut off in the middle, and once more by somebody else."""
            raw = turn.request.SerializeToString()
            if any(it.encode() in raw for it in PERSON):
                await at.call(turn.method, raw[: len(raw) - 1], turn.token)
                await at.call(turn.method, raw, at.token("buyer", "zoe"))
                await at.call(turn.method, raw, at.token("service").swapcase())

        await tell(at, before=spoil)
        secrets = (*PERSON, at.token("buyer", "ava"), at.token("service"))
        places = {**dict([place async for place in _places(at)]), "log": _log(capfd)}

    # Her pseudonym may be there, so the search is seen to see.
    assert all("ava" in places[f"order {where}"] for where in ("facts", "topic"))
    assert "PlaceOrder" in places["log"]
    found = [
        f"{secret} in {where}"
        for where, text in places.items()
        for secret in secrets
        if secret in text
    ]
    assert found == []


def _log(capfd: pytest.CaptureFixture[str]) -> str:
    out, err = capfd.readouterr()
    return out + err


async def _places(at: Stage) -> AsyncIterator[tuple[str, str]]:
    """All that is kept or sent, as it reads when decoded and as bytes."""
    for name in MAKE:
        life = at.world.life(name)
        facts = await Streams(life.service.store).facts()
        yield f"{name} facts", "\n".join(f"{it.fact!r} {vars(it.fact)} {it.cause}" for it in facts)
        rows = await life.service.recorder.read(START, 1_000_000)
        yield f"{name} rows", "\n".join(repr(it) for it in rows)
        said = at.world.broker.read(life.service.topic, 0)
        yield f"{name} topic", "\n".join(f"{it.value!r} {it.headers}" for it in said)
        yield f"{name} parked", "\n".join(repr(it) for it in await life.parking.all())
