"""Anatomy: what a service consists of, before anybody runs it."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from libs.eventstore import Recorded, Store
from libs.eventstore.recorder import Recorder
from libs.messaging.dispatch import Handlers
from libs.messaging.envelope import Policy, Publish
from libs.runtime.effects import Effects
from libs.runtime.watching import UNWATCHED, Watching

R = TypeVar("R", bound=Recorder)

Project = Callable[[Any, Sequence[Recorded]], Awaitable[None]]
"""Writes rows that follow from facts, in the transaction that moves the projector's mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Generic[R]):
    """One service as its wiring made it, on a store of any make."""

    name: str
    store: Store
    recorder: R
    grpc: Mapping[Callable[[Any, Any], None], object]
    publish: Publish
    follows: Mapping[str, Policy[Any]] = field(default_factory=dict)
    handlers: Handlers = field(default_factory=dict)
    projections: Mapping[str, Project] = field(default_factory=dict)
    effects: Effects | None = None
    background: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()
    """Further work of the process, run until it ends; each wakes by itself."""
    watching: Watching = UNWATCHED

    @property
    def topic(self) -> str:
        return f"entrepot.{self.name}.v1"
