"""Probes ask at an address of their own: is it alive, and is it ready."""

import asyncio

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from libs.rpc import RunningServer, serve_health

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


async def asked(server: RunningServer, name: str) -> int:
    async with grpc.aio.insecure_channel(server.address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        return int((await stub.Check(health_pb2.HealthCheckRequest(service=name))).status)


async def test_a_process_is_alive_before_it_is_ready() -> None:
    server = await serve_health("127.0.0.1:0")

    assert await asked(server, "live") == SERVING
    assert await asked(server, "ready") == NOT_SERVING
    await server.drain(0)


async def test_a_process_that_lost_its_database_is_alive_and_not_ready() -> None:
    server = await serve_health("127.0.0.1:0")
    await server.serving(True)
    ready = await asked(server, "ready")

    await server.serving(False)

    assert ready == SERVING
    assert await asked(server, "ready") == NOT_SERVING
    assert await asked(server, "live") == SERVING
    await server.drain(0)


async def test_after_the_drain_nobody_answers() -> None:
    server = await serve_health("127.0.0.1:0")

    await server.drain(0)

    with pytest.raises(grpc.aio.AioRpcError):
        await asyncio.wait_for(asked(server, "ready"), 5)
