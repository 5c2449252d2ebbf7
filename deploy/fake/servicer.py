"""The fake's own service: its time."""

from datetime import datetime

from deploy.fake.world import World
from libs.contracts.fake.v1 import fake_service_pb2 as pb
from libs.contracts.fake.v1.fake_service_pb2_grpc import FakeServiceServicer
from libs.rpc.convert import timestamp


class FakeServicer(FakeServiceServicer):
    def __init__(self, world: World) -> None:
        self._world = world

    async def GetClock(self, request: pb.GetClockRequest, context: object) -> pb.Clock:
        return _clock(self._world.clock.now())

    async def AdvanceClock(self, request: pb.AdvanceClockRequest, context: object) -> pb.Clock:
        return _clock(await self._world.advance(request.by.ToTimedelta()))


def _clock(now: datetime) -> pb.Clock:
    return pb.Clock(now=timestamp(now))
