"""What a service lets be watched of its business."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from libs.eventstore import Recorded
from libs.observability import Family, Histogram
from libs.runtime.level import Level


class Watcher(Protocol):
    """Times what the facts tell as they pass."""

    @property
    def seconds(self) -> Family[Histogram]: ...

    async def see(self, facts: Sequence[Recorded]) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """Beside what is watched of every store."""

    levels: Sequence[Level] = ()
    watchers: Sequence[Watcher] = ()


UNWATCHED = Watching()
