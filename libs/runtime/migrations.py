"""Bringing a database to the layout that the code expects: numbered files, each applied once.

What old code can live with is an expansion, and is applied before the new code comes. What takes
something away lies in a folder `contract`, and is applied when the old code is gone.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import asyncpg
import structlog

from libs.observability.logs import configure_logs
from libs.runtime.waiting import pause

log = structlog.get_logger(__name__)

ROOT = Path(__file__).parents[2]
LOOK_AGAIN_SECONDS = 1.0

Phase = Literal["expand", "contract"]
PHASES: tuple[Phase, ...] = ("expand", "contract")


async def migrate(dsn: str, service: str, phases: Sequence[Phase] = PHASES) -> list[str]:
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
            missing = [
                file for phase in phases for file in await _missing(connection, service, phase)
            ]
            for file in missing:
                await connection.execute(file.read_text())
                await connection.execute("insert into migration (name) values ($1)", name_of(file))
        return [name_of(file) for file in missing]
    finally:
        await connection.close()


async def await_expansion(dsn: str, service: str) -> None:
    """Return when the layout is what this code expects; whoever migrates does not announce it."""
    while missing := await _missing_of(dsn, service):
        log.info("waiting_for_migration", service=service, missing=missing)
        await pause(LOOK_AGAIN_SECONDS)


async def _missing_of(dsn: str, service: str) -> list[str]:
    try:
        connection = await asyncpg.connect(dsn)
    except (OSError, asyncpg.PostgresError) as error:
        return [f"a database: {type(error).__name__}"]
    try:
        return [name_of(file) for file in await _missing(connection, service, "expand")]
    except asyncpg.UndefinedTableError:
        return ["everything"]
    finally:
        await connection.close()


async def _missing(connection: "asyncpg.Connection[Any]", service: str, phase: Phase) -> list[Path]:
    applied = {row["name"] for row in await connection.fetch("select name from migration")}
    return [file for file in files(service, phase) if name_of(file) not in applied]


def files(service: str, phase: Phase) -> list[Path]:
    """The store's first, then the service's own, each in the order of their numbers."""
    folders = (ROOT / "libs/eventstore/migrations", ROOT / "services" / service / "migrations")
    within = "*.sql" if phase == "expand" else "contract/*.sql"
    return [file for folder in folders for file in sorted(folder.glob(within))]


def name_of(file: Path) -> str:
    """`order/0001_vault`, or `order/contract/0003_old_column`."""
    parts = file.relative_to(ROOT).with_suffix("").parts[1:]
    return "/".join(part for part in parts if part != "migrations")


async def main(service: str, what: str) -> None:
    """What a job of the cluster does, and what a process there waits for."""
    configure_logs(service, level="info")
    dsn = os.environ["ENTREPOT_DATABASE"]
    match what:
        case "expand":
            log.info("migrated", service=service, applied=await migrate(dsn, service, ["expand"]))
        case "contract":
            # What is taken away was first replaced: never the second step without the first.
            log.info("migrated", service=service, applied=await migrate(dsn, service))
        case "await":
            await await_expansion(dsn, service)
        case _:
            sys.exit("python -m libs.runtime.migrations SERVICE expand|contract|await")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
