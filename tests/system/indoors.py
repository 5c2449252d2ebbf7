"""The methods of a server without its socket: behind the same stages, as gRPC would call them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import grpc

from libs.observability import Metrics
from libs.rpc import Limits
from libs.rpc.authn import Authenticator
from libs.rpc.server import Adder, Methods
from libs.rpc.stages import Stages

PATIENCE_S = 60.0
DETAILS = "grpc-status-details-bin"

Metadata = Sequence[tuple[str, str]]


class Aborted(Exception):
    """What a client would get in place of an answer."""

    def __init__(self, code: grpc.StatusCode, words: str, trailer: Mapping[str, bytes]) -> None:
        super().__init__(words)
        self.code = code
        self.words = words
        self.details = trailer.get(DETAILS)


class Context:
    """What the stages ask gRPC about a call."""

    def __init__(self, metadata: Metadata) -> None:
        self._metadata = metadata

    def invocation_metadata(self) -> Metadata:
        return self._metadata

    def time_remaining(self) -> float:
        return PATIENCE_S

    async def abort(self, code: grpc.StatusCode, words: str, trailer: Any = ()) -> NoReturn:
        raise Aborted(code, words, dict(trailer))


class Indoors:
    def __init__(
        self, services: Mapping[Adder, object], *, authenticator: Authenticator, limits: Limits
    ) -> None:
        stages = Stages(authenticator=authenticator, limits=limits, metrics=Metrics())
        methods = Methods()
        for add, servicer in services.items():
            add(servicer, methods)
        self._handlers = [stages.around(name, it) for name, it in methods.of.items()]
        self._known: dict[str, Any] = {}  # gRPC's handlers, which are not typed.

    async def call(self, path: str, raw: bytes, metadata: Metadata) -> bytes | None:
        """The answer, or the first of a stream, if any. Raises `Aborted`.

        Each call is a task, so that what it binds to its context ends with it.
        """
        return await asyncio.create_task(self._call(self._method(path), raw, Context(metadata)))

    async def _call(self, method: Any, raw: bytes, context: Context) -> bytes | None:
        if not method.response_streaming:
            answer: bytes = await method.unary_unary(raw, context)
            return answer
        stream = method.unary_stream(raw, context)
        try:
            first: bytes | None = await anext(stream, None)
            return first
        finally:
            await stream.aclose()

    def _method(self, path: str) -> Any:
        known = self._known.get(path)
        if known is None:
            details = _Details(path)
            known = next(it for handler in self._handlers if (it := handler.service(details)))
            self._known[path] = known
        return known


class _Details(grpc.HandlerCallDetails):
    def __init__(self, method: str) -> None:
        self.method = method
        self.invocation_metadata = ()
