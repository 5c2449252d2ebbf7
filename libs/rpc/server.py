"""A gRPC server: its services behind the stages, health, reflection, and an end in order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer  # Public as health.aio, which its stubs lack.
from grpc_reflection.v1alpha import reflection

from libs.client.waking import woken_once
from libs.observability import Metrics
from libs.rpc.accepting import Accepting, Handler
from libs.rpc.authn import Authenticator
from libs.rpc.limits import Limits
from libs.rpc.stages import Stages

Adder = Callable[[Any, Any], None]
"""A generated `add_XServicer_to_server`."""

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
HEALTH = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
KEEPALIVE_MS = 60_000
LIVE, READY = "live", "ready"


@dataclass(frozen=True, slots=True)
class RunningServer:
    """Accepts calls from the moment it is there; says that it is healthy when told."""

    address: str
    """Where it listens, with the port that was bound."""
    services: tuple[str, ...]
    _server: grpc.aio.Server
    _health: HealthServicer
    _accepting: Accepting | None = None

    async def serving(self, ready: bool) -> None:
        """Tell whoever asks for health, of each service and of the whole."""
        for service in ("", *self.services):
            await self._health.set(service, SERVING if ready else NOT_SERVING)

    async def drain(self, grace: float) -> None:
        """Be unhealthy, take nothing new, and let what is under way end within `grace` seconds."""
        await self._health.enter_graceful_shutdown()
        await self._server.stop(grace)
        if self._accepting is not None:
            await self._accepting.end()

    async def wait(self) -> None:
        await self._server.wait_for_termination()


async def serve(
    services: Mapping[Adder, object],
    *,
    listen: str,
    authenticator: Authenticator,
    metrics: Metrics | None = None,
    limits: Limits | None = None,
    credentials: grpc.ServerCredentials | None = None,
) -> RunningServer:
    """Serve each servicer through its generated adder on `host:port`; port 0 takes a free one.

    With `credentials` it speaks TLS, and asks for the client's certificate if they say so.
    """
    limits = limits or Limits()
    stages = Stages(authenticator=authenticator, limits=limits, metrics=metrics or Metrics())
    methods = Methods()
    for add, servicer in services.items():
        add(servicer, methods)

    with woken_once():
        server = grpc.aio.server(options=_options(limits))
    accepting = Accepting(server)
    for service, handlers in methods.of.items():
        accepting.add(service, stages.around(service, handlers))
    names = tuple(methods.of)
    healthy = HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
    reflection.enable_server_reflection((*names, HEALTH, reflection.SERVICE_NAME), server)
    if credentials is None:
        port = server.add_insecure_port(listen)
    else:
        port = server.add_secure_port(listen, credentials)
    address = f"{listen.rpartition(':')[0]}:{port}"
    running = RunningServer(address, names, server, healthy, accepting)
    await running.serving(False)
    await server.start()
    accepting.begin()
    return running


async def serve_health(listen: str) -> RunningServer:
    """Answers probes, which speak no TLS, at an address of its own.

    `live` as long as the process answers at all; `ready` when it is told so.
    """
    with woken_once():
        server = grpc.aio.server()
    healthy = HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
    port = server.add_insecure_port(listen)
    running = RunningServer(f"{listen.rpartition(':')[0]}:{port}", (READY,), server, healthy)
    await healthy.set(LIVE, SERVING)
    await running.serving(False)
    await server.start()
    return running


class Methods:
    """Stands where generated code expects a server, to learn which methods there are."""

    def __init__(self) -> None:
        self.of: dict[str, dict[str, Handler]] = {}

    def add_generic_rpc_handlers(self, handlers: object) -> None:
        """The same methods once more, in the form that servers look them up by name."""

    def add_registered_method_handlers(self, service: str, handlers: dict[str, Handler]) -> None:
        self.of[service] = handlers


def _options(limits: Limits) -> list[tuple[str, int]]:
    return [
        ("grpc.so_reuseport", 1),
        ("grpc.max_receive_message_length", limits.request_bytes_max),
        ("grpc.keepalive_time_ms", KEEPALIVE_MS),
        ("grpc.http2.min_ping_interval_without_data_ms", KEEPALIVE_MS // 2),
        ("grpc.max_connection_age_ms", limits.connection_age_s_max * 1000),
        ("grpc.max_connection_age_grace_ms", int(limits.deadline_s_max * 1000)),
    ]
