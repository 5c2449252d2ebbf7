"""Accepts calls as they come, many in one turn of the event loop.

A server of grpc.aio asks for the next call when it has begun the last one, which takes some five
turns of the loop. Where other work shares the loop, as consumers do here, a turn takes
milliseconds, and calls wait in line while hardly any is under way.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, TypeAlias

import grpc
from grpc._cython import cygrpc  # type: ignore[attr-defined]  # What it has is not in its stubs.

from libs.runtime.clock import perf_counter

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"  # Messages of any method.

FIRST, MOST = 4, 64
"""Calls of one method that can be accepted in one turn: at first, and where that was too few."""

_accepted: ContextVar[float] = ContextVar("accepted")


def accepted() -> float:
    """When the call was accepted that we are in; on a busy loop that is before it was begun."""
    return _accepted.get(0.0) or perf_counter()


class Accepting:
    """Asks gRPC for further calls of each method, beside the one that a server asks for itself.

    All that is done with a call once it is there is the server's own.
    """

    def __init__(self, server: grpc.aio.Server) -> None:
        self._server: Any = server  # As it is, with what its stubs do not say.
        self._handlers: dict[str, Handler] = {}
        self._resolver: object = None
        self._asking: dict[str, list[asyncio.Task[None]]] = {}
        self._came: Counter[str] = Counter()  # In this turn of the loop.
        self._calls: set[asyncio.Task[None]] = set()

    def add(self, service: str, handlers: Mapping[str, Handler]) -> None:
        """Before the server starts."""
        self._server.add_registered_method_handlers(service, handlers)
        self._handlers |= {f"/{service}/{name}": one for name, one in handlers.items()}

    def begin(self) -> None:
        """Once it has started."""
        self._resolver = cygrpc._MethodResolver([], self._handlers)
        for path in self._handlers:
            self._asking[path] = []
            self._ask_more(path, FIRST)

    async def end(self) -> None:
        """Once it has stopped, which ends what was asked of it."""
        await asyncio.gather(*(task for tasks in self._asking.values() for task in tasks))

    def _ask_more(self, path: str, more: int) -> None:
        self._asking[path] += [asyncio.create_task(self._ask(path)) for _ in range(more)]

    async def _ask(self, path: str) -> None:
        core, loop = self._server._server, asyncio.get_running_loop()
        method = path.encode()
        while True:
            try:
                call = await core._request_registered_call(method)
            except cygrpc._RequestCallError:
                if core.is_running():
                    continue
                return
            _accepted.set(perf_counter())  # The tasks of the call inherit it.
            served = cygrpc._handle_rpc(path, self._resolver, (), call, loop, False)
            task = loop.create_task(cygrpc._schedule_rpc_coro(served, call, loop, path))
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)
            self._count(path)

    def _count(self, path: str) -> None:
        """Where as many came in one turn as were asked for, more may be waiting."""
        if not self._came[path]:
            asyncio.get_running_loop().call_soon(self._came.pop, path)
        self._came[path] += 1
        if self._came[path] == len(self._asking[path]) < MOST:
            self._ask_more(path, len(self._asking[path]))
