"""Topics in memory: the same bytes as on the wire, in order, for as long as the process lives."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from libs.eventstore import Recorded
from libs.messaging.dispatch import Dispatch
from libs.messaging.envelope import Headers, Publish, to_wire
from libs.messaging.parking import Message
from libs.runtime.waiting import woken


class MemoryBroker:
    """Keeps every topic whole, as the real one does, so that who comes late begins at the start."""

    def __init__(self) -> None:
        self._topics: defaultdict[str, list[Message]] = defaultdict(list)
        self._arrived: list[asyncio.Event] = []

    def append(self, topic: str, key: bytes, value: bytes, headers: Headers) -> None:
        log = self._topics[topic]
        log.append(Message(topic, 0, len(log), key, value, headers))
        for event in self._arrived:
            event.set()

    def read(self, topic: str, offset: int) -> Sequence[Message]:
        return self._topics[topic][offset:]

    def arrived(self) -> asyncio.Event:
        """Set whenever a message may have come."""
        self._arrived.append(asyncio.Event())
        return self._arrived[-1]


class MemoryRelay:
    """Publishes facts as the relay to Kafka does."""

    def __init__(self, broker: MemoryBroker, *, topic: str, source: str, publish: Publish) -> None:
        self._broker = broker
        self._topic = topic
        self._source = source
        self._publish = publish

    async def handle(self, facts: Sequence[Recorded]) -> None:
        for recorded in facts:
            if (message := self._publish(recorded.fact)) is not None:
                self._broker.append(self._topic, *to_wire(message, recorded, source=self._source))


class MemoryConsumer:
    """Hands what comes to `dispatch`: keys at once, messages of a key in order."""

    def __init__(self, broker: MemoryBroker, *, topics: Sequence[str], dispatch: Dispatch) -> None:
        self._broker = broker
        self._dispatch = dispatch
        self._offsets = dict.fromkeys(topics, 0)
        self._arrived = broker.arrived()

    @property
    def at_rest(self) -> bool:
        """Everything that came has been dealt with."""
        return not any(self._broker.read(topic, n) for topic, n in self._offsets.items())

    async def run(self) -> None:
        while True:
            self._arrived.clear()
            fresh = {topic: self._broker.read(topic, n) for topic, n in self._offsets.items()}
            if not any(fresh.values()):
                await woken(self._arrived)
                continue
            await self._dispatch.handle_all(
                message for messages in fresh.values() for message in messages
            )
            for topic, messages in fresh.items():
                self._offsets[topic] += len(messages)
