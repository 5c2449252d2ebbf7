"""Effects: what is asked of the world outside once the asking is a stored fact."""

from collections.abc import Sequence
from typing import Any, Protocol

from libs.eventstore import Recorded
from libs.messaging.dispatch import Handlers
from libs.messaging.follower import in_order_per_stream
from libs.observability import span
from libs.runtime.cause import Cause, because


class Effects(Protocol):
    """What a service asks of the world outside, once the asking is a stored fact."""

    async def react(self, recorded: Recorded) -> Sequence[Any]:
        """The commands that record the answer; called at least once for every fact."""
        ...


class Reactor:
    """Asks the world what the facts say is to be asked, and records the answers."""

    def __init__(self, service: str, effects: Effects, handlers: Handlers) -> None:
        self._service = service
        self._effects = effects
        self._handlers = handlers

    async def handle(self, facts: Sequence[Recorded]) -> None:
        await in_order_per_stream(facts, self._react)

    async def _react(self, recorded: Recorded) -> None:
        commands = await self._effects.react(recorded)
        if not commands:
            return
        parent = recorded.cause.traceparent or None
        with span(f"{self._service} effect", parent=parent) as here:
            cause = Cause(
                correlation_id=recorded.cause.correlation_id,
                causation_id=str(recorded.event_id),
                actor=f"service:{self._service}",
                traceparent=here.traceparent,
            )
            with because(cause):
                for command in commands:
                    await self._handlers[type(command)](command)
