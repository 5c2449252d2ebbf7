"""Echo: as many calls a second as bare grpc.aio answers in one process, client included."""

from __future__ import annotations

import asyncio

import grpc

from libs.runtime.clock import perf_counter

AT_ONCE = 64
PATH = "/entrepot.Echo/Echo"


async def calls_a_second(seconds: float) -> float:
    async def echo(request: bytes, context: object) -> bytes:
        return request

    handler = grpc.method_handlers_generic_handler(
        "entrepot.Echo", {"Echo": grpc.unary_unary_rpc_method_handler(echo)}
    )
    server = grpc.aio.server()
    server.add_generic_rpc_handlers([handler])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    start = perf_counter()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            call = channel.unary_unary(PATH, None, None)

            async def keep_calling() -> int:
                calls = 0
                while perf_counter() - start < seconds:
                    await call(b"x" * 200)
                    calls += 1
                return calls

            calls = await asyncio.gather(*(keep_calling() for _ in range(AT_ONCE)))
            return sum(calls) / (perf_counter() - start)
    finally:
        await server.stop(None)
