"""Statements: one a day, of what took effect on it, whenever and in whatever order it is learnt."""

from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

import pytest

from libs.eventstore import MemoryRecorder, Store
from libs.runtime.clock import ManualClock
from libs.testing import NOW
from services.ledger import commands as c
from services.ledger.app import LedgerApp
from services.ledger.balances import JournalBalances
from services.ledger.domain import KINDS, Payee
from services.ledger.domain.adjustment import Kind
from services.ledger.domain.payee import payee_id
from services.ledger.domain.role import Role
from services.ledger.memory import MemoryJournal
from services.ledger.rates import TableRates
from services.ledger.reports import Statement, statement

DAY = timedelta(days=1)
MIDNIGHT = NOW.replace(hour=0) + DAY
_requests = count(1)


class Books:
    """A ledger in memory, and one merchant's account in it."""

    def __init__(self) -> None:
        clock = ManualClock(NOW)
        self.journal = MemoryJournal()
        recorder = MemoryRecorder(clock, participant=self.journal)
        self.store = Store(recorder, kinds=KINDS, clock=clock)
        self.app = LedgerApp(
            self.store, balances=JournalBalances(self.journal), rates=TableRates(), clock=clock
        )

    async def moves(self, amount: int, *, at: datetime) -> None:
        await self.app.post_adjustment(
            c.PostAdjustment(
                request_id=UUID(int=next(_requests)),
                role=Role.MERCHANT,
                payee="acme",
                legal_entity="UK",
                currency="GBP",
                kind=Kind.MANUAL,
                reason="TEST",
                amount=amount,
                market="GB",
                effective_at=at,
                proposed_by="finance",
            )
        )

    async def hold(self) -> None:
        """Without payouts, so that a statement shows what moved and nothing else."""
        await self.app.hold_payee(
            c.HoldPayee(
                request_id=UUID(int=next(_requests)),
                role=Role.MERCHANT,
                payee="acme",
                legal_entity="UK",
                currency="GBP",
                reason="test",
            )
        )

    async def cut(self, cut_at: datetime) -> Statement:
        await self.app.close_statement(
            c.CloseStatement(
                request_id=UUID(int=next(_requests)),
                role=Role.MERCHANT,
                payee="acme",
                legal_entity="UK",
                currency="GBP",
                cut_at=cut_at,
            )
        )
        latest, *_ = await self.journal.statements(payee="acme")
        return await statement(self.journal, latest)

    async def expected(self) -> tuple[datetime, ...]:
        stream = payee_id(Role.MERCHANT, "acme", "UK", "GBP")
        return (await self.store.repository(Payee).get(stream)).expected


@pytest.fixture
def books() -> Books:
    return Books()


async def test_a_day_has_what_took_effect_on_it_and_not_what_came_later(books: Books) -> None:
    await books.hold()
    await books.moves(100, at=NOW)
    await books.moves(20, at=NOW + 3 * DAY)
    await books.moves(3, at=NOW)

    first = await books.cut(MIDNIGHT)
    later = await books.cut(MIDNIGHT + 3 * DAY)

    assert [(it.closed.opening, it.closed.closing) for it in (first, later)] == [
        (0, 103),
        (103, 123),
    ]
    assert [it.ties for it in (first, later)] == [True, True]
    assert [len(it.entries) for it in (first, later)] == [2, 1]


async def test_what_is_learnt_after_the_cut_is_on_the_next_statement(books: Books) -> None:
    await books.hold()
    await books.moves(100, at=NOW)
    await books.cut(MIDNIGHT)
    await books.moves(7, at=NOW)

    later = await books.cut(MIDNIGHT + DAY)

    assert (later.closed.opening, later.closed.closing) == (100, 107)
    assert later.ties


async def test_the_moment_of_the_cut_belongs_to_the_new_day(books: Books) -> None:
    await books.hold()
    await books.moves(100, at=MIDNIGHT - timedelta(microseconds=1))
    await books.moves(7, at=MIDNIGHT)

    first = await books.cut(MIDNIGHT)

    assert first.closed.closing == 100


async def test_a_payout_is_of_the_day_that_begins_with_it(books: Books) -> None:
    await books.moves(100, at=NOW)
    await books.moves(20, at=NOW + 3 * DAY)

    first = await books.cut(MIDNIGHT)
    second = await books.cut(MIDNIGHT + DAY)

    assert (first.closed.closing, second.closed.closing) == (100, 0)
    assert second.groups == {"payouts": -100}
    assert MIDNIGHT + DAY in await books.expected()


async def test_no_more_is_paid_out_than_is_there_by_now(books: Books) -> None:
    await books.moves(500, at=NOW)
    await books.moves(-300, at=NOW + 3 * DAY)

    await books.cut(MIDNIGHT)
    second = await books.cut(MIDNIGHT + DAY)

    assert second.groups == {"payouts": -200}
