"""The folder of one local stack: where each thing lies, and who holds it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from deploy.local.process import StackError


class Child(msgspec.Struct, frozen=True):
    """A process that the supervisor started. `born` tells it from a later one with its pid."""

    pid: int
    born: str


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """PostgreSQL or Kafka: ours, or one that was there already."""

    address: str
    ours: bool


class ServiceAt(msgspec.Struct, frozen=True, kw_only=True):
    """Where a service is found, and where it keeps its facts."""

    address: str
    metrics: str
    database: str


class State(msgspec.Struct, kw_only=True):
    """What the supervisor tells the other commands, and its own successor."""

    supervisor: int = 0
    ready: bool = False
    ports: dict[str, int] = {}
    children: dict[str, Child] = {}
    services: dict[str, ServiceAt] = {}
    postgres: Server | None = None
    kafka: Server | None = None
    fake: bool = False
    """All of it is one process, and in memory."""


@dataclass(frozen=True, slots=True)
class Home:
    folder: Path

    @staticmethod
    def find() -> Home:
        return Home(Path(os.environ.get("ENTREPOT_HOME") or ".entrepot").resolve())

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def traces(self) -> Path:
        return self.folder / "traces"

    @property
    def run(self) -> Path:
        return self.folder / "run"

    @property
    def clock(self) -> Path:
        return self.run / "clock"

    @property
    def signing_key(self) -> Path:
        return self.run / "signing-key.pem"

    @property
    def jwks(self) -> Path:
        return self.run / "jwks.json"

    @property
    def vault_key(self) -> Path:
        return self.run / "vault.key"

    @property
    def provider_token(self) -> Path:
        return self.run / "provider.token"

    @property
    def state_file(self) -> Path:
        return self.run / "state.json"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def prepare(self) -> None:
        for folder in (self.data, self.logs, self.traces, self.run):
            folder.mkdir(parents=True, exist_ok=True)
        self.run.chmod(0o700)

    def load(self) -> State:
        """The last state that was written, by a supervisor that may be gone since."""
        try:
            return msgspec.json.decode(self.state_file.read_bytes(), type=State)
        except FileNotFoundError:
            return State()

    def save(self, state: State) -> None:
        write_private(self.state_file, msgspec.json.format(msgspec.json.encode(state)))

    def running(self) -> State:
        """The state of the stack that runs here; without one there is nothing to speak of."""
        if not self.is_held():
            raise StackError(f"no stack runs in {self.folder}: start it with `entrepot up`")
        return self.load()

    def is_fake(self) -> bool:
        """Whether what runs here is the fake."""
        return self.is_held() and self.load().fake

    def is_held(self) -> bool:
        if not self.run.exists():
            return False
        with self._lock_file() as lock:
            return not _try_lock(lock, fcntl.LOCK_SH)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Be the one supervisor of this folder. The kernel lets go of it however we end."""
        with self._lock_file() as lock:
            deadline = time.monotonic() + 1  # a `status` that looks holds it for a moment
            while not _try_lock(lock, fcntl.LOCK_EX):
                if time.monotonic() > deadline:
                    pid = self.load().supervisor
                    raise StackError(
                        f"the stack in {self.folder} runs already (process {pid}): "
                        "see `entrepot status`, or stop it with `entrepot down`"
                    )
                time.sleep(0.05)
            yield

    def _lock_file(self) -> IO[bytes]:
        return (self.run / "lock").open("ab")


def write_private(path: Path, contents: bytes) -> None:
    """Replace a file at once by one that only its owner reads."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
    with os.fdopen(os.open(unfinished, flags, 0o600), "wb") as file:
        file.write(contents)
    unfinished.replace(path)


def _try_lock(file: IO[bytes], how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
