"""What a client asked, and what it was told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from libs.runtime.clock import monotonic


@dataclass(slots=True)
class Attempt:
    """One sending of a request. Without a code nobody knows how it ended."""

    began: float
    ended: float = 0
    code: str = ""
    reason: str = ""
    text: str = ""
    name: str = ""
    """What the answer is about, such as `orders/...`."""
    version: int = 0
    """Of that, where its answer tells one."""
    ended_at: datetime | None = None
    """By the clock on the wall, which the database has too."""
    advised: bool = False
    """It was told when to come back."""

    def end(
        self, *, code: str, reason: str = "", text: str = "", name: str = "", version: int = 0
    ) -> None:
        self.ended, self.ended_at = monotonic(), datetime.now(UTC)
        self.code, self.reason, self.text = code, reason, text
        self.name, self.version = name, version


@dataclass(slots=True)
class Call:
    """One request, with all its sendings under one id."""

    service: str
    method: str
    request_id: str
    about: str
    """The resource that the request names."""
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def answers(self) -> list[Attempt]:
        return [attempt for attempt in self.attempts if attempt.code == "OK"]


@dataclass(slots=True)
class History:
    calls: list[Call] = field(default_factory=list)
