"""The fake's clock from outside: how `entrepot clock` moves it, and how a test does."""

from __future__ import annotations

from datetime import datetime, timedelta

from google.protobuf.duration_pb2 import Duration

from deploy.local.clock import ClockGoesBack
from deploy.local.home import Home
from deploy.local.tokens import mint
from libs.contracts.fake.v1 import fake_service_pb2 as pb
from libs.contracts.fake.v1.fake_service_pb2_grpc import FakeServiceStub
from libs.rpc import connect
from libs.rpc.convert import when

PATIENCE_S = 60.0


class FakeClock:
    """Its time moves by the call that answers when all has come to rest."""

    def __init__(self, home: Home) -> None:
        self._address = next(iter(home.running().services.values())).address
        self._token = mint(home, role="ops", scopes=["clock.read", "clock.write"])

    async def now(self) -> datetime:
        async with connect(self._address, self._token) as channel:
            return when((await FakeServiceStub(channel).GetClock(pb.GetClockRequest())).now)

    async def advance(self, by: timedelta) -> datetime:
        if by < timedelta(0):
            raise ClockGoesBack("business time never goes back")
        request = pb.AdvanceClockRequest(by=Duration())
        request.by.FromTimedelta(by)
        async with connect(self._address, self._token, deadline_s=PATIENCE_S) as channel:
            return when((await FakeServiceStub(channel).AdvanceClock(request)).now)

    async def set(self, to: datetime) -> datetime:
        return await self.advance(to - await self.now())
