"""One message to the commands it asks for."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any

import structlog

from libs.eventstore import Conflict, Overloaded
from libs.messaging.envelope import Envelope, Policy, from_wire, kind_of, unheard
from libs.messaging.parking import Message, Parking
from libs.observability import span
from libs.runtime.cause import Cause, because
from libs.runtime.outages import AWAY, FULL
from libs.runtime.waiting import pause

log = structlog.get_logger(__name__)

Handlers = Mapping[type, Callable[[Any], Awaitable[object]]]

TRANSIENT = (Conflict, Overloaded, *AWAY, *FULL)
"""What passes by itself: the message waits, it is not the message's fault."""

PATIENCE_SECONDS = 1.0

AT_ONCE = 32
"""Keys under way: enough to fill the groups that are appended, and few enough that a call from
outside, which takes its turns among them, is not kept waiting by all that came at once."""


class Dispatch:
    """Handles messages of the topics that a service follows."""

    def __init__(
        self,
        *,
        service: str,
        follows: Mapping[str, Policy[Any]],
        handlers: Handlers,
        parking: Parking,
    ) -> None:
        self._service = service
        self._follows = follows
        self._unheard = {topic: unheard(topic, policy) for topic, policy in follows.items()}
        self._handlers = handlers
        self._parking = parking
        self._parked: set[tuple[str, bytes]] = set()

    async def refresh(self) -> None:
        """Learn anew which keys are parked, since a person may have released some."""
        self._parked = await self._parking.keys()

    async def handle_all(self, messages: Iterable[Message]) -> None:
        """Keys at once, messages of a key in order; what asks for nothing is passed over."""
        keys: dict[tuple[str, bytes], list[Message]] = {}
        for message in messages:
            if kind_of(message.headers) not in self._unheard[message.topic]:
                keys.setdefault((message.topic, message.key), []).append(message)
        async with asyncio.TaskGroup() as tasks:
            waiting = iter(keys.values())
            for _ in range(min(len(keys), AT_ONCE)):
                tasks.create_task(self._in_order(waiting))

    async def _in_order(self, keys: Iterator[Iterable[Message]]) -> None:
        for messages in keys:
            for message in messages:
                await self.handle(message)

    async def handle(self, message: Message) -> None:
        """Carry out what the message asks for, or park its key; what passes is waited out."""
        where = (message.topic, message.key)
        if where in self._parked:
            if await self._parking.park_behind(message):
                return
            self._parked.discard(where)
        delay = 0.05
        while True:
            try:
                await self.carry_out(message)
            except TRANSIENT as error:
                log.warning("message_waits", topic=message.topic, error=type(error).__name__)
                await pause(delay)
                delay = min(delay * 2, PATIENCE_SECONDS)
            except Exception as error:
                self._parked.add(where)
                await self._parking.park(message, f"{type(error).__name__}: {error}")
                log.exception(
                    "key_parked",
                    topic=message.topic,
                    offset=message.offset,
                    error=type(error).__name__,
                )
                return
            else:
                return

    async def carry_out(self, message: Message) -> None:
        """Raises whatever decoding, the policy or a command raises."""
        event = from_wire(message.topic, message.key, message.value, message.headers)
        commands = list(self._follows[message.topic](event))
        if not commands:
            return
        with (
            span(
                f"{self._service} follows {event.payload.DESCRIPTOR.name}",
                parent=event.cause.traceparent or None,
                attributes={"key": event.key},
            ) as here,
            because(_cause(event, self._service, here.traceparent)),
        ):
            for command in commands:
                await self._handlers[type(command)](command)


def _cause(event: Envelope, service: str, traceparent: str) -> Cause:
    return Cause(
        correlation_id=event.cause.correlation_id,
        causation_id=str(event.event_id),
        actor=f"service:{service}",
        traceparent=traceparent,
    )
