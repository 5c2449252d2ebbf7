"""The echo service: its messages, a servicer that does as it is told, and a client's stub."""

import asyncio
import importlib.resources
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_tools import protoc

from libs.contracts.buf.validate import validate_pb2
from libs.contracts.common.v1 import options_pb2
from libs.domain import NotFound, RuleViolated
from libs.observability import current_traceparent
from libs.rpc.batch import each
from libs.rpc.caller import caller
from libs.runtime.cause import current_cause

HERE = Path(__file__).parent
PROTOS = HERE.parents[2] / "protos"
LOADED = (options_pb2, validate_pb2)
"""The echo's proto imports these; they must be in the pool before it."""

SERVICE = "entrepot.echo.v1.EchoService"


def _load() -> descriptor_pb2.FileDescriptorProto:
    well_known = importlib.resources.files("grpc_tools") / "_proto"
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "echo.bin"
        arguments = [f"-I{HERE}", f"-I{PROTOS}", f"-I{well_known}"]
        if protoc.main(["protoc", *arguments, f"--descriptor_set_out={target}", "echo.proto"]):
            raise AssertionError("echo.proto does not compile")
        (file,) = descriptor_pb2.FileDescriptorSet.FromString(target.read_bytes()).file
        return file


def _message(name: str) -> Any:
    descriptor = descriptor_pool.Default().FindMessageTypeByName(f"entrepot.echo.v1.{name}")
    return message_factory.GetMessageClass(descriptor)


descriptor_pool.Default().AddSerializedFile(_load().SerializeToString())
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
