"""Stack: six services, Kafka and PostgreSQL of a benchmark's own, gone with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local import daemon
from deploy.local.home import Home
from deploy.local.process import StackError
from tests.benchmarks.case import CannotRun
from tests.benchmarks.servers import folder

HOME = "ENTREPOT_HOME"


@contextmanager
def running_stack() -> Iterator[Home]:
    """The one that ENTREPOT_HOME names, if it runs; else one of its own."""
    if os.environ.get(HOME) and Home.find().is_held():
        yield Home.find()
        return
    with own_stack() as home:
        yield home


@contextmanager
def own_stack() -> Iterator[Home]:
    with folder() as place, _at(place):
        home = Home(place)
        home.prepare()
        try:
            daemon.detach(home)
        except StackError as error:
            raise CannotRun(f"the stack does not start: {error}") from None
        try:
            yield home
        finally:
            daemon.end(home)


@contextmanager
def _at(place: Path) -> Iterator[None]:
    """The supervisor learns from the environment where its folder is."""
    before = os.environ.get(HOME)
    os.environ[HOME] = str(place)
    try:
        yield
    finally:
        del os.environ[HOME]
        if before is not None:
            os.environ[HOME] = before
