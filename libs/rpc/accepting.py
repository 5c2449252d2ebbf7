"""Accepts calls as they come, many in one turn of the event loop.

A server of grpc.aio asks for the next call when it has begun the last one, which takes some five
turns of the loop. Where other work shares the loop, as consumers do here, a turn takes
milliseconds, and calls wait in line while hardly any is under way.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, TypeAlias

import grpc
from grpc._cython import cygrpc  # type: ignore[attr-defined]  # What it has is not in its stubs.

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"  # Messages of any method.

AT_ONCE = 8
"""Calls of one method that can be accepted in one turn."""


class Accepting:
    """Asks gRPC for further calls of each method, beside the one that a server asks for itself.

    All that is done with a call once it is there is the server's own.
    """

    def __init__(self, server: grpc.aio.Server) -> None:
        self._server: Any = server  # As it is, with what its stubs do not say.
        self._handlers: dict[str, Handler] = {}
        self._asking: list[asyncio.Task[None]] = []
        self._calls: set[asyncio.Task[None]] = set()

    def add(self, service: str, handlers: Mapping[str, Handler]) -> None:
        """Before the server starts."""
        self._server.add_registered_method_handlers(service, handlers)
        self._handlers |= {f"/{service}/{name}": one for name, one in handlers.items()}

    def begin(self) -> None:
        """Once it has started."""
        found = cygrpc._MethodResolver([], self._handlers)
        self._asking = [
            asyncio.create_task(self._ask(path, found))
            for path in self._handlers
            for _ in range(AT_ONCE)
        ]

    async def end(self) -> None:
        """Once it has stopped, which ends what was asked of it."""
        await asyncio.gather(*self._asking)

    async def _ask(self, path: str, handlers: object) -> None:
        core, loop = self._server._server, asyncio.get_running_loop()
        method = path.encode()
        while True:
            try:
                call = await core._request_registered_call(method)
            except cygrpc._RequestCallError:
                if core.is_running():
                    continue
                return
            served = cygrpc._handle_rpc(path, handlers, (), call, loop, False)
            task = loop.create_task(cygrpc._schedule_rpc_coro(served, call, loop, path))
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)
