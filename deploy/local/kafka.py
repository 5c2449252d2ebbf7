"""An Apache Kafka broker of our own: real, small, and one folder on disk."""

from __future__ import annotations

import asyncio
import base64
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local.kafka_install import Installation, Progress, install, java_program
from deploy.local.process import Program, StackError, finish, free_port, run, stop, until
from libs.runtime.ids import new_id

HEAP = ("-Xms64m", "-Xmx128m")
JVM = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "--sun-misc-unsafe-memory-access=allow",  # else Java 25 warns of it at each start
)

SETTINGS: Mapping[str, str] = {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    # Topics are declared. A misspelt name is an error, not a new topic.
    "auto.create.topics.enable": "false",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "2",
    "share.coordinator.state.topic.num.partitions": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    # Facts are for ever.
    "log.retention.ms": "-1",
    "log.retention.bytes": "-1",
    "log.segment.bytes": "134217728",
    # The default of 128 MB does not fit into the heap.
    "log.cleaner.dedupe.buffer.size": "2097152",
    "log.cleaner.threads": "1",
    "num.network.threads": "2",
    "num.io.threads": "2",
    "num.recovery.threads.per.data.dir": "1",
    # After a kill the broker's own registration must lapse before it may register again.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
}

SEVERAL: Mapping[str, str] = {
    "unclean.leader.election.enable": "false",
    "controller.quorum.election.timeout.ms": "500",
    "controller.quorum.fetch.timeout.ms": "1000",
    "controller.quorum.request.timeout.ms": "1000",
    "replica.lag.time.max.ms": "3000",
    "replica.fetch.wait.max.ms": "200",
    "leader.imbalance.check.interval.seconds": "5",
}

LOGGING = """\
status = error
appender.stdout.type = Console
appender.stdout.name = stdout
appender.stdout.layout.type = PatternLayout
appender.stdout.layout.pattern = %d{ISO8601} %p %m (%c{1})%n
rootLogger.level = WARN
rootLogger.appenderRef.stdout.ref = stdout
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Where one broker of a cluster listens: for clients, and for its peers' controllers."""

    id: int = 1
    port: int = field(default_factory=free_port)
    controller_port: int = field(default_factory=free_port)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def voter(self) -> str:
        return f"{self.id}@127.0.0.1:{self.controller_port}"


class KafkaBroker:
    """Broker and controller in one process: alone, or one of the nodes of a `quorum`.

    Brokers of one quorum share `cluster_id`, are started together and awaited afterwards:
    none is ready before a majority is there.
    """

    def __init__(
        self,
        folder: Path,
        *,
        node: Node | None = None,
        quorum: Sequence[Node] = (),
        cluster_id: str | None = None,
        settings: Mapping[str, str] | None = None,
        log: Path | None = None,
        progress: Progress | None = None,
        installation: Installation | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.node = node or Node()
        self._quorum = quorum or (self.node,)
        self._cluster_id = cluster_id or short_uuid()
        self._settings = settings or {}
        self._log = log
        self._progress = progress
        self._installation = installation
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def bootstrap(self) -> str:
        return ",".join(node.address for node in self._quorum)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def start(self, *, patience: float = 60) -> None:
        self.launch()
        self.await_ready(patience=patience)

    def launch(self) -> None:
        self.prepare()
        self._process = self.program().start()

    def await_ready(self, *, patience: float = 60) -> None:
        process = self._process
        assert process is not None, "a broker must be launched before it is awaited"
        try:
            finish(
                await_brokers(
                    self.bootstrap,
                    count=len(self._quorum),
                    patience=patience,
                    alive=lambda: process.poll() is None,
                )
            )
        except StackError as error:
            self.stop()
            raise StackError(f"{error}:\n{self.program().last_words()}") from None

    def stop(self, *, patience: float = 15) -> None:
        if self._process is not None:
            stop(self._process, signal.SIGTERM, patience=patience)
            self._process = None

    def kill(self) -> None:
        """As a power cut would: the log is recovered at the next start."""
        assert self._process is not None, "a broker that does not run cannot be killed"
        self._process.kill()
        self._process.wait()
        self._process = None

    def prepare(self) -> None:
        """Format the log folder once, and write the settings every time."""
        self._installation = self._installation or install(train, self._progress)
        self.data.mkdir(parents=True, exist_ok=True)
        meta = self.data / "meta.properties"
        if not meta.exists():
            shutil.copyfile(self._installation.bootstrap, self.data / "bootstrap.checkpoint")
            write_properties(meta, self._identity())
        write_properties(self.folder / "server.properties", self.properties())
        (self.folder / "log4j2.properties").write_text(LOGGING)

    def program(self) -> Program:
        assert self._installation is not None, "prepare() comes first"
        return Program(
            name="kafka",
            argv=(
                *java(self._installation),
                *archive_flags(self._installation),
                f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}",
                "kafka.Kafka",
                str(self.folder / "server.properties"),
            ),
            log=self._log or self.folder / "kafka.log",
            orphan_signal=signal.SIGTERM,  # it stops in a second, and so needs no recovery
        )

    def properties(self) -> dict[str, str]:
        nodes = len(self._quorum)
        replicas, in_sync = str(nodes), str(max(1, nodes - 1))
        return {
            **SETTINGS,
            **(SEVERAL if nodes > 1 else {}),
            "node.id": str(self.node.id),
            "controller.quorum.voters": ",".join(node.voter for node in self._quorum),
            "listeners": (
                f"PLAINTEXT://{self.node.address},"
                f"CONTROLLER://127.0.0.1:{self.node.controller_port}"
            ),
            "advertised.listeners": f"PLAINTEXT://{self.node.address}",
            "log.dirs": str(self.data),
            "min.insync.replicas": in_sync,
            "default.replication.factor": replicas,
            "offsets.topic.replication.factor": replicas,
            "transaction.state.log.replication.factor": replicas,
            "transaction.state.log.min.isr": in_sync,
            "share.coordinator.state.topic.replication.factor": replicas,
            "share.coordinator.state.topic.min.isr": in_sync,
            **self._settings,
        }

    def _identity(self) -> dict[str, str]:
        return {
            "version": "1",
            "node.id": str(self.node.id),
            "cluster.id": self._cluster_id,
            "directory.id": short_uuid(),
        }


def java(installation: Installation) -> tuple[str, ...]:
    return (str(java_program()), *HEAP, *JVM, "-cp", installation.classpath)


def archive_flags(installation: Installation) -> tuple[str, ...]:
    """Start from the archive; where the machine lacks it, say nothing and start slowly."""
    if installation.complete.exists():
        return (f"-XX:AOTCache={installation.archive}", "-Xlog:disable")
    return (f"-XX:AOTCacheOutput={installation.archive}", "-Xlog:disable")


def train(installation: Installation) -> None:
    """Format a folder and run a broker once, to keep what each of the two leaves behind."""
    with tempfile.TemporaryDirectory(dir=installation.folder) as scratch:
        format_template(installation, Path(scratch) / "template")
        broker = KafkaBroker(Path(scratch) / "broker", installation=installation)
        broker.start()
        broker.stop(patience=60)  # the archive is written at its end


def format_template(installation: Installation, folder: Path) -> None:
    broker = KafkaBroker(folder)
    folder.mkdir()
    settings = folder / "server.properties"
    write_properties(settings, broker.properties())
    tool = (*java(installation), "kafka.tools.StorageTool", "format")
    run(*tool, "--cluster-id", short_uuid(), "--config", settings)
    shutil.copyfile(broker.data / "bootstrap.checkpoint", installation.bootstrap)


async def await_brokers(
    bootstrap: str, *, count: int, patience: float, alive: Callable[[], bool] = lambda: True
) -> None:
    """Until the cluster describes itself with so many brokers. Topics can be made at once then."""

    async def are_there() -> bool:
        if not alive():
            raise StackError("Kafka ended before it was ready")
        return await _listens(bootstrap) and await _brokers(bootstrap) >= count

    if not await until(are_there, patience=patience):
        raise StackError(f"Kafka at {bootstrap} is not ready after {patience:.0f} s")


async def _listens(bootstrap: str) -> bool:
    """Asked before the client is: that one logs an error for each attempt that fails."""
    host, _, port = bootstrap.split(",", maxsplit=1)[0].rpartition(":")
    if not port.isdigit():
        raise StackError(f"{bootstrap!r} is not the address of a broker: write it like host:9092")
    try:
        _, writer = await asyncio.open_connection(host, int(port))
    except OSError:
        return False
    writer.close()
    return True


async def _brokers(bootstrap: str) -> int:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=2000)
    try:
        await admin.start()
        return len((await admin.describe_cluster())["brokers"])
    except (KafkaError, OSError):
        return 0
    finally:
        await admin.close()


def write_properties(path: Path, properties: Mapping[str, str]) -> None:
    path.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))


def short_uuid() -> str:
    """Kafka's spelling of a UUID: 22 characters of base64url."""
    return base64.urlsafe_b64encode(new_id().bytes).decode().rstrip("=")
