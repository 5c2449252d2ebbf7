"""Tracing and logging are the process's own; each test finds them as a process that began."""

import logging
from collections.abc import Iterator

import pytest
import structlog

from libs.observability.tracing import trace_with


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    trace_with(None, ratio=0)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
