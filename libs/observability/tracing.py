"""Spans: one order is one trace, through calls, store, relay, topics and consumers.

Whether a trace is kept is decided once, where it begins, and travels in its W3C traceparent;
everything after obeys. What is not kept costs a microsecond or two: the SDK makes no span for it.
It has ids, so that its log lines can be found together, and is held for as long as it lasts, in
case that it fails or is slow.
"""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, StatusCode, Tracer

from libs.observability.hindsight import Held, Hindsight, Story
from libs.runtime.ids import chance

__all__ = ["Span", "SpanKind", "current_traceparent", "span", "span_context"]

Attributes = Mapping[str, str | int | float | bool]

_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?"
)
_SAMPLED = 0x01

_current: ContextVar["Span | None"] = ContextVar("span", default=None)
_ids = chance()


def current_traceparent() -> str | None:
    """The span we are in, as W3C Trace Context; None outside of any."""
    here = _current.get()
    return None if here is None else here.traceparent


def span(
    name: str,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: str | None = None,
    attributes: Attributes | None = None,
) -> "Span":
    """A span around a `with` block, below `parent`, else below the one we are in."""
    return Span(name, kind, parent, attributes)


class Span:
    """A stretch of work; recorded in a trace that is kept, held in any other."""

    __slots__ = ("_attributes", "_before", "_kind", "_name", "_parent", "_recorded", "traceparent")

    traceparent: str
    """This span as the parent of what it causes elsewhere."""

    def __init__(
        self, name: str, kind: SpanKind, parent: str | None, attributes: Attributes | None
    ) -> None:
        self._name = name
        self._kind = kind
        self._parent = parent
        self._attributes = attributes

    @property
    def trace_id(self) -> str:
        return self.traceparent[3:35]

    @property
    def span_id(self) -> str:
        return self.traceparent[36:52]

    def set(self, key: str, value: str | int | float | bool) -> None:
        """Say more about the work, if anybody will read it."""
        if self._recorded is not None:
            self._recorded.set_attribute(key, value)

    def refused(self, reason: str) -> None:
        """Say that the answer was no. That is an answer: nothing went wrong."""
        self.set("refused", reason)

    def failed(self, reason: str) -> None:
        """Mark the work as failed; `reason` is a name, never the text of an exception."""
        if self._recorded is not None:
            self._recorded.set_status(StatusCode.ERROR, reason)

    def __enter__(self) -> Self:
        self._before = _current.get()
        above = self._parent or current_traceparent()
        parent = _TRACEPARENT.fullmatch(above or "")
        story = self._story()
        if parent is None:
            sampled = _sampling.next()
            trace_id = f"{_ids.getrandbits(128) or 1:032x}"
        else:
            sampled = bool(int(parent[3], 16) & _SAMPLED) or (story is not None and story.kept)
            trace_id = parent[1]
        self._recorded: trace.Span | Held | None = None
        if sampled and _sampling.tracer is not None:
            recorded = _sampling.tracer.start_span(
                self._name,
                context=_below(parent),
                kind=self._kind,
                attributes=self._attributes,
            )
            made = recorded.get_span_context()
            self._recorded = recorded
            self.traceparent = f"00-{made.trace_id:032x}-{made.span_id:016x}-01"
        else:
            flags = "01" if sampled else "00"
            self.traceparent = f"00-{trace_id}-{_ids.getrandbits(64) or 1:016x}-{flags}"
            if _sampling.hindsight is not None:
                self._recorded = Held(
                    _sampling.hindsight,
                    story,
                    name=self._name,
                    kind=self._kind,
                    parent=above if parent is not None else None,
                    traceparent=self.traceparent,
                    attributes=dict(self._attributes or {}),
                )
        _current.set(self)
        return self

    def _story(self) -> Story | None:
        """What the span we are in belongs to; what comes from elsewhere begins a new one."""
        if self._parent or self._before is None or not isinstance(self._before._recorded, Held):
            return None
        return self._before._recorded.story

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Set, not reset: a stream may be closed from another context than it was opened in.
        _current.set(self._before)
        if self._recorded is not None:
            if kind is not None:
                self._recorded.set_status(StatusCode.ERROR, kind.__name__)
            self._recorded.end()


def _below(parent: re.Match[str] | None) -> Context | None:
    if parent is None:
        return Context()
    return trace.set_span_in_context(trace.NonRecordingSpan(_context(parent)), Context())


def span_context(traceparent: str) -> trace.SpanContext:
    """A span of ours in a trace that is kept, as the SDK has it."""
    made = _TRACEPARENT.fullmatch(traceparent)
    assert made is not None, "ours makes sense"
    return _context(made)


def _context(parent: re.Match[str]) -> trace.SpanContext:
    return trace.SpanContext(
        trace_id=int(parent[1], 16),
        span_id=int(parent[2], 16),
        is_remote=True,
        trace_flags=trace.TraceFlags(_SAMPLED),
    )


@dataclass(slots=True)
class Sampling:
    """Keeps one new trace in so many; by counting, which is cheaper than chance and as fair."""

    tracer: Tracer | None = None
    ratio: float = 0.0
    hindsight: Hindsight | None = None
    _credit: float = 0.0

    def next(self) -> bool:
        self._credit += self.ratio
        if self._credit < 1.0:
            return False
        self._credit -= 1.0
        return True


_sampling = Sampling()


def trace_with(tracer: Tracer | None, *, ratio: float, hindsight: Hindsight | None = None) -> None:
    """Record spans with `tracer` from now on; None records nothing."""
    _sampling.tracer = tracer
    _sampling.ratio = ratio if tracer is not None else 0.0
    _sampling.hindsight = hindsight
