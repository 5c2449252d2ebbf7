"""Stack: six services, Kafka and PostgreSQL of a benchmark's own, gone with it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from deploy.local import daemon
from deploy.local.home import Home
from deploy.local.process import StackError
from tests.benchmarks.case import CannotRun
from tests.benchmarks.servers import folder

HOME = "ENTREPOT_HOME"
TRACED = "0.05"
"""The part of traces that is kept, as in deploy/kubernetes."""


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
    with folder() as place, _told({HOME: str(place), "ENTREPOT_TRACE_RATIO": TRACED}):
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
def _told(settings: Mapping[str, str]) -> Iterator[None]:
    """The supervisor and its children learn them from the environment."""
    before = dict(os.environ)
    os.environ.update(settings)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
