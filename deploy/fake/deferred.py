"""Servicers that are loaded when they are first called: half of a process's start is imports."""

from collections.abc import AsyncIterator, Callable
from importlib import import_module
from typing import Any

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from libs.rpc.server import Adder


def deferred(name: str, servicer: Callable[[], Any]) -> tuple[Adder, object]:
    """A service's generated adder, and what stands in for its servicer until it is called."""
    generated = import_module(f"libs.contracts.{name}.v1.{name}_service_pb2")
    (service,) = generated.DESCRIPTOR.services_by_name.values()
    adders = import_module(f"libs.contracts.{name}.v1.{name}_service_pb2_grpc")
    return getattr(adders, f"add_{service.name}Servicer_to_server"), _standing_in(service, servicer)


def _standing_in(service: ServiceDescriptor, servicer: Callable[[], Any]) -> object:
    methods = {method.name: _method(method, servicer) for method in service.methods}
    return type(f"Deferred{service.name}", (), methods)()


def _method(method: MethodDescriptor, servicer: Callable[[], Any]) -> Callable[..., Any]:
    name = method.name

    async def unary(_: object, request: object, context: object) -> object:
        return await getattr(servicer(), name)(request, context)

    async def stream(_: object, request: object, context: object) -> AsyncIterator[object]:
        async for response in getattr(servicer(), name)(request, context):
            yield response

    return stream if method.server_streaming else unary
