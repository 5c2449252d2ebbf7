"""The echo service: its messages, a servicer that does as it is told, and a client's stub."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import message_factory

from libs.domain import NotFound, RuleViolated
from libs.observability import current_traceparent
from libs.rpc.batch import each
from libs.rpc.caller import caller
from libs.runtime.cause import current_cause
from tests.protos import load_proto

SERVICE = "entrepot.echo.v1.EchoService"


FILE = load_proto(Path(__file__).with_name("echo.proto"))


def _message(name: str) -> Any:
    return message_factory.GetMessageClass(FILE.message_types_by_name[name])


SayRequest = _message("SayRequest")
Said = _message("Said")
BatchSayRequest = _message("BatchSayRequest")
BatchSayResponse = _message("BatchSayResponse")
SaidResult = _message("SaidResult")
ListEchoesRequest = _message("ListEchoesRequest")


class TooLoud(RuleViolated):
    """The text is in capitals."""


class Unheard(RuleViolated):
    """A refusal that nobody declared a reason for."""


class EchoServicer:
    """Says what it is asked to; some texts are orders."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.heard = 0
        self.inside = 0
        self.cancelled = 0
        self.waiting = asyncio.Event()
        self.left = asyncio.Event()

    async def Say(self, request: Any, context: object) -> Any:
        self.heard += 1
        match request.text:
            case "who":
                return Said(text=f"{caller().subject} for {caller().merchant}")
            case "roles":
                return Said(text=" ".join(sorted(caller().roles)))
            case "why":
                cause = current_cause()
                return Said(text=f"{cause.correlation_id} {cause.causation_id} {cause.actor}")
            case "trace":
                return Said(text=current_traceparent() or "")
            case "nothing":
                raise NotFound("there is no such echo", field="text", text=request.text)
            case "undeclared":
                raise Unheard("hm")
            case "bug":
                raise RuntimeError("Ada Lovelace, 12 St James's Square")
            case "none":
                return None
            case "slow":
                await self._wait_for_ever()
            case text if text.isupper():
                raise TooLoud("speak softly", field="text", loudness="11")
        self.said.append(request.text)
        return Said(text=request.text)

    async def _wait_for_ever(self) -> None:
        self.inside += 1
        self.waiting.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.inside -= 1
            self.cancelled += 1
            self.left.set()

    async def BatchSay(self, request: Any, context: object) -> Any:
        results = await each(
            request.requests, lambda one: self.Say(one, context), result=SaidResult
        )
        return BatchSayResponse(results=results)

    async def Repeat(self, request: Any, context: object) -> AsyncIterator[Any]:
        for _ in range(3):
            yield await self.Say(request, context)

    async def Whisper(self, request: Any, context: object) -> Any:
        raise AssertionError("nobody may call this")


def add_echo(servicer: EchoServicer, server: Any) -> None:
    """As generated code adds a servicer to a server."""
    unary = {
        "Say": (servicer.Say, SayRequest),
        "BatchSay": (servicer.BatchSay, BatchSayRequest),
        "Whisper": (servicer.Whisper, SayRequest),
    }
    handlers: dict[str, Any] = {
        name: grpc.unary_unary_rpc_method_handler(
            method,
            request_deserializer=request.FromString,
            response_serializer=lambda response: response.SerializeToString(),
        )
        for name, (method, request) in unary.items()
    }
    handlers["Repeat"] = grpc.unary_stream_rpc_method_handler(
        servicer.Repeat,
        request_deserializer=SayRequest.FromString,
        response_serializer=lambda response: response.SerializeToString(),
    )
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, handlers)])
    server.add_registered_method_handlers(SERVICE, handlers)


class EchoStub:
    """As generated stubs are."""

    def __init__(self, channel: Any) -> None:
        def unary(name: str, response: Any) -> Any:
            return channel.unary_unary(
                f"/{SERVICE}/{name}",
                request_serializer=_serialized,
                response_deserializer=response.FromString,
            )

        self.Say = unary("Say", Said)
        self.BatchSay = unary("BatchSay", BatchSayResponse)
        self.Whisper = unary("Whisper", Said)
        self.Repeat = channel.unary_stream(
            f"/{SERVICE}/Repeat",
            request_serializer=_serialized,
            response_deserializer=Said.FromString,
        )


def _serialized(message: Any) -> bytes:
    return bytes(message) if isinstance(message, bytes) else message.SerializeToString()
