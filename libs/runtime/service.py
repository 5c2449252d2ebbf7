"""A service, and how a process runs it: start in order, report health, drain when told."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import asyncpg
import structlog
import uvloop

from libs.domain import Aggregate
from libs.eventstore import Mark, PostgresRecorder, Recorded, Store
from libs.eventstore.postgres import Participant
from libs.messaging.consumer import Consumer
from libs.messaging.dispatch import Dispatch, Handlers
from libs.messaging.envelope import Policy
from libs.messaging.follower import (
    MOVE,
    Follower,
    LeadershipLost,
    PostgresMarks,
    in_order_per_stream,
)
from libs.messaging.parking import PostgresParking
from libs.messaging.relay import Publish, Relay
from libs.observability import Telemetry, setup, span
from libs.rpc import RunningServer, TokenAuthenticator, serve, serve_health
from libs.runtime.cause import Cause, because
from libs.runtime.certificates import Certificates
from libs.runtime.clock import Clock, SharedClock, SystemClock
from libs.runtime.deadlines import Deadlines
from libs.runtime.settings import Settings
from libs.runtime.waiting import pause

log = structlog.get_logger(__name__)

PING_SECONDS = 2.0


Project = Callable[[Any, Sequence[Recorded]], Awaitable[None]]
"""Writes rows that follow from facts, in the transaction that moves the projector's mark."""


class Effects(Protocol):
    """What a service asks of the world outside, once the asking is a stored fact."""

    async def react(self, recorded: Recorded) -> Sequence[Any]:
        """The commands that record the answer; called at least once for every fact."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service as its wiring made it."""

    name: str
    store: Store
    recorder: PostgresRecorder
    grpc: Mapping[Callable[[Any, Any], None], object]
    publish: Publish
    follows: Mapping[str, Policy] = field(default_factory=dict)
    handlers: Handlers = field(default_factory=dict)
    projections: Mapping[str, Project] = field(default_factory=dict)
    effects: Effects | None = None
    background: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()
    """Further work of the process, run until it ends; each wakes by itself."""

    @property
    def topic(self) -> str:
        return f"entrepot.{self.name}.v1"


Build = Callable[[Settings], Awaitable[Service]]


def clock_of(settings: Settings) -> Clock:
    """The machine's clock, or the one that the processes of a local stack share."""
    return SharedClock(settings.clock_file) if settings.clock_file else SystemClock()


async def open_store(
    settings: Settings, kinds: Sequence[type[Aggregate]], *, participant: Participant | None = None
) -> tuple[Store, PostgresRecorder]:
    """The service's streams in its database, ready for use."""
    recorder = PostgresRecorder(settings.database, participant=participant)
    await recorder.start()
    return Store(recorder, kinds=kinds, clock=clock_of(settings)), recorder


def run(name: str, build: Build) -> None:
    """The whole life of a process. Ends on SIGTERM or SIGINT once what it accepted is done."""
    settings = Settings()
    telemetry = setup(
        name,
        traces=settings.traces,
        log_level=settings.log_level,
        sample_ratio=settings.trace_ratio,
        metrics=settings.metrics,
    )
    if settings.traces and settings.traces.startswith("file:"):
        Path(settings.traces.removeprefix("file:")).parent.mkdir(parents=True, exist_ok=True)
    try:
        uvloop.run(_live(settings, build, telemetry))
    finally:
        telemetry.shutdown()


async def _live(settings: Settings, build: Build, telemetry: Telemetry) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    telemetry.watch(loop)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    service = await build(settings)
    log.info("started", roles=settings.roles)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(service.recorder.stop)
        tasks = [asyncio.create_task(work) for work in _workers(service, settings, stack)]
        servers = [server async for server in _servers(service, settings, telemetry)]
        tasks.append(asyncio.create_task(_report_health(service, servers)))
        telemetry.metrics.gauge(
            "entrepot_commands_waiting",
            "commands that wait to be appended",
            lambda: {(): service.recorder.waiting},
        )
        await stop.wait()
        log.info("draining")
        await asyncio.gather(*(server.drain(settings.drain_seconds) for server in servers))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    log.info("stopped")


async def _servers(
    service: Service, settings: Settings, telemetry: Telemetry
) -> AsyncIterator[RunningServer]:
    """Where the process answers: calls, if that is one of its roles, and probes."""
    if settings.has("api"):
        yield await serve(
            service.grpc,
            listen=settings.listen,
            authenticator=TokenAuthenticator(
                settings.jwks, issuer=settings.issuer, audience=settings.audience
            ),
            metrics=telemetry.metrics,
            credentials=Certificates(settings.tls).server_credentials() if settings.tls else None,
        )
    if settings.health:
        yield await serve_health(settings.health)


def _workers(
    service: Service, settings: Settings, stack: AsyncExitStack
) -> list[Coroutine[Any, Any, None]]:
    """What the process does beside answering calls, by its roles."""
    pool = service.recorder.pool
    marks = PostgresMarks(settings.database, pool)
    tls = Certificates(settings.kafka_tls).client_context() if settings.kafka_tls else None
    workers: list[Coroutine[Any, Any, None]] = [work() for work in service.background]
    if settings.has("relay"):
        relay = Relay(
            bootstrap=settings.kafka,
            tls=tls,
            topic=service.topic,
            source=f"/entrepot/{service.name}",
            publish=service.publish,
        )
        stack.push_async_callback(relay.close)
        workers.append(Follower(service.store, marks, name="relay", handle=relay.handle).run())
    if settings.has("projector"):
        for name, project in service.projections.items():
            projector = Projector(settings.database, pool, name=name, project=project)
            workers.append(
                Follower(
                    service.store, projector, name=f"projector:{name}", handle=projector.handle
                ).run()
            )
    if settings.has("consumer"):
        if service.follows:
            dispatch = Dispatch(
                service=service.name,
                follows=service.follows,
                handlers=service.handlers,
                parking=PostgresParking(pool),
            )
            workers.append(
                Consumer(
                    bootstrap=settings.kafka,
                    tls=tls,
                    group=f"entrepot.{service.name}",
                    topics=sorted(service.follows),
                    dispatch=dispatch,
                ).run()
            )
        if service.effects is not None:
            reactor = Reactor(service.name, service.effects, service.handlers)
            workers.append(
                Follower(service.store, marks, name="effects", handle=reactor.handle).run()
            )
    if settings.has("deadlines"):
        workers.append(Deadlines(service.store, marks).run())
    return workers


class Projector(PostgresMarks):
    """Writes rows and moves its mark in one transaction, so that each fact counts once."""

    def __init__(self, dsn: str, pool: "asyncpg.Pool[Any]", *, name: str, project: Project) -> None:
        super().__init__(dsn, pool)
        self._pool = pool
        self._name = f"projector:{name}"
        self._project = project
        self._epoch = 0

    @asynccontextmanager
    async def lead(self, name: str) -> AsyncIterator[int]:
        async with super().lead(name) as epoch:
            self._epoch = epoch
            yield epoch

    async def handle(self, facts: Sequence[Recorded]) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            mark = facts[-1].mark
            moved = await connection.execute(MOVE, self._name, mark.tx, mark.position, self._epoch)
            if moved != "UPDATE 1":
                raise LeadershipLost(self._name)
            await self._project(connection, facts)

    async def move(self, name: str, to: Mark, *, epoch: int) -> None:
        """It was moved together with the rows."""


class Reactor:
    """Asks the world what the facts say is to be asked, and records the answers."""

    def __init__(self, service: str, effects: Effects, handlers: Handlers) -> None:
        self._service = service
        self._effects = effects
        self._handlers = handlers

    async def handle(self, facts: Sequence[Recorded]) -> None:
        await in_order_per_stream(facts, self._react)

    async def _react(self, recorded: Recorded) -> None:
        commands = await self._effects.react(recorded)
        if not commands:
            return
        parent = recorded.cause.traceparent or None
        with span(f"{self._service} effect", parent=parent) as here:
            cause = Cause(
                correlation_id=recorded.cause.correlation_id,
                causation_id=str(recorded.event_id),
                actor=f"service:{self._service}",
                traceparent=here.traceparent,
            )
            with because(cause):
                for command in commands:
                    await self._handlers[type(command)](command)


async def _report_health(service: Service, servers: Sequence[RunningServer]) -> None:
    """Healthy while the database answers."""
    while True:
        try:
            async with asyncio.timeout(PING_SECONDS):
                await service.recorder.ping()
        except Exception:
            healthy = False
        else:
            healthy = True
        for server in servers:
            with suppress(Exception):
                await server.serving(healthy)
        await pause(PING_SECONDS)
