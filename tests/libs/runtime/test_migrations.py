"""First what old code can live with; what takes away, when the old code is gone."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from libs.runtime import migrations
from libs.runtime.migrations import await_expansion, migrate

SERVICE = "toy"


@pytest.fixture(autouse=True)
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service in a tree of its own: the old column goes when the new one is in use."""
    files = {
        "libs/eventstore/migrations/0001_store.sql": "create table fact (old int)",
        "services/toy/migrations/0002_new.sql": "alter table fact add new int",
        "services/toy/migrations/contract/0002_old.sql": "alter table fact drop old",
    }
    for name, text in files.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.setattr(migrations, "ROOT", tmp_path)


async def columns(dsn: str) -> set[str]:
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch(
        "select column_name from information_schema.columns where table_name = 'fact'"
    )
    await connection.close()
    return {row["column_name"] for row in rows}


async def test_an_expansion_leaves_what_old_code_needs(database: str) -> None:
    assert await migrate(database, SERVICE, ["expand"]) == ["eventstore/0001_store", "toy/0002_new"]

    assert await columns(database) == {"old", "new"}


async def test_a_contraction_takes_it_away_once(database: str) -> None:
    await migrate(database, SERVICE, ["expand"])

    assert await migrate(database, SERVICE) == ["toy/contract/0002_old"]
    assert await migrate(database, SERVICE) == []
    assert await columns(database) == {"new"}


async def test_a_process_waits_for_the_expansion_and_for_nothing_more(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "LOOK_AGAIN_SECONDS", 0.05)
    waiting = asyncio.create_task(await_expansion(database, SERVICE))
    await asyncio.sleep(0.3)
    assert not waiting.done()

    await migrate(database, SERVICE, ["expand"])

    await asyncio.wait_for(waiting, 5)
