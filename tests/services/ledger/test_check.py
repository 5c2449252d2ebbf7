"""`ledger check` finds whatever is not as the facts make it, and nothing else."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from libs.domain import derived_id
from services.ledger.checks import Finding, check
from services.ledger.domain import OrderBook, Payee
from services.ledger.domain.amounts import Captured, Delivered, Settled
from services.ledger.domain.role import Role
from services.ledger.live import live_ledger
from services.ledger.readmodel import project
from services.ledger.rules import Fact
from tests.services.ledger.facts_at_random import START
from tests.services.ledger.ledger_database import migrated, recorded, store

ORDERS = 5


def made(kind: type[Fact], **said: Any) -> Fact:  # what the fact says
    fact: Fact = kind(**said)
    return fact


def order(number: int, *, reserve: int = 363) -> list[Fact]:
    """Captured, delivered and settled."""
    order_id = derived_id("order", number)
    line, payment = str(derived_id("line", number)), str(derived_id("payment", number))
    header = {
        "originator_id": order_id,
        "timestamp": START,
        "effective_at": START + timedelta(days=number),
        "legal_entity": "UK",
        "currency": "USD",
        "order_id": order_id,
        "market": "US",
    }
    captured = Captured(
        order_line=line,
        payee="acme",
        mode="MARKETPLACE",
        surface="LIVE",
        creator="mia",
        charged=5070,
        promotion=300,
        escrow=4999,
        sales_tax=371,
        gmv=4500,
    )
    settled = Settled(
        order_line=line,
        payee="acme",
        mode="MARKETPLACE",
        creator="mia",
        agency="north",
        partner="stage",
        escrow=4999,
        referral=300,
        carriage=650,
        commission=336,
        agency_commission=84,
        reserve=reserve,
        available=3629 - reserve,
        promotion=300,
        partner_share=90,
    )
    return [
        made(
            OrderBook.CaptureAllocated,
            **header,
            originator_version=1,
            payment=payment,
            captured_total=5070,
            items=(captured,),
        ),
        made(
            OrderBook.EscrowHeld,
            **header,
            originator_version=2,
            lost=False,
            items=(Delivered(order_line=line, payee="acme", units=2, escrow=4999),),
        ),
        made(OrderBook.LinesSettled, **header, originator_version=3, items=(settled,)),
    ]


def statement(number: int, *, through: int, opening: int, closing: int, since: int = 0) -> Fact:
    return made(
        Payee.StatementClosed,
        originator_id=derived_id("payee", "acme"),
        originator_version=number + 1,
        timestamp=START,
        statement=derived_id("statement", number),
        role=Role.MERCHANT,
        payee="acme",
        legal_entity="UK",
        currency="USD",
        opening=opening,
        closing=closing,
        reserve=0,
        from_sequence=since,
        through_sequence=through,
        cut_at=START + timedelta(days=30 + number),
        opened_at=START + timedelta(days=29 + number) if since else None,
    )


@pytest.fixture
async def ledger(database: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    await migrated(database)
    connection = await asyncpg.connect(database)
    for number in range(ORDERS):
        await store(connection, order(number))
    first = statement(1, through=6, opening=0, closing=2 * 3266)
    second = statement(2, since=6, through=15, opening=2 * 3266, closing=5 * 3266)
    await store(connection, [first, second])
    await project(connection, [recorded(first), recorded(second)])
    yield connection
    await connection.close()


async def findings(dsn: str) -> list[Finding]:
    async with live_ledger(dsn) as live:
        return [finding async for finding in check(live)]


async def test_sound_books_have_no_findings(
    ledger: "asyncpg.Connection[asyncpg.Record]", database: str
) -> None:
    assert await findings(database) == []


@pytest.mark.parametrize(
    ("tampered", "what"),
    [
        ("update line set amount = amount + 1 where sequence = 3 and n = 1", "entry"),
        ("update line set payment = gen_random_uuid() where sequence = 1 and n = 1", "chain"),
        ("update entry set effective_at = effective_at + interval '1 day'", "entry"),
        ("update entry set recorded_at = recorded_at - interval '1 us'", "chain"),
        ("update entry set reference = ''", "chain"),
        ("update entry set hash = sha256('') where sequence = 4", "chain"),
        ("delete from line where sequence = 2", "entry"),
        ("delete from entry where sequence = 15", "fact"),
        ("delete from entry where sequence = 7", "chain"),
        ("delete from fact where version = 2", "entry"),
        ("update balance set amount = amount + 1 where account = 2", "balance"),
        ("update balance set lines = lines + 1 where account = 2", "balance"),
        ("delete from balance where account = 2", "balance"),
        ("update shard set sequence = sequence + 1", "head"),
        ("update shard set hash = sha256('')", "head"),
        ("update statement set closing = closing + 1", "statement"),
        ("delete from statement", "statement"),
        ("update statement set id = gen_random_uuid() where from_sequence = 0", "statement"),
        ("update account set payee = 'another' where payee = 'acme'", "chain"),
    ],
)
async def test_what_was_tampered_with_is_found(
    ledger: "asyncpg.Connection[asyncpg.Record]", database: str, tampered: str, what: str
) -> None:
    await ledger.execute("set session_replication_role = replica")
    await ledger.execute(tampered)

    assert what in {finding.what for finding in await findings(database)}


async def test_an_account_that_is_overdrawn_is_found(
    ledger: "asyncpg.Connection[asyncpg.Record]", database: str
) -> None:
    settled_twice = order(0)[2]
    vars(settled_twice)["originator_version"] = 9
    await store(ledger, [settled_twice])

    found = await findings(database)

    assert {finding.what for finding in found} == {"law"}
    assert any(finding.problem == "settled, and leaves 4999 in escrow" for finding in found)


async def test_a_statement_that_its_lines_do_not_lead_to_is_found(
    ledger: "asyncpg.Connection[asyncpg.Record]", database: str
) -> None:
    wrong = statement(3, since=15, through=15, opening=5 * 3266, closing=1)
    await store(ledger, [wrong])
    await project(ledger, [recorded(wrong)])

    [finding] = await findings(database)

    assert finding.problem == f"is off by {1 - 5 * 3266} from its lines"
    assert UUID(finding.where.split()[1]) == derived_id("statement", 3)
