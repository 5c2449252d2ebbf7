"""The story played on the fake: what was asked, what was said to others, what was posted."""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message_factory import GetMessageClass

from deploy.fake.clock import MovableClock
from deploy.fake.reference.story import CAST, START, TEXT, Ask, Pass, identified, story, told
from deploy.fake.services import MAKE
from deploy.fake.world import World
from deploy.local.clock import parse_duration, parse_time
from deploy.local.demo.players import scopes_of
from deploy.local.home import Home
from deploy.local.tokens import AUDIENCE, ISSUER, ensure_keys, mint
from libs.eventstore.index import Streams
from libs.messaging.envelope import Envelope, from_wire
from libs.messaging.parking import Message
from libs.observability.logs import configure_logs
from libs.rpc import RpcRefused, TokenAuthenticator, serve
from libs.rpc.watch import CORRELATION
from services.ledger.posting import Posting, posting_of


@dataclass(frozen=True, slots=True)
class Asked:
    """A call as it was made, every name in it resolved."""

    ask: Ask
    method: MethodDescriptor
    request: dict[str, Any]


@dataclass(slots=True)
class Played:
    """All that came of the story."""

    calls: list[Asked | Pass] = field(default_factory=list)
    messages: list[tuple[Message, Envelope]] = field(default_factory=list)
    postings: dict[UUID, list[Posting]] = field(default_factory=dict)
    """By the event that led to them."""


def methods() -> Mapping[tuple[str, str], MethodDescriptor]:
    """Every method of the six services, by service and name."""
    return {
        (name, method.name): method
        for name in MAKE
        for service in importlib.import_module(
            f"libs.contracts.{name}.v1.{name}_service_pb2"
        ).DESCRIPTOR.services_by_name.values()
        for method in service.methods
    }


async def play(text: str | None = None) -> Played:
    configure_logs("fake", level="error")
    with TemporaryDirectory(prefix="entrepot-") as folder:
        home = Home(Path(folder))
        home.prepare()
        ensure_keys(home)
        world = World(MovableClock(parse_time(START)))
        keys = TokenAuthenticator(home.jwks, issuer=ISSUER, audience=AUDIENCE)
        server = await serve(world.servicers(), listen="127.0.0.1:0", authenticator=keys)
        try:
            async with grpc.aio.insecure_channel(server.address) as channel:
                played = await _play(text or TEXT.read_text(), world, channel, tokens(home))
            await _look(played, world)
        finally:
            await server.drain(0)
            await world.end()
    return played


def tokens(home: Home) -> dict[str, str]:
    return {
        who: mint(
            home,
            role=said["role"],
            subject=said.get("subject"),
            scopes=scopes_of(said["role"]),
            merchant=said.get("merchant"),
        )
        for who, said in CAST.items()
    }


async def _play(
    text: str, world: World, channel: grpc.aio.Channel, tokens: Mapping[str, str]
) -> Played:
    played = Played()
    known = methods()
    answers: dict[str, Any] = {}
    for step in story(text):
        if isinstance(step, Pass):
            await world.advance(parse_duration(step.by))
            played.calls.append(step)
            continue
        method = known[step.service, step.method]
        request = identified(told(step.request, answers), method.input_type, step.number)
        answer = await _call(channel, method, request, tokens[step.who], step)
        await world.rest()
        played.calls.append(Asked(step, method, request))
        if step.name:
            answers[step.name] = answer
    return played


async def _call(
    channel: grpc.aio.Channel,
    method: MethodDescriptor,
    request: dict[str, Any],
    token: str,
    ask: Ask,
) -> Any:
    path = f"/{method.containing_service.full_name}/{method.name}"
    raw = ParseDict(request, GetMessageClass(method.input_type)()).SerializeToString()
    metadata = [("authorization", f"Bearer {token}"), (CORRELATION, f"story-{ask.number}")]
    answer = GetMessageClass(method.output_type)
    try:
        if method.server_streaming:
            async for part in channel.unary_stream(path, None, None)(
                raw, metadata=metadata, timeout=60
            ):
                return MessageToDict(answer.FromString(part))
        told = answer.FromString(
            await channel.unary_unary(path, None, None)(raw, metadata=metadata, timeout=60)
        )
    except grpc.aio.AioRpcError as error:
        raise AssertionError(f"{ask.service}.{ask.method}: {RpcRefused.of(error)}") from error
    said = MessageToDict(told)
    for result in said.get("results", ()):
        assert "error" not in result, f"{ask.service}.{ask.method}: {result['error']}"
    return said


async def _look(played: Played, world: World) -> None:
    """What went over the topics, and what each of it led the ledger to post."""
    for name in MAKE:
        topic = world.life(name).service.topic
        assert not await world.life(name).parking.all(), f"{name} could not handle a message"
        for message in world.broker.read(topic, 0):
            event = from_wire(message.topic, message.key, message.value, message.headers)
            played.messages.append((message, event))
    for recorded in await Streams(world.life("ledger").service.store).facts():
        posting = posting_of(recorded.fact)
        if posting is not None and recorded.cause.causation_id:
            played.postings.setdefault(UUID(recorded.cause.causation_id), []).append(posting)


def shown(calls: Sequence[Asked | Pass]) -> dict[str, Asked]:
    """Of every method the first call of it, by the method's full name."""
    first: dict[str, Asked] = {}
    for call in calls:
        if isinstance(call, Asked):
            first.setdefault(call.method.full_name, call)
    return first
