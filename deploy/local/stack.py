"""The local stack: what it consists of, and in which order its parts rise and fall."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local.clock import ensure_clock
from deploy.local.health import serves
from deploy.local.home import Child, Home, Server, ServiceAt, State
from deploy.local.kafka import KafkaBroker, Node, await_brokers
from deploy.local.kafka_install import Progress
from deploy.local.postgres import PostgresServer, ensure_database
from deploy.local.process import Program, all_or_none, born, free_ports, until
from deploy.local.supervisor import Part, Report, Supervisor
from deploy.local.tokens import ensure_keys

SERVICES = ("catalog", "order", "payment", "warehouse", "returns", "ledger")
ROLES = "api,consumer,relay,projector,deadlines"
POSTGRES, KAFKA = "postgres", "kafka"


async def migrate(dsn: str, service: str) -> None:
    from libs.runtime.migrations import migrate as apply  # noqa: PLC0415 - not for `status`

    await apply(dsn, service)


async def ensure_topics(bootstrap: str) -> None:
    from libs.messaging import topics  # noqa: PLC0415 - as above

    await topics.ensure_topics(bootstrap, partitions=topics.PARTITIONS_OF_ONE_MACHINE)


def module_of(service: str) -> tuple[str, ...]:
    return (sys.executable, "-m", f"services.{service}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What the stack is made of, beside the two servers."""

    services: Sequence[str] = SERVICES
    command: Callable[[str], tuple[str, ...]] = module_of
    migrate: Callable[[str, str], Awaitable[None]] = migrate
    ensure_topics: Callable[[str], Awaitable[None]] = ensure_topics


class Stack:
    def __init__(
        self,
        home: Home,
        *,
        report: Report,
        progress: Progress | None = None,
        contents: Contents | None = None,
    ) -> None:
        self._home = home
        self._report = report
        self._progress = progress
        self._contents = contents or Contents()
        self._state = State()
        self._supervisor = Supervisor(report=report, changed=self._remember)

    async def run(self, *, ready: Callable[[State], None], ended: asyncio.Event) -> None:
        """Up, until `ended` is set, then down. Whatever happens, nothing is left running."""
        with self._home.hold():
            try:
                if await self._unless(ended, self._rise()):
                    self._state.ready = True
                    self._remember()
                    ready(self._state)
                    await ended.wait()
            finally:
                await self._fall()

    async def _rise(self) -> None:
        await end_leftovers(self._home.load(), self._report)
        ensure_keys(self._home)
        ensure_clock(self._home.clock)
        self._state = State(supervisor=os.getpid(), ports=self._choose_ports())
        async with all_or_none() as tasks:
            postgres = tasks.create_task(self._start_postgres())
            broker = tasks.create_task(self._start_kafka())
        databases, kafka = postgres.result(), broker.result()
        self._state.services = {
            name: ServiceAt(
                address=self._loopback(f"{name}.grpc"),
                metrics=self._loopback(f"{name}.metrics"),
                database=databases[name],
            )
            for name in self._contents.services
        }
        self._remember()
        await self._supervisor.start(
            *(self._service(name, at, kafka) for name, at in self._state.services.items())
        )

    async def _fall(self) -> None:
        """Services first: what they still acknowledge must find its store and its broker."""
        await self._supervisor.stop(*self._contents.services)
        await self._supervisor.stop(KAFKA)
        await self._supervisor.stop(POSTGRES)
        self._state.ready = False
        self._state.supervisor = 0
        self._remember()

    async def _start_postgres(self) -> dict[str, str]:
        """The server and a database for each service, brought up to the present layout."""
        admin_dsn = os.environ.get("ENTREPOT_POSTGRES")
        ours = admin_dsn is None
        if admin_dsn is None:
            server = PostgresServer(
                self._home.data / POSTGRES,
                bin_dir=bin_dir_by_setting(),
                port=self._state.ports[POSTGRES],
                log=self._home.log(POSTGRES),
            )
            await self._supervisor.start(postgres_part(server))
            admin_dsn = server.dsn()
        url = urlsplit(admin_dsn)
        self._state.postgres = Server(address=f"{url.hostname}:{url.port or 5432}", ours=ours)
        return await lay_out(admin_dsn, self._contents)

    async def _start_kafka(self) -> str:
        """The broker and the topics, which are declared before anybody asks for them."""
        bootstrap = os.environ.get("ENTREPOT_KAFKA")
        ours = bootstrap is None
        if bootstrap is None:
            node = Node(
                port=self._state.ports[KAFKA],
                controller_port=self._state.ports[f"{KAFKA}.controller"],
            )
            broker = KafkaBroker(
                self._home.data / KAFKA,
                node=node,
                log=self._home.log(KAFKA),
                progress=self._progress,
            )
            # The first time it waits for a download, which may take as long as it likes.
            await asyncio.to_thread(broker.prepare)
            await self._supervisor.start(kafka_part(broker))
            bootstrap = broker.bootstrap
        else:
            await await_brokers(bootstrap, count=1, patience=30)
        self._state.kafka = Server(address=bootstrap, ours=ours)
        await self._contents.ensure_topics(bootstrap)
        return bootstrap

    def _service(self, name: str, at: ServiceAt, kafka: str) -> Part:
        program = service_program(
            self._home, name, at, kafka=kafka, argv=self._contents.command(name)
        )
        return service_part(program, at)

    def _choose_ports(self) -> dict[str, int]:
        """The same as last time where they are still free: addresses survive a restart."""
        names = [POSTGRES, KAFKA, f"{KAFKA}.controller"]
        for service in self._contents.services:
            names += [f"{service}.grpc", f"{service}.metrics"]
        kept = self._home.load().ports
        return free_ports({name: kept.get(name) for name in names})

    def _loopback(self, port: str) -> str:
        return f"127.0.0.1:{self._state.ports[port]}"

    def _remember(self) -> None:
        self._state.children = {
            name: Child(pid, born(pid) or "") for name, pid in self._supervisor.pids.items()
        }
        self._home.save(self._state)

    @staticmethod
    async def _unless(ended: asyncio.Event, work: Awaitable[None]) -> bool:
        """Whether the work was done, or given up because the end came first."""
        doing = asyncio.ensure_future(work)
        ending = asyncio.create_task(ended.wait())
        try:
            await asyncio.wait((doing, ending), return_when=asyncio.FIRST_COMPLETED)
        finally:
            ending.cancel()
        if doing.done():
            doing.result()
            return True
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)
        return False


async def lay_out(admin_dsn: str, contents: Contents) -> dict[str, str]:
    """A database for each service, brought up to the present layout: their addresses."""

    async def of(service: str) -> str:
        dsn = await ensure_database(admin_dsn, f"entrepot_{service}")
        await contents.migrate(dsn, service)
        return dsn

    async with all_or_none() as tasks:
        databases = {name: tasks.create_task(of(name)) for name in contents.services}
    return {name: task.result() for name, task in databases.items()}


async def prepare(home: Home, *, postgres: str, kafka: str) -> None:
    """What services need before their first start, on servers that somebody else runs."""
    home.prepare()
    ensure_keys(home)
    await lay_out(postgres, Contents())
    await await_brokers(kafka, count=1, patience=30)
    await ensure_topics(kafka)


def service_program(
    home: Home, name: str, at: ServiceAt, *, kafka: str, argv: tuple[str, ...]
) -> Program:
    """A service as its own process, with all that it is told from outside."""
    environment = {
        "ENTREPOT_SERVICE": name,
        "ENTREPOT_INSTANCE": name,
        "ENTREPOT_DATABASE": at.database,
        "ENTREPOT_KAFKA": kafka,
        "ENTREPOT_LISTEN": at.address,
        "ENTREPOT_METRICS": at.metrics,
        "ENTREPOT_CLOCK_FILE": str(home.clock),
        "ENTREPOT_JWKS": str(home.jwks),
        "ENTREPOT_TRACES": f"file:{home.traces / name}.jsonl",
        "ENTREPOT_LOG_LEVEL": os.environ.get("ENTREPOT_LOG_LEVEL", "info"),
        "ENTREPOT_ROLES": os.environ.get("ENTREPOT_ROLES", ROLES),
    }
    if name == "order":  # the one that keeps personal data
        environment["ENTREPOT_VAULT_KEY"] = str(home.vault_key)
    if name == "payment":  # the one whose provider calls back
        environment["ENTREPOT_PROVIDER_TOKEN"] = str(home.provider_token)
    return Program(name=name, argv=argv, log=home.log(name), environment=environment)


def service_part(program: Program, at: ServiceAt) -> Part:
    async def serving(_pid: int) -> None:
        await until(lambda: serves(at.address))

    return Part(name=program.name, program=lambda: program, ready=serving)


def postgres_part(server: PostgresServer) -> Part:
    async def ready(pid: int) -> None:
        async def is_ready() -> bool:
            return server.is_ready(pid)

        await until(is_ready, every=0.01)

    return Part(name=POSTGRES, program=server.program, prepare=server.prepare, ready=ready)


def kafka_part(broker: KafkaBroker) -> Part:
    async def ready(_pid: int) -> None:
        await await_brokers(broker.bootstrap, count=1, patience=math.inf)

    return Part(name=KAFKA, program=broker.program, prepare=broker.prepare, ready=ready)


def bin_dir_by_setting() -> Path | None:
    """A system PostgreSQL in place of the wheel's, as `ENTREPOT_POSTGRES_BIN`."""
    setting = os.environ.get("ENTREPOT_POSTGRES_BIN")
    return Path(setting) if setting else None


async def end_leftovers(state: State, report: Report, *, patience: float = 30) -> None:
    """A supervisor that was killed could stop nobody. Linux did it for it; elsewhere we do."""
    left = {name: child for name, child in state.children.items() if is_alive(child)}
    for name, child in left.items():
        report(f"{name} is left over from an earlier start (process {child.pid}) and is ended")
        with suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGINT if name == POSTGRES else signal.SIGTERM)

    async def all_gone() -> bool:
        return not any(map(is_alive, left.values()))

    await until(all_gone, patience=patience)
    for child in filter(is_alive, left.values()):
        os.kill(child.pid, signal.SIGKILL)


def is_alive(child: Child) -> bool:
    return bool(child.born) and born(child.pid) == child.born
