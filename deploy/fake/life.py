"""A service at work in memory: the same parts as in production, between a store and a broker."""

import asyncio
from datetime import datetime

from libs.eventstore import MemoryRecorder
from libs.messaging.dispatch import Dispatch
from libs.messaging.follower import Follower, MemoryMarks
from libs.messaging.memory import MemoryBroker, MemoryConsumer, MemoryRelay
from libs.messaging.parking import MemoryParking
from libs.runtime.anatomy import Service
from libs.runtime.deadlines import Deadlines
from libs.runtime.effects import Reactor


class Life:
    def __init__(self, service: Service[MemoryRecorder], broker: MemoryBroker) -> None:
        self.service = service
        self.parking = MemoryParking()
        self._marks = MemoryMarks()
        relay = MemoryRelay(
            broker,
            topic=service.topic,
            source=f"/entrepot/{service.name}",
            publish=service.publish,
        )
        self._followers = [Follower(service.store, self._marks, name="relay", handle=relay.handle)]
        if service.effects is not None:
            reactor = Reactor(service.name, service.effects, service.handlers)
            self._followers.append(
                Follower(service.store, self._marks, name="effects", handle=reactor.handle)
            )
        dispatch = Dispatch(
            service=service.name,
            follows=service.follows,
            handlers=service.handlers,
            parking=self.parking,
        )
        self._consumer = MemoryConsumer(broker, topics=sorted(service.follows), dispatch=dispatch)

    async def live(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for work in self.service.background:
                tasks.create_task(work())
            for follower in self._followers:
                tasks.create_task(follower.run())
            tasks.create_task(self._consumer.run())
            tasks.create_task(Deadlines(self.service.store, self._marks).run())

    async def at_rest(self) -> bool:
        """Nothing that was recorded, said or is due waits for this service."""
        last = self.service.recorder.last
        return (
            self._consumer.at_rest
            and all(follower.mark == last for follower in self._followers)
            and not await self.service.recorder.due(self.service.store.clock.now(), 1)
        )

    async def next_due(self) -> datetime | None:
        return await self.service.recorder.next_due()

    def time_moved(self) -> None:
        self.service.recorder.time_moved()
