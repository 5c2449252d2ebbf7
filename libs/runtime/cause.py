"""Why something is being done: bound once where a request or a message comes in."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """What a fact remembers of where it came from; pseudonymous ids only."""

    correlation_id: str = ""
    """The request from outside that everything after it belongs to."""
    causation_id: str = ""
    """The event, or request, that led to this directly."""
    actor: str = ""
    """Who asked: a token's subject, or the service that reacted."""
    traceparent: str = ""
    """W3C trace context of the span in which it happened."""


_cause: ContextVar[Cause] = ContextVar("cause", default=Cause())


def current_cause() -> Cause:
    return _cause.get()


@contextmanager
def because(cause: Cause) -> Iterator[None]:
    """What is recorded inside was led to by `cause`."""
    token = _cause.set(cause)
    try:
        yield
    finally:
        _cause.reset(token)
