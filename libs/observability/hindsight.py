"""Traces that nobody chose to keep, and that turn out to be worth it: a span failed, or was slow.

What a process does below one call or one message is held until it ends. It goes out whole when
something in it went wrong, and is forgotten otherwise.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from opentelemetry.trace import SpanKind, StatusCode

from libs.runtime.clock import time_ns

__all__ = ["Held", "Hindsight"]

HELD_MAX = 64
"""Spans of one call or message. A stream may make more; then its latest are what is of use."""

Value = str | int | float | bool


@dataclass(slots=True)
class Hindsight:
    """What makes a trace worth keeping, and where it goes then."""

    export: "Callable[[Held], None]"
    slow_seconds: float


@dataclass(slots=True)
class Story:
    """What was done below one call or message."""

    ended: "deque[Held]" = field(default_factory=lambda: deque(maxlen=HELD_MAX))
    kept: bool = False


class Held:
    """A span that may yet be exported; used like the SDK's."""

    __slots__ = (
        "_hindsight",
        "attributes",
        "began",
        "ended",
        "kind",
        "name",
        "parent",
        "reason",
        "story",
        "traceparent",
    )

    def __init__(
        self,
        hindsight: Hindsight,
        story: Story | None,
        *,
        name: str,
        kind: SpanKind,
        parent: str | None,
        traceparent: str,
        attributes: dict[str, Value],
    ) -> None:
        self._hindsight = hindsight
        self.story = story or Story()
        self.name = name
        self.kind = kind
        self.parent = parent
        self.traceparent = traceparent
        self.attributes = attributes
        self.reason: str | None = None
        self.began = self.ended = time_ns()

    def set_attribute(self, key: str, value: Value) -> None:
        self.attributes[key] = value

    def set_status(self, status: StatusCode, reason: str) -> None:
        assert status is StatusCode.ERROR, "a span that went well says nothing"
        self.reason = reason

    def end(self) -> None:
        self.ended = time_ns()
        self.story.ended.append(self)
        slow = self.ended - self.began >= self._hindsight.slow_seconds * 1e9
        if slow or self.reason is not None:
            self.story.kept = True
        if self.story.kept:
            while self.story.ended:
                self._hindsight.export(self.story.ended.popleft())
