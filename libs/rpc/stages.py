"""The stages that every call passes, outermost first:

errors > trace > authn > deadline > limit > authz > validation

A method is wrapped once, when the server is made, so that a call pays only for what it passes.
"""

import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any, cast

import grpc
from google.protobuf.message import Message

from libs.observability import Metrics
from libs.rpc.accepting import Handler, accepted
from libs.rpc.authn import Authenticator
from libs.rpc.caller import enter_as
from libs.rpc.limits import Deadline, Gate, Limits
from libs.rpc.method import Method
from libs.rpc.quotas import Quotas
from libs.rpc.watch import Context, Watch
from libs.runtime.cause import because

Unary = Callable[[Message, Context], Awaitable[Message]]
Stream = Callable[[Message, Context], AsyncGenerator[Message, None]]


class Stages:
    """What all methods of one server have in common."""

    def __init__(self, *, authenticator: Authenticator, limits: Limits, metrics: Metrics) -> None:
        self._authenticator = authenticator
        self._limits = limits
        self._gate = Gate(most=limits.calls_max, least=limits.calls_min, taking_s=limits.taking_s)
        self._quotas = Quotas(
            calls_max=limits.tenant_calls_max, rate=limits.tenant_rate, burst=limits.tenant_burst
        )
        self._watch = Watch(metrics)
        metrics.gauge("entrepot_rpc_in_flight", "Calls under way.", lambda: self._gate.inside)

    def around(self, service: str, handlers: Mapping[str, Handler]) -> dict[str, Handler]:
        """The methods of a service, each behind all stages."""
        return {name: self._wrap(f"{service}/{name}", one) for name, one in handlers.items()}

    def _wrap(self, name: str, handler: Handler) -> Handler:
        if handler.request_streaming:
            raise TypeError(f"{name}: requests are not streamed here, send batches")
        assert handler.request_deserializer is not None, "generated code reads its requests"
        assert handler.response_serializer is not None, "generated code writes its responses"
        method = Method.declared(
            name, decode=handler.request_deserializer, encode=handler.response_serializer
        )
        # gRPC is given no serializers: it passes bytes, and what goes wrong with them goes
        # wrong inside the stages.
        if handler.response_streaming:
            assert inspect.isasyncgenfunction(handler.unary_stream), f"{name} yields its responses"
            return grpc.unary_stream_rpc_method_handler(self._stream(method, handler.unary_stream))
        return grpc.unary_unary_rpc_method_handler(
            self._unary(method, cast("Unary", handler.unary_unary))
        )

    def _unary(self, method: Method, serve: Unary) -> Callable[[bytes, Context], Any]:
        async def handle(raw: bytes, context: Context) -> bytes:
            with self._watch.call(method, context) as call:
                caller = self._authenticator.authenticate(call.metadata.get("authorization"))
                seconds = self._limits.seconds(context.time_remaining())
                with Deadline(seconds), self._quotas.share_of(caller), self._gate.call(accepted()):
                    caller = method.admit(caller)
                    request = method.read(raw)
                    enter_as(caller)
                    with because(call.cause(request, caller)):
                        return method.encode(await serve(request, context))
            await call.fail(context)

        return handle

    def _stream(self, method: Method, serve: Stream) -> Callable[[bytes, Context], Any]:
        async def handle(raw: bytes, context: Context) -> AsyncIterator[bytes]:
            with self._watch.call(method, context) as call:
                caller = self._authenticator.authenticate(call.metadata.get("authorization"))
                seconds = self._limits.stream_seconds(context.time_remaining())
                with Deadline(seconds), self._quotas.share_of(caller), self._gate.stream():
                    caller = method.admit(caller)
                    request = method.read(raw)
                    enter_as(caller)
                    async with aclosing(serve(request, context)) as responses:
                        async for response in responses:
                            yield method.encode(response)
                    return
            await call.fail(context)

        return handle
