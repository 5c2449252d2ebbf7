"""The servers that the suite shares. Each is started when the first test asks for it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from deploy.local.kafka import KafkaBroker
from deploy.local.postgres import PostgresServer

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real server, durable as in production: what a test proves of a commit must hold there."""
    with _open_folder() as folder, PostgresServer(folder / "postgres") as server:
        yield server


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[str]:
    """The address of an empty database that is the test's own."""
    name = f"test_{next(_numbers)}"
    yield postgres.database(name)
    postgres.drop(name)


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """The bootstrap address of a real broker. Topics and groups need names of their own."""
    with _open_folder() as folder, KafkaBroker(folder / "kafka") as broker:
        yield broker.bootstrap


@contextmanager
def _open_folder() -> Iterator[Path]:
    """Not pytest's own folder: only root may enter that, and PostgreSQL never runs as root."""
    folder = Path(tempfile.mkdtemp(prefix="entrepot-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
