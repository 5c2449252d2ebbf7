"""An empty ledger's database."""

from pathlib import Path

import asyncpg

MIGRATIONS = Path(__file__).parents[3] / "services" / "ledger" / "migrations"
STUB = "create table if not exists fact (stream_id uuid, version int, topic text, payload bytea)"


async def migrated(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(STUB)
    for path in sorted(MIGRATIONS.glob("*.sql")):
        await connection.execute(path.read_text())
    await connection.close()
