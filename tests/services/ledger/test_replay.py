"""The column engine gives the books that the rules gave one fact at a time."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.ledger.archive import Archive, facts_in
from services.ledger.chart import LEAF, REFERENCES
from services.ledger.live import live_ledger
from services.ledger.posting import posting_of
from services.ledger.replay import LINE, engine, legs, lines_of, replay
from services.ledger.rules import RULES, Fact
from tests.services.ledger.facts_at_random import facts
from tests.services.ledger.ledger_database import migrated, store
from tests.services.ledger.synthetic_archive import rebuild_archive, write_archive

WITHOUT_GUARD = """
    alter table line disable trigger append_only; alter table balance disable trigger all;
    alter table shard disable trigger all;
"""


def by_columns(entered: Sequence[Fact], folder: Path) -> list[tuple[str, ...]]:
    with Archive(folder) as archive:
        for fact in entered:
            archive.add(fact)
    rows = lines_of(legs(engine(), folder)).to_pyarrow().to_pylist()
    return sorted(tuple(str(row[name]) for name in (*LINE, "amount")) for row in rows)


def one_by_one(entered: Sequence[Fact]) -> list[tuple[str, ...]]:
    return sorted(
        (
            str(posting.stream_id),
            str(posting.version),
            posting.rule,
            line.account.code,
            line.currency,
            posting.legal_entity,
            *(line.at(name) for name in (*LEAF, *REFERENCES)),
            str(line.amount),
        )
        for fact in entered
        if (posting := posting_of(fact)) is not None
        for line in posting.lines
    )


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), count=st.integers(len(RULES), 120))
def test_a_rule_posts_a_column_as_it_posts_a_fact(
    tmp_path_factory: pytest.TempPathFactory, seed: int, count: int
) -> None:
    entered = facts(seed, count)

    folder = tmp_path_factory.mktemp("facts")

    assert by_columns(entered, folder) == one_by_one(entered)


def test_an_archive_knows_how_many_facts_it_holds(tmp_path: Path) -> None:
    entered = facts(1, 100)

    by_columns(entered, tmp_path)

    assert facts_in(tmp_path) == 100


@pytest.fixture
async def ledger(database: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    await migrated(database)
    connection = await asyncpg.connect(database)
    await store(connection, facts(5, 200))
    yield connection
    await connection.close()


async def test_replay_gives_the_live_books(
    ledger: "asyncpg.Connection[asyncpg.Record]", database: str
) -> None:
    async with live_ledger(database) as live:
        comparison = await replay(live)

    assert comparison.equal
    assert comparison.facts == 200
    assert comparison.lines == await ledger.fetchval("select count(*) from line")


@pytest.mark.parametrize(
    ("tampered", "what"),
    [
        ("update line set amount = amount + 1 where sequence = 3 and n = 1", "line"),
        ("delete from line where sequence = 3 and n = 1", "line"),
        ("update line set account = account + 1 where sequence = 3 and n = 1", "line"),
        ("update balance set amount = amount + 7 where account = 1", "balance"),
    ],
)
async def test_replay_lists_what_was_tampered_with(
    ledger: "asyncpg.Connection[asyncpg.Record]", database: str, tampered: str, what: str
) -> None:
    await ledger.execute(WITHOUT_GUARD)
    await ledger.execute(tampered)

    async with live_ledger(database) as live:
        comparison = await replay(live)

    assert not comparison.equal
    assert {it.what for it in comparison.differences} == {what}


def test_a_synthetic_archive_balances(tmp_path: Path) -> None:
    write_archive(tmp_path, facts=5_000)

    rebuilt = rebuild_archive(tmp_path)

    assert rebuilt.facts == 5_000
    assert rebuilt.off == 0
    assert rebuilt.lines > rebuilt.accounts > 0
