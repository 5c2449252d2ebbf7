"""Why something is being done: bound once where a request or a message comes in."""

from contextvars import ContextVar, Token

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


class because:  # noqa: N801 - reads as the function that it would be, at half its cost
    """What is recorded inside was led to by `cause`."""

    __slots__ = ("_inside", "_token")

    _token: Token[Cause]

    def __init__(self, cause: Cause) -> None:
        self._inside = cause

    def __enter__(self) -> None:
        self._token = _cause.set(self._inside)

    def __exit__(self, *_: object) -> None:
        _cause.reset(self._token)
