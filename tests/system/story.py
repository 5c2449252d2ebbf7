"""The story of the reference, told on the fake while others listen in at the door."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc.status_pb2 import Status

from deploy.fake.clock import MovableClock
from deploy.fake.reference.play import methods
from deploy.fake.reference.story import CAST, START, TEXT, Pass, identified, story, told
from deploy.fake.services import MAKE
from deploy.fake.world import World
from deploy.local.clock import parse_duration, parse_time
from deploy.local.demo.players import scopes_of
from deploy.local.home import Home
from deploy.local.tokens import AUDIENCE, ISSUER, ensure_keys, mint
from libs.observability.logs import configure_logs
from libs.rpc import Limits, RunningServer, TokenAuthenticator, serve
from tests.system.indoors import Aborted, Indoors
from tests.system.test_refusals import Answer

PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a call, and what it said, where it was answered."""

    outcome: Answer
    response: Message | None = None


@dataclass(slots=True)
class Stage:
    """The six services in memory, and the door to them."""

    home: Home
    world: World
    channel: grpc.aio.Channel
    indoors: Indoors
    _tokens: dict[tuple[str, str], str] = field(default_factory=dict)

    def token(self, role: str, who: str = "") -> str:
        """Somebody's, with every scope that their role may have."""
        known = self._tokens.get((role, who))
        if known is None:
            merchant = who if role == "merchant" else None
            known = self._tokens[role, who] = mint(
                self.home,
                role=role,
                subject=who or None,
                merchant=merchant,
                scopes=scopes_of(role),
                ttl=timedelta(hours=1),
            )
        return known

    async def call(
        self, method: MethodDescriptor, request: Message | bytes, token: str | None
    ) -> Answered:
        """The answer; of a batch, that of its first item."""
        path = f"/{method.containing_service.full_name}/{method.name}"
        raw = request if isinstance(request, bytes) else request.SerializeToString()
        metadata = [("authorization", f"Bearer {token}")] if token is not None else []
        kind = GetMessageClass(method.output_type)
        try:
            if method.server_streaming:
                stream = self.channel.unary_stream(path, None, None)
                async for part in stream(raw, metadata=metadata, timeout=PATIENCE_S):
                    return Answered(Answer.of(Status()), kind.FromString(part))
                return Answered(Answer.of(Status()))
            unary = self.channel.unary_unary(path, None, None)
            response: Any = kind.FromString(await unary(raw, metadata=metadata, timeout=PATIENCE_S))
        except grpc.aio.AioRpcError as error:
            trailer = cast("grpc.aio.Metadata", error.trailing_metadata())
            details = trailer.get("grpc-status-details-bin")
            if details is None:
                return Answered(Answer(error.code(), error.details() or ""))
            return Answered(Answer.of(Status.FromString(details)))
        return _answered(method, response)

    async def call_indoors(
        self, method: MethodDescriptor, raw: bytes, token: str | None
    ) -> Answered:
        """The same, with nothing on a wire."""
        path = f"/{method.containing_service.full_name}/{method.name}"
        metadata = [("authorization", f"Bearer {token}")] if token is not None else []
        try:
            answer = await self.indoors.call(path, raw, metadata)
        except Aborted as aborted:
            if aborted.details is None:
                return Answered(Answer(aborted.code, aborted.words))
            return Answered(Answer.of(Status.FromString(aborted.details)))
        if answer is None:
            return Answered(Answer.of(Status()))
        return _answered(method, GetMessageClass(method.output_type).FromString(answer))

    def facts(self) -> list[int]:
        """How many facts each service has recorded."""
        return [self.world.life(name).service.recorder.last.position for name in MAKE]


def _answered(method: MethodDescriptor, response: Any) -> Answered:
    if "requests" not in method.input_type.fields_by_name:
        return Answered(Answer.of(Status()), response)
    first = next(iter(response.results), None)
    return Answered(Answer.of(first.error if first else Status()), response)


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    configure_logs("fake", level="critical")
    with TemporaryDirectory(prefix="entrepot-") as folder:
        home = Home(Path(folder))
        home.prepare()
        ensure_keys(home)
        world = World(MovableClock(parse_time(START)))
        keys = TokenAuthenticator(home.jwks, issuer=ISSUER, audience=AUDIENCE)
        limits = Limits(tenant_rate=1_000_000, tenant_burst=1_000_000)
        server: RunningServer = await serve(
            world.servicers(), listen="127.0.0.1:0", authenticator=keys, limits=limits
        )
        indoors = Indoors(world.servicers(), authenticator=keys, limits=limits)
        try:
            async with grpc.aio.insecure_channel(server.address) as channel:
                await world.begin()
                yield Stage(home, world, channel, indoors)
        finally:
            await server.drain(0)
            await world.end()


@dataclass(frozen=True, slots=True)
class Turn:
    """A call of the story that is about to be made."""

    key: str
    """`order.PlaceOrder`."""
    method: MethodDescriptor
    request: Message
    role: str
    token: str
    first: bool
    """No call of the method came before."""


Listen = Callable[[Turn], Awaitable[None]]


async def nothing(_: Turn) -> None:
    """What most of those who listen do."""


async def tell(at: Stage, *, before: Listen = nothing, after: Listen = nothing) -> None:
    """Tell the whole story; `before` and `after` are heard around each call of it."""
    known, answers, heard = methods(), dict[str, Any](), set[str]()
    for step in story(TEXT.read_text()):
        if isinstance(step, Pass):
            await at.world.advance(parse_duration(step.by))
            continue
        method, said = known[step.service, step.method], CAST[step.who]
        key = f"{step.service}.{step.method}"
        asked = identified(told(step.request, answers), method.input_type, step.number)
        turn = Turn(
            key=key,
            method=method,
            request=ParseDict(asked, GetMessageClass(method.input_type)()),
            role=said["role"],
            token=at.token(said["role"], said.get("merchant") or said.get("subject", "")),
            first=key not in heard,
        )
        await before(turn)
        answer = await at.call(method, turn.request, turn.token)
        assert answer.outcome == Answer.of(Status()), f"{key}: {answer.outcome}"
        assert answer.response is not None
        await at.world.rest()
        await after(turn)
        heard.add(key)
        if step.name:
            answers[step.name] = MessageToDict(answer.response)
