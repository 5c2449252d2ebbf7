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
        self._handlers: Mapping[str, Any] = {  # gRPC's, which are not typed
            f"/{service}/{name}": handler
            for service, handlers in methods.of.items()
            for name, handler in stages.around(service, handlers).items()
        }

    async def call(self, path: str, raw: bytes, metadata: Metadata) -> bytes | None:
        """The answer, or the first of a stream, if any. Raises `Aborted`.

        Each call is a task, so that what it binds to its context ends with it.
        """
        return await asyncio.create_task(self._call(self._handlers[path], raw, Context(metadata)))

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
