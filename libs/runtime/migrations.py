"""Bringing a database to the layout that the code expects: numbered files, each applied once."""

from pathlib import Path

import asyncpg

ROOT = Path(__file__).parents[2]


async def migrate(dsn: str, service: str) -> list[str]:
    """Apply what is missing of the store's and the service's files; returns their names.

    All in one transaction, under a lock, so that two processes may begin at once.
    """
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute("select pg_advisory_xact_lock(hashtext('migrate'))")
            await connection.execute(
                "create table if not exists migration "
                "(name text primary key, applied_at timestamptz not null default now())"
            )
            applied = {row["name"] for row in await connection.fetch("select name from migration")}
            missing = [f for f in files(service) if name_of(f) not in applied]
            for file in missing:
                await connection.execute(file.read_text())
                await connection.execute("insert into migration (name) values ($1)", name_of(file))
        return [name_of(file) for file in missing]
    finally:
        await connection.close()


def files(service: str) -> list[Path]:
    """The store's first, then the service's own, each in the order of their numbers."""
    folders = (ROOT / "libs/eventstore/migrations", ROOT / "services" / service / "migrations")
    return [file for folder in folders for file in sorted(folder.glob("*.sql"))]


def name_of(file: Path) -> str:
    return f"{file.parts[-3]}/{file.stem}"
