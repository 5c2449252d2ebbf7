"""How a process runs a service: start in order, report health, drain when told."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import protovalidate  # noqa: F401 - loaded now, so that the first request does not wait for it
import structlog
import uvloop

from libs.eventstore import START, Mark, PostgresRecorder, Recorded
from libs.messaging.connections import break_as_expected
from libs.messaging.consumer import Consumer
from libs.messaging.dispatch import Dispatch
from libs.messaging.follower import Follower, Marks, PostgresMarks, move
from libs.messaging.parking import PostgresParking
from libs.messaging.progress import Progress
from libs.messaging.relay import Relay
from libs.observability import Metrics, Telemetry, setup
from libs.rpc import RunningServer, TokenAuthenticator, serve, serve_health
from libs.runtime.anatomy import Project, Service
from libs.runtime.certificates import Certificates
from libs.runtime.deadlines import Deadlines
from libs.runtime.effects import Reactor
from libs.runtime.following import Following, Handle
from libs.runtime.levels import STORE
from libs.runtime.settings import Settings
from libs.runtime.survey import Levels, Survey
from libs.runtime.waiting import pause

log = structlog.get_logger(__name__)

PING_SECONDS = 2.0
LISTS_LAG_SECONDS = 0.05
"""So far lists may be behind under load: a transaction for many facts costs little more than one
for few, and nobody else waits for it. After a silence they follow at once."""

Build = Callable[[Settings], Awaitable[Service[PostgresRecorder]]]


def run(name: str, build: Build) -> None:
    """The whole life of a process. Ends on SIGTERM or SIGINT once what it accepted is done."""
    settings = Settings()
    telemetry = setup(
        name,
        traces=settings.traces,
        log_level=settings.log_level,
        sample_ratio=settings.trace_ratio,
        slow_seconds=settings.trace_slow_seconds,
        metrics=settings.metrics,
    )
    if settings.traces and settings.traces.startswith("file:"):
        Path(settings.traces.removeprefix("file:")).parent.mkdir(parents=True, exist_ok=True)
    break_as_expected()
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
    _collect_seldom()
    log.info("started", roles=settings.roles)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(service.recorder.stop)
        survey = _survey(service, settings, telemetry.metrics)
        workers = _workers(service, settings, stack, telemetry.metrics, survey)
        tasks = [
            asyncio.create_task(work, name=getattr(work, "__qualname__", None)) for work in workers
        ]
        servers = [server async for server in _servers(service, settings, telemetry)]
        tasks.append(asyncio.create_task(_report_health(service, servers), name="health"))
        for task in tasks:
            task.add_done_callback(partial(_end_with, stop))
        telemetry.metrics.gauge(
            "entrepot_commands_waiting",
            "Commands that wait to be appended.",
            lambda: {(): service.recorder.waiting},
        )
        await stop.wait()
        log.info("draining")
        await asyncio.gather(*(server.drain(settings.drain_seconds) for server in servers))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    log.info("stopped")


def _end_with(stop: asyncio.Event, worker: "asyncio.Task[None]") -> None:
    """A worker that fails for good takes the process with it: better started again than deaf."""
    if not stop.is_set() and (worker.cancelled() or worker.exception() is not None):
        error = asyncio.CancelledError() if worker.cancelled() else worker.exception()
        log.error("worker_ended", worker=worker.get_name(), error=type(error).__name__)
        stop.set()


async def _servers(
    service: Service[PostgresRecorder], settings: Settings, telemetry: Telemetry
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
    service: Service[PostgresRecorder],
    settings: Settings,
    stack: AsyncExitStack,
    metrics: Metrics,
    survey: Survey,
) -> list[Coroutine[Any, Any, None]]:
    """What the process does beside answering calls, by its roles."""
    pool = service.recorder.pool
    marks = PostgresMarks(settings.database, pool)
    tls = Certificates(settings.kafka_tls).client_context() if settings.kafka_tls else None
    following = Following(metrics)

    def follower(
        name: str, handle: Handle, marks: Marks, *, gather_seconds: float = 0.0
    ) -> Coroutine[Any, Any, None]:
        counted = following.counted(name, handle)
        return Follower(
            service.store, marks, name=name, handle=counted, gather_seconds=gather_seconds
        ).run()

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
        watched = following.watched(relay.handle, service.watching.watchers)
        workers.append(follower("relay", watched, marks))
    if settings.has("projector"):
        for name, project in service.projections.items():
            projector = Projector(settings.database, pool, name=name, project=project)
            workers.append(
                follower(
                    f"projector:{name}",
                    projector.handle,
                    projector,
                    gather_seconds=LISTS_LAG_SECONDS,
                )
            )
    if settings.has("consumer"):
        if service.follows:
            progress = Progress()
            progress.show(metrics)
            survey.add("kafka", progress.names, progress.look)
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
                    instance=settings.instance,
                    topics=sorted(service.follows),
                    dispatch=dispatch,
                    progress=progress,
                ).run()
            )
        if service.effects is not None:
            reactor = Reactor(service.name, service.effects, service.handlers)
            workers.append(follower("effects", reactor.handle, marks))
    if settings.has("deadlines"):
        workers.append(Deadlines(service.store, marks).run())
    return workers


def _survey(service: Service[PostgresRecorder], settings: Settings, metrics: Metrics) -> Survey:
    """Watch the pool, and, in the processes that work on the store, the database."""
    pool = service.recorder.pool
    metrics.gauge(
        "entrepot_pool_connections",
        "Connections of the pool that reads, by use.",
        lambda: {
            ("busy",): pool.get_size() - pool.get_idle_size(),
            ("idle",): pool.get_idle_size(),
        },
        ["use"],
    )
    metrics.gauge("entrepot_pool_connections_max", "How many it may open.", pool.get_max_size)
    for watcher in service.watching.watchers:
        metrics.show(watcher.seconds)
    survey = Survey(metrics, asyncio.get_running_loop())
    if settings.has("relay"):
        levels = Levels((*STORE, *service.watching.levels), pool, service.store.clock)
        survey.add("database", levels.names, levels.look)
    return survey


class Projector(PostgresMarks):
    """Writes rows and moves its mark in one transaction, so that each fact counts once."""

    def __init__(self, dsn: str, pool: "asyncpg.Pool[Any]", *, name: str, project: Project) -> None:
        super().__init__(dsn, pool)
        self._pool = pool
        self._name = f"projector:{name}"
        self._project = project
        self._epoch = 0
        self._mark = START

    @asynccontextmanager
    async def lead(self, name: str) -> AsyncIterator[int]:
        async with super().lead(name) as epoch:
            self._epoch = epoch
            yield epoch

    async def load(self, name: str) -> Mark:
        self._mark = await super().load(name)
        return self._mark

    async def handle(self, facts: Sequence[Recorded]) -> None:
        mark = facts[-1].mark
        async with self._pool.acquire() as connection, connection.transaction():
            await move(connection, self._name, mark, since=self._mark, epoch=self._epoch)
            await self._project(connection, facts)
        self._mark = mark

    async def move(self, name: str, to: Mark, *, since: Mark, epoch: int) -> None:
        """It was moved together with the rows."""


def _collect_seldom() -> None:
    """A cache of thousands of live aggregates is no garbage: looking through it again and again
    took a sixth to a quarter of a busy service's time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


async def _report_health(
    service: Service[PostgresRecorder], servers: Sequence[RunningServer]
) -> None:
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
