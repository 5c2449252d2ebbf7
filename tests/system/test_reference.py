"""The reference is what the code says, and its examples are what `grpcurl` does with the fake."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

import pytest

from deploy.fake.command import LISTEN
from deploy.fake.reference.__main__ import TARGET, drifted
from deploy.fake.reference.play import Played, play, shown, tokens
from deploy.fake.reference.play import methods as all_methods
from deploy.fake.reference.render import pages
from deploy.fake.remote import FakeClock
from deploy.local.clock import parse_duration
from tests.system.test_thin_path import open_home, running_fake
from tests.tools import program

UNTOLD = {"entrepot.warehouse.v1.AllocationFailed"}
"""Goods that are missing when they are to be allocated: nothing that can be asked makes it so."""

_ADVANCE = re.compile(r"^entrepot clock advance (\w+)$", flags=re.MULTILINE)


@pytest.fixture(scope="module")
def played() -> Played:
    return asyncio.run(play())


def test_the_reference_is_what_the_code_says(played: Played) -> None:
    assert drifted(pages(played)) == [], "run make reference"


def test_a_page_that_says_something_else_is_seen(played: Played) -> None:
    written = pages(played)

    assert drifted({**written, "order.md": written["order.md"] + "."}) == ["order.md"]
    assert drifted({**written, "new.md": ""}) == ["new.md"]


def test_every_method_is_shown_and_every_fact_happens(played: Played) -> None:
    told = {event.payload.DESCRIPTOR.full_name for _, event in played.messages}
    chapters = (TARGET / "events.md").read_text().split("\n## ")
    silent = [it.split("\n")[0] for it in chapters if "The story has none." in it]

    assert {it.full_name for it in all_methods().values()} == set(shown(played.calls))
    assert silent == [it.rpartition(".")[2] for it in sorted(UNTOLD)]
    assert told.isdisjoint(UNTOLD)


async def test_the_examples_run_with_grpcurl() -> None:
    grpcurl = Path(program("grpcurl"))
    script = (TARGET / "story.sh").read_text()
    steps = _ADVANCE.split(script[script.index("grpcurl -") :])
    with open_home() as home, running_fake(home):
        address = home.running().services["order"].address
        path = f"{grpcurl.parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, **tokens(home), "PATH": path}
        clock = FakeClock(home)
        for command, by in zip(steps[::2], [*steps[1::2], "0s"], strict=True):
            if command.strip():
                shell = await asyncio.create_subprocess_exec(
                    *("sh", "-c", command.replace(LISTEN, address)),
                    env=environment,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.STDOUT,
                )
                words, _ = await shell.communicate()
                assert shell.returncode == 0, f"{command}\n{words.decode()}"
            await clock.advance(parse_duration(by))
