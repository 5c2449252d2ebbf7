"""Other people's tools read our journal and come to our totals."""

import csv
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import asyncpg
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from services.ledger.archive import facts_in
from services.ledger.chain import Leaf
from services.ledger.export import (
    FORMATS,
    account_name,
    commodity,
    decimal,
    digits,
    export_parquet,
    export_text,
)
from services.ledger.live import live_ledger
from tests.services.ledger.facts_at_random import facts
from tests.services.ledger.ledger_database import migrated, store
from tests.tools import program

BEAN_CHECK = Path(sys.executable).with_name("bean-check")


@pytest.fixture
async def dsn(database: str) -> str:
    await migrated(database)
    connection = await asyncpg.connect(database)
    await store(connection, facts(11, 250))
    await connection.close()
    return database


def hledger() -> str:
    return program("hledger", made_by="make hledger")


async def exported(dsn: str, name: str, folder: Path) -> Path:
    path = folder / f"journal.{name}"
    async with live_ledger(dsn) as live:
        with path.open("w") as file:
            assert await export_text(live, file, form=FORMATS[name]()) == 250
    return path


async def totals(dsn: str) -> dict[tuple[str, str], Decimal]:
    sums: dict[tuple[str, str], Decimal] = {}
    async with live_ledger(dsn) as live:
        for it in (await live.reader.sums(*Leaf._fields)).rows:
            leaf = Leaf(*it.key)
            unit = commodity(leaf)
            place = (account_name(leaf), unit)
            sums[place] = sums.get(place, Decimal(0)) + Decimal(it.amount).scaleb(-digits(unit))
    return {place: amount for place, amount in sums.items() if amount}


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


async def test_hledger_accepts_it_and_comes_to_our_totals(dsn: str, tmp_path: Path) -> None:
    path = await exported(dsn, "hledger", tmp_path)

    checked = run(hledger(), "check", "--strict", "-f", path)
    balances = run(hledger(), "balance", "-f", path, "-N", "--layout=bare", "-O", "csv")

    assert checked.returncode == 0, checked.stderr
    assert balances.returncode == 0, balances.stderr
    rows = csv.DictReader(balances.stdout.splitlines())
    theirs = {(row["account"], row["commodity"]): Decimal(row["balance"]) for row in rows}
    assert {place: amount for place, amount in theirs.items() if amount} == await totals(dsn)


async def test_hledger_refuses_it_when_a_line_was_changed(dsn: str, tmp_path: Path) -> None:
    path = await exported(dsn, "hledger", tmp_path)
    text = path.read_text()
    path.write_text(text.replace(" GBP  ;", "1 GBP  ;", 1))

    assert run(hledger(), "check", "-f", path).returncode != 0


async def test_beancount_accepts_it_and_with_it_our_totals(dsn: str, tmp_path: Path) -> None:
    path = await exported(dsn, "beancount", tmp_path)

    checked = run(BEAN_CHECK, path)

    assert checked.returncode == 0, checked.stdout + checked.stderr
    asserted = {
        (name, unit): Decimal(amount)
        for _, kind, name, amount, unit in (
            line.split() for line in path.read_text().splitlines() if " balance " in line
        )
        if kind == "balance" and Decimal(amount)
    }
    assert asserted == await totals(dsn)


async def test_beancount_refuses_it_when_a_balance_was_changed(dsn: str, tmp_path: Path) -> None:
    path = await exported(dsn, "beancount", tmp_path)
    lines = path.read_text().splitlines()
    at = next(i for i, line in enumerate(lines) if " balance " in line)
    *start, amount, unit = lines[at].split()
    lines[at] = " ".join([*start, str(Decimal(amount) + 1), unit])
    path.write_text("\n".join(lines))

    assert run(BEAN_CHECK, path).returncode != 0


async def test_parquet_has_lines_balances_and_facts(dsn: str, tmp_path: Path) -> None:
    async with live_ledger(dsn) as live:
        await export_parquet(live, tmp_path)

    lines = pq.read_table(tmp_path / "lines.parquet")
    assert pc.sum(lines["amount"]).as_py() == 0
    assert pq.read_table(tmp_path / "balances.parquet").num_rows > 0
    assert facts_in(tmp_path / "facts") == 250


@pytest.mark.parametrize(
    ("amount", "unit", "text"),
    [
        (-5, "GBP", "-0.05"),
        (123456, "GBP", "1234.56"),
        (7, "JPY", "7"),
        (4, "STAT-GBP-3", "0.004"),
        (1234, "KWD", "1.234"),
    ],
)
def test_amounts_are_written_exactly(amount: int, unit: str, text: str) -> None:
    assert decimal(amount, unit) == text
