"""The databases as the cluster makes them: who owns the tables, and who may only use them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from deploy.local.postgres import PostgresServer
from libs.messaging.topics import SERVICES
from libs.runtime.migrations import migrate
from tests.deploy.kubernetes.cluster import rendered

PASSWORD = "in place of a certificate, which this build of PostgreSQL cannot ask for"


@contextmanager
def laid_out(server: PostgresServer, service: str) -> Iterator[str]:
    """The address, for the superuser, of a database as `initdb` of its Cluster leaves it."""
    initdb = rendered("prod-eu").one("Cluster", f"{service}-postgres")["spec"]["bootstrap"][
        "initdb"
    ]
    database, owner = initdb["database"], initdb["owner"]
    roles = (owner, f"{service}_service")
    execute(server.dsn(), f"create role {owner} login", f"create database {database} owner {owner}")
    dsn = server.dsn(database)
    execute(dsn, *initdb["postInitApplicationSQL"])
    execute(dsn, *(f"alter role {role} password '{PASSWORD}'" for role in roles))
    try:
        yield dsn
    finally:
        server.drop(database)
        execute(server.dsn(), *(f"drop owned by {role}" for role in roles))
        execute(server.dsn(), *(f"drop role {role}" for role in roles))


def as_role(dsn: str, role: str) -> str:
    """The same database, for another."""
    url = urlsplit(dsn)
    password = PASSWORD.replace(" ", "%20")
    return urlunsplit(url._replace(netloc=f"{role}:{password}@{url.hostname}:{url.port}"))


def execute(dsn: str, *statements: str) -> None:
    async def all_of_them() -> None:
        connection = await asyncpg.connect(dsn)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(all_of_them())


@pytest.mark.parametrize("service", SERVICES)
def test_the_migrator_can_migrate_and_the_service_can_work(
    postgres: PostgresServer, service: str
) -> None:
    with laid_out(postgres, service) as dsn:
        asyncio.run(migrate(as_role(dsn, f"{service}_migrator"), service))

        execute(
            as_role(dsn, f"{service}_service"),
            "select count(*) from migration",
            "insert into mark (name) values ('relay')",
            "update mark set epoch = 1",
            "insert into deadline (stream_id, kind, due_at) values (gen_random_uuid(), '', now())",
            "delete from deadline",
        )


@pytest.mark.parametrize(
    "forbidden",
    [
        "alter table fact disable trigger all",
        "drop trigger facts_are_for_ever on fact",
        "alter table fact add x int",
        "create table mine (x int)",
        "truncate mark",
        "set session_replication_role = replica",
    ],
)
def test_the_service_cannot_change_what_guards_it(postgres: PostgresServer, forbidden: str) -> None:
    with laid_out(postgres, "order") as dsn:
        asyncio.run(migrate(as_role(dsn, "order_migrator"), "order"))

        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            execute(as_role(dsn, "order_service"), forbidden)
