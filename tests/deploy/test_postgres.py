"""The PostgreSQL server that the local stack and the suite run on."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import asyncpg
import pytest

from deploy.local.postgres import PostgresServer
from deploy.local.process import StackError


async def test_a_database_is_made_once_and_reached_with_its_own_password(
    postgres: PostgresServer,
) -> None:
    first = postgres.database("made_once")
    again = postgres.database("made_once")

    connection = await asyncpg.connect(first)
    name = await connection.fetchval("select current_database()")
    await connection.close()
    postgres.drop("made_once")

    assert first == again
    assert name == "made_once"
    assert (postgres.folder / "password").stat().st_mode & 0o777 == 0o600


async def test_commits_are_durable_by_setting(database: str) -> None:
    connection = await asyncpg.connect(database)
    settings = {
        name: await connection.fetchval("select current_setting($1)", name)
        for name in ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses")
    }
    await connection.close()

    assert settings == {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "listen_addresses": "127.0.0.1",
    }


async def test_a_kill_loses_nothing_that_was_committed(postgres: PostgresServer) -> None:
    dsn = postgres.database("survivor")
    connection = await asyncpg.connect(dsn)
    await connection.execute("create table fact (id int); insert into fact values (42)")

    postgres.kill()
    postgres.start()

    connection = await asyncpg.connect(dsn)
    kept = await connection.fetchval("select id from fact")
    await connection.close()
    postgres.drop("survivor")
    assert kept == 42


async def test_a_wrong_password_is_refused(postgres: PostgresServer) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.dsn(), password="guessed")


@pytest.mark.skipif(os.geteuid() != 0, reason="PostgreSQL runs as whoever started it")
def test_data_stay_where_they_are_though_another_place_becomes_possible() -> None:
    hidden = Path(tempfile.mkdtemp(prefix="entrepot-"))
    first, again, later = (PostgresServer(hidden / "postgres") for _ in range(3))

    first.prepare()
    again.prepare()
    again.prepare()
    hidden.chmod(0o755)
    later.prepare()

    shutil.rmtree(first.folder)
    hidden.rmdir()
    assert first.folder == again.folder == later.folder


def test_where_there_is_no_postgresql_it_says_so(postgres: PostgresServer, tmp_path: Path) -> None:
    server = PostgresServer(postgres.folder.with_name("another"), bin_dir=tmp_path)

    with pytest.raises(StackError, match="there is no PostgreSQL in"):
        server.prepare()
