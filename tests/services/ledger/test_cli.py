"""`ledger` on the command line, on a real database."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from libs.domain import derived_id
from services.ledger.cli import app
from services.ledger.readmodel import project
from tests.services.ledger.ledger_database import migrated, recorded, store
from tests.services.ledger.test_check import ORDERS, order, statement

Ledger = Callable[..., Result]


@pytest.fixture
async def ledger(database: str, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    await migrated(database)
    connection = await asyncpg.connect(database)
    for number in range(ORDERS):
        await store(connection, order(number))
    first = statement(1, through=6, opening=0, closing=2 * 3266)
    await store(connection, [first])
    await project(connection, [recorded(first)])
    await connection.close()
    monkeypatch.setenv("ENTREPOT_LEDGER_DATABASE", database)
    return run


def run(*arguments: str) -> Result:
    """In a thread of its own, as the command has its own event loop."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(CliRunner().invoke, app, list(arguments)).result()


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


async def test_the_trial_balance_has_equal_sides(ledger: Ledger) -> None:
    found = answer(ledger("trial-balance", "--json"))

    assert {row["debit"] for row in found["totals"]} == {row["credit"] for row in found["totals"]}
    assert found["true_at"] == {"UK": 3 * ORDERS}


async def test_balances_are_asked_by_account_and_payee(ledger: Ledger) -> None:
    found = answer(ledger("balance", "2130", "--payee", "acme", "--json"))

    assert found["rows"] == [
        {"code": "2130", "payee": "acme", "currency": "USD", "balance": "-163.30"}
    ]


async def test_a_balance_is_asked_on_both_axes(ledger: Ledger) -> None:
    then = answer(ledger("balance", "2130", "--sequence", "6", "--json"))
    before = answer(ledger("balance", "2130", "--as-of", "2026-03-02", "--json"))

    assert then["rows"][0]["balance"] == "-65.32"
    assert then["true_at"] == {"UK": 6}
    assert before["rows"][0]["balance"] == "-65.32"
    assert before["true_at"] == {"UK": 15}


async def test_gmv_is_broken_down(ledger: Ledger) -> None:
    found = answer(ledger("gmv", "--by", "merchant", "--by", "month", "--json"))

    assert found["rows"] == [
        {
            "merchant": "acme",
            "month": "2026-03",
            "currency": "USD",
            "gmv": "225.00",
            "reversed": "0.00",
            "net": "225.00",
        }
    ]


async def test_entries_of_an_order_are_its_story(ledger: Ledger) -> None:
    found = answer(ledger("entries", "--order", str(derived_id("order", 1)), "--json"))

    assert list(dict.fromkeys(row["rule"] for row in found["rows"])) == [
        "capture_allocated",
        "escrow_held",
        "lines_settled",
    ]


async def test_a_statement_adds_up(ledger: Ledger) -> None:
    listed = answer(ledger("statement", "--payee", "acme", "--json"))["rows"]
    found = answer(ledger("statement", listed[0]["id"], "--json"))

    groups = {row["acme"]: row["USD"] for row in found["rows"]}
    assert groups == {
        "opening": "0.00",
        "revenue": "99.98",
        "fees": "-6.00",
        "shipping": "-13.00",
        "reserve": "-7.26",
        "commissions": "-8.40",
        "closing": "65.32",
    }


async def test_replay_is_equal(ledger: Ledger) -> None:
    found = answer(ledger("replay", "--json"))

    assert found["equal"] is True
    assert found["facts"] == 3 * ORDERS
    assert found["differences"] == []


async def test_check_says_sound_or_exits_with_a_list(ledger: Ledger, database: str) -> None:
    assert answer(ledger("check", "--json")) == {"sound": True, "findings": []}
    connection = await asyncpg.connect(database)
    await connection.execute("set session_replication_role = replica")
    await connection.execute("update balance set amount = amount + 1 where account = 1")
    await connection.close()

    found = ledger("check", "--json")

    assert found.exit_code == 1
    assert [it["what"] for it in json.loads(found.stdout)["findings"]] == ["balance"]


@pytest.mark.parametrize("form", ["hledger", "beancount", "parquet"])
async def test_an_export_is_written(ledger: Ledger, tmp_path: Path, form: str) -> None:
    found = answer(ledger("export", "--format", form, "-o", str(tmp_path / "out"), "--json"))

    assert found["entries"] == 3 * ORDERS
    assert (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("balance",),
        ("trial-balance",),
        ("entries",),
        ("gmv",),
        ("statement",),
        ("replay",),
        ("check",),
    ],
)
async def test_people_get_tables(ledger: Ledger, arguments: tuple[str, ...]) -> None:
    found = ledger(*arguments)

    assert found.exit_code == 0, found.output
    assert found.stdout.strip()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("balance", "--as-of", "yesterday"), "is not a moment"),
        (("statement", "nonsense"), "is not the id"),
        (("statement", str(derived_id("nothing"))), "there is no statement"),
    ],
)
async def test_a_wrong_question_is_answered_in_a_sentence(
    ledger: Ledger, arguments: tuple[str, ...], sentence: str
) -> None:
    found = ledger(*arguments)

    assert found.exit_code == 2
    assert sentence in found.output
    assert "Traceback" not in found.output


async def test_without_a_ledger_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ENTREPOT_LEDGER_DATABASE", raising=False)
    monkeypatch.setenv("ENTREPOT_HOME", str(tmp_path))

    found = run("balance")

    assert found.exit_code == 2
    assert "start a stack" in found.output
