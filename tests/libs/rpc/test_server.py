"""A server says when it is ready, shows what it offers, and ends in order."""

import asyncio
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from libs.rpc import RpcRefused, RunningServer, connect, serve
from tests.libs.rpc.conftest import Acquaintances
from tests.libs.rpc.echo import SERVICE, EchoServicer, EchoStub, SayRequest, add_echo

REQUEST = "6f0a1f5e-3b1c-5c0e-9d53-0e3d1b8f7a42"
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


async def health_of(server: RunningServer, service: str) -> int:
    async with connect(server.address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        answer = await health.Check(health_pb2.HealthCheckRequest(service=service))
        return int(answer.status)


@pytest.mark.parametrize("service", ["", SERVICE])
async def test_a_server_is_healthy_when_it_is_told_so(server: RunningServer, service: str) -> None:
    assert await health_of(server, service) == NOT_SERVING

    await server.serving(True)
    assert await health_of(server, service) == SERVING

    await server.serving(False)
    assert await health_of(server, service) == NOT_SERVING


async def test_a_service_that_is_not_there_has_no_health(server: RunningServer) -> None:
    with pytest.raises(RpcRefused) as refused:
        await health_of(server, "entrepot.nothing.v1.NothingService")

    assert refused.value.code is grpc.StatusCode.NOT_FOUND


async def test_what_it_offers_can_be_asked_without_a_token(server: RunningServer) -> None:
    async with connect(server.address) as channel:
        reflection = reflection_pb2_grpc.ServerReflectionStub(channel)
        question = reflection_pb2.ServerReflectionRequest(list_services="*")
        answers = [answer async for answer in reflection.ServerReflectionInfo(iter([question]))]

    offered = {service.name for service in answers[0].list_services_response.service}
    assert offered == {
        SERVICE,
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
    }


async def test_a_method_that_is_not_there_is_unimplemented(server: RunningServer) -> None:
    async with connect(server.address, "ada") as channel:
        shout = channel.unary_unary(f"/{SERVICE}/Shout", request_serializer=bytes)
        with pytest.raises(RpcRefused) as refused:
            await shout(b"")

    assert refused.value.code is grpc.StatusCode.UNIMPLEMENTED


async def test_draining_lets_what_is_under_way_end() -> None:
    release = asyncio.Event()
    begun = asyncio.Event()

    class Patient(EchoServicer):
        async def Say(self, request: Any, context: object) -> Any:
            begun.set()
            await release.wait()
            return await super().Say(request, context)

    server = await serve({add_echo: Patient()}, listen="127.0.0.1:0", authenticator=Acquaintances())
    async with connect(server.address, "ada") as channel:
        call = asyncio.ensure_future(
            EchoStub(channel).Say(SayRequest(request_id=REQUEST, text="last words"))
        )
        await begun.wait()
        draining = asyncio.ensure_future(server.drain(grace=5))
        await asyncio.wait([draining], timeout=0.05)

        release.set()

        assert (await call).text == "last words"
        await draining


async def test_two_processes_may_share_an_address() -> None:
    first = await serve(
        {add_echo: EchoServicer()}, listen="127.0.0.1:0", authenticator=Acquaintances()
    )
    second = await serve(
        {add_echo: EchoServicer()}, listen=first.address, authenticator=Acquaintances()
    )

    assert second.address == first.address
    await first.drain(grace=0)
    await second.drain(grace=0)


async def test_a_method_that_no_proto_declares_is_found_at_the_start() -> None:
    def add_undeclared(_: object, server: Any) -> None:
        handler = grpc.unary_unary_rpc_method_handler(
            lambda *_: None, request_deserializer=bytes, response_serializer=bytes
        )
        server.add_registered_method_handlers(SERVICE, {"Shout": handler})

    with pytest.raises(KeyError, match="Shout"):
        await serve({add_undeclared: object()}, listen="127.0.0.1:0", authenticator=Acquaintances())
