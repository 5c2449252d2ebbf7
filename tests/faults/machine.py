"""Machine: the real stack, with every process in our hands to kill, freeze or double."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from deploy.local.clock import LocalClock, ensure_clock
from deploy.local.health import serves
from deploy.local.home import Home, Server, ServiceAt, State
from deploy.local.kafka import KafkaBroker, Node, await_brokers, short_uuid
from deploy.local.postgres import PostgresServer
from deploy.local.process import Program, free_ports
from deploy.local.stack import (
    KAFKA,
    POSTGRES,
    SERVICES,
    Contents,
    lay_out,
    module_of,
    postgres_part,
    service_part,
    service_program,
)
from deploy.local.supervisor import Part, Supervisor
from deploy.local.tokens import ensure_keys
from libs.messaging.topics import PARTITIONS_OF_ONE_MACHINE, ensure_topics
from libs.runtime.clock import monotonic
from libs.runtime.waiting import pause
from tests.faults.proxy import Proxy

FIRST_START_S = 120.0
STOP_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a case wants of the stack beside the usual."""

    brokers: int = 1
    copies: int = 1
    proxied: bool = False
    """Services reach PostgreSQL through a proxy that can cut them off."""
    own_clock: str = ""
    """A service whose clock is not the others'."""
    postgres: Mapping[str, str] = field(default_factory=dict)
    postgres_folder: Path | None = None


class Machine:
    """Up as a context. A process that dies is started again, as any supervisor would."""

    def __init__(self, home: Home, shape: Shape | None = None) -> None:
        self.home = home
        self.shape = shape or Shape()
        self.state = State()
        self.said: list[str] = []
        self.proxy: Proxy | None = None
        self.server: PostgresServer
        self._supervisor = Supervisor(report=self.said.append, patience=STOP_S)
        self._parts: dict[str, Part] = {}

    @asynccontextmanager
    async def up(self) -> AsyncIterator[Machine]:
        self.home.prepare()
        with self.home.hold():
            try:
                await self._rise()
                yield self
            finally:
                await self._fall()

    @property
    def names(self) -> tuple[str, ...]:
        """All service processes."""
        copies = range(2, self.shape.copies + 1)
        return SERVICES + tuple(f"{name}.{number}" for number in copies for name in SERVICES)

    @property
    def brokers(self) -> tuple[str, ...]:
        return tuple(f"{KAFKA}.{number}" for number in range(1, self.shape.brokers + 1))

    @property
    def clock(self) -> LocalClock:
        return LocalClock(self.home)

    @property
    def bootstrap(self) -> str:
        assert self.state.kafka is not None, "a machine that is up has a broker"
        return self.state.kafka.address

    def advance(self, by: timedelta) -> None:
        """Let time pass for everybody."""
        self.clock.advance(by)
        LocalClock(_OwnClock(self.home.folder)).advance(by)

    def skew(self, by: timedelta) -> None:
        """Set the clock of the service that has its own so far from the others', even back."""
        offset = (self.clock.offset + by) // timedelta(microseconds=1)
        _OwnClock(self.home.folder).clock.write_bytes(
            offset.to_bytes(8, sys.byteorder, signed=True)
        )

    def pid(self, name: str) -> int:
        return self._supervisor.pids[name]

    def kill(self, *names: str) -> None:
        for name in names:
            with suppress(KeyError):  # just being started again: it is as good as dead
                self.signal(self.pid(name), signal.SIGKILL)

    @staticmethod
    def signal(pid: int, by: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, by)

    async def stop(self, *names: str) -> None:
        """As an operator would, by SIGTERM; back when they are gone."""
        await self._supervisor.stop(*names)

    async def start(self, *names: str) -> None:
        await self._supervisor.start(*(self._parts[name] for name in names), patience=FIRST_START_S)

    async def are_serving(self, *, patience: float) -> bool:
        """Whether every service says in time that it serves."""
        until = monotonic() + patience
        addresses = [at.address for at in self.state.services.values()]
        while not all(await asyncio.gather(*map(serves, addresses))):
            if monotonic() > until:
                return False
            await pause(0.05)
        return True

    async def _rise(self) -> None:
        ensure_keys(self.home)
        ensure_clock(self.home.clock)
        ensure_clock(_OwnClock(self.home.folder).clock)
        ports = free_ports(dict.fromkeys(self._ports()))
        self.state = State(supervisor=os.getpid(), ports=ports)
        await asyncio.gather(self._start_postgres(), self._start_kafka())
        databases = await lay_out(self.server.dsn(), Contents())
        behind = self.server.port
        if self.shape.proxied:
            self.proxy = Proxy(to=behind)
            await self.proxy.open()
        self.state.services = {
            name: ServiceAt(
                address=f"127.0.0.1:{ports[name]}",
                metrics=f"127.0.0.1:{ports[f'{name}.metrics']}",
                database=databases[name],
            )
            for name in SERVICES
        }
        self._parts = {part.name: part for part in self._services()}
        await self.start(*self.names)
        self.state.ready = True
        self.home.save(self.state)

    async def _fall(self) -> None:
        await self._supervisor.stop(*self.names)
        await self._supervisor.stop(*self.brokers)
        if self.proxy is not None:
            await self.proxy.close()
        await self._supervisor.stop(POSTGRES)

    def _ports(self) -> Iterator[str]:
        yield POSTGRES
        for broker in self.brokers:
            yield from (broker, f"{broker}.controller")
        for name in self.names:
            yield from (name, f"{name}.metrics")

    async def _start_postgres(self) -> None:
        self.server = PostgresServer(
            self.shape.postgres_folder or self.home.data / POSTGRES,
            port=self.state.ports[POSTGRES],
            log=self.home.log(POSTGRES),
            settings=self.shape.postgres,
        )
        await self._supervisor.start(postgres_part(self.server), patience=FIRST_START_S)
        self.state.postgres = Server(address=f"127.0.0.1:{self.server.port}", ours=True)

    async def _start_kafka(self) -> None:
        nodes = [
            Node(
                id=number,
                port=self.state.ports[broker],
                controller_port=self.state.ports[f"{broker}.controller"],
            )
            for number, broker in enumerate(self.brokers, start=1)
        ]
        cluster = short_uuid()
        bootstrap = ",".join(node.address for node in nodes)
        self.state.kafka = Server(address=bootstrap, ours=True)
        parts = []
        for node, name in zip(nodes, self.brokers, strict=True):
            broker = KafkaBroker(
                self.home.data / name,
                node=node,
                quorum=nodes,
                cluster_id=cluster,
                log=self.home.log(name),
            )
            await asyncio.to_thread(broker.prepare)
            parts.append(self._broker(name, broker))
        await self._supervisor.start(*parts, patience=FIRST_START_S)
        await ensure_topics(bootstrap, partitions=PARTITIONS_OF_ONE_MACHINE, replication=len(nodes))

    def _broker(self, name: str, broker: KafkaBroker) -> Part:
        async def ready(_pid: int) -> None:
            await await_brokers(broker.bootstrap, count=self.shape.brokers, patience=FIRST_START_S)

        return Part(name=name, program=broker.program, prepare=broker.prepare, ready=ready)

    def _services(self) -> Iterator[Part]:
        for process in self.names:
            name = process.partition(".")[0]
            at = self.state.services[name]
            yield service_part(self._program(process, name, at), at)

    def _program(self, process: str, name: str, at: ServiceAt) -> Program:
        """A second copy listens where the first does: the kernel deals connections to both."""
        database = at.database
        if self.proxy is not None:
            database = database.replace(f":{self.server.port}/", f":{self.proxy.port}/")
        program = service_program(
            self.home,
            name,
            ServiceAt(
                address=at.address,
                metrics=f"127.0.0.1:{self.state.ports[f'{process}.metrics']}",
                database=database,
            ),
            kafka=self.bootstrap,
            argv=module_of(name),
        )
        environment = {**program.environment, "ENTREPOT_INSTANCE": process}
        if name == self.shape.own_clock:
            environment["ENTREPOT_CLOCK_FILE"] = str(_OwnClock(self.home.folder).clock)
        return replace(program, name=process, log=self.home.log(process), environment=environment)


class _OwnClock(Home):
    """The same folder with another clock in it."""

    @property
    def clock(self) -> Path:
        return self.run / "clock-of-its-own"
