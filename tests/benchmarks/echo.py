"""Echo: what bare grpc.aio does in one process, client included."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc

from libs.runtime.clock import perf_counter

AT_ONCE = 64
PATH = "/entrepot.Echo/Echo"
MESSAGE = b"x" * 200


async def calls_a_second(seconds: float) -> float:
    """Of many callers at once."""
    start = perf_counter()
    async with _echo() as call:

        async def keep_calling() -> int:
            calls = 0
            while perf_counter() - start < seconds:
                await call(MESSAGE)
                calls += 1
            return calls

        calls = await asyncio.gather(*(keep_calling() for _ in range(AT_ONCE)))
        return sum(calls) / (perf_counter() - start)


async def milliseconds(seconds: float) -> list[float]:
    """What each call takes, one after the other."""
    took: list[float] = []
    end = perf_counter() + seconds
    async with _echo() as call:
        while (start := perf_counter()) < end:
            await call(MESSAGE)
            took.append((perf_counter() - start) * 1000)
    return took


@asynccontextmanager
async def _echo() -> AsyncIterator[Any]:  # a callable of grpc.aio
    async def echo(request: bytes, context: object) -> bytes:
        return request

    handler = grpc.method_handlers_generic_handler(
        "entrepot.Echo", {"Echo": grpc.unary_unary_rpc_method_handler(echo)}
    )
    server = grpc.aio.server()
    server.add_generic_rpc_handlers([handler])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield channel.unary_unary(PATH, None, None)
    finally:
        await server.stop(None)
