"""Books: what the ledger says of an order or a payee, asked as finance asks it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.local.process import StackError, until
from libs.books import Book
from libs.contracts.ledger.v1 import ledger_service_pb2 as pb
from libs.money import Money
from services.ledger.chart import CHART

if TYPE_CHECKING:  # The name is the type checker's alone.
    from libs.contracts.ledger.v1.ledger_service_pb2_grpc import LedgerServiceAsyncStub

PATIENCE_S = 30.0
SMALL_CHANGE = 200
"""In minor units: less than a payout's minimum is carried on."""
PASSING = ("authorization_held", "authorization_released")
"""Both at once, they say nothing: what was held was taken in the same moment."""
_PAGE = 1000


class NotPosted(StackError):
    """The books do not show what they should by now."""


@dataclass(frozen=True, slots=True)
class Posting:
    """What the entries of one rule did in one currency of one book, in words."""

    rule: str
    unit: str
    debits: list[str]
    credits: list[str]


class Books:
    """Remembers what was told already, so that a step tells what it did and nothing else."""

    def __init__(self, ledger: LedgerServiceAsyncStub) -> None:
        self._ledger = ledger
        self._told: set[str] = set()

    async def of(self, reference: object) -> list[pb.Entry]:
        """Every entry about an order or a payee."""
        entries: list[pb.Entry] = []
        request = pb.ListEntriesRequest(page_size=_PAGE, reference=str(reference))
        while True:
            page = await self._ledger.ListEntries(request)
            entries += page.entries
            request.page_token = page.next_page_token
            if not request.page_token:
                return entries

    async def of_account(self, code: str, *, rule: str) -> list[Posting]:
        """What a rule posted to an account since last told."""
        request = pb.ListEntriesRequest(page_size=_PAGE, code=code)
        entries = (await self._ledger.ListEntries(request)).entries
        fresh = [it for it in entries if it.rule == rule and it.name not in self._told]
        self._told.update(it.name for it in fresh)
        return list(postings(fresh))

    async def waiting(self, payee: str, codes: Sequence[str]) -> bool:
        """Whether money of a payee still stands on any of these accounts, small change aside."""
        answer = await self._ledger.GetBalance(
            pb.GetBalanceRequest(filter=pb.AccountFilter(codes=codes, payee=payee))
        )
        return any(abs(it.minor) > SMALL_CHANGE for it in answer.amounts)

    async def news(self, *references: object, rules: Sequence[str] = ()) -> list[Posting]:
        """What was posted about each since last told, once all of these rules have posted."""
        fresh = await asyncio.gather(*(self._fresh(it, set(rules)) for it in references))
        entries = [entry for of_one in fresh for entry in of_one]
        self._told.update(it.name for it in entries)
        silent = PASSING if set(PASSING) <= {it.rule for it in entries} else ()
        return list(postings(it for it in entries if it.rule not in silent))

    async def _fresh(self, reference: object, rules: set[str]) -> list[pb.Entry]:
        fresh: list[pb.Entry] = []

        async def come() -> bool:
            fresh[:] = [it for it in await self.of(reference) if it.name not in self._told]
            return rules <= {it.rule for it in fresh}

        if not await until(come, patience=PATIENCE_S):
            seen = ", ".join(it.rule for it in fresh) or "nothing new"
            raise NotPosted(f"{reference}: {', '.join(rules)} expected in the books, and {seen} is")
        return fresh


def postings(entries: Iterable[pb.Entry]) -> Iterator[Posting]:
    """Entries in words, those of one rule as one; money and memo apart, a row a currency."""
    rows: dict[tuple[str, Book, str], Counter[str]] = {}
    count = Counter[str]()
    for entry in entries:
        count[entry.rule] += 1
        for line in entry.lines:
            row = rows.setdefault((entry.rule, CHART[line.code].book, line.amount.unit), Counter())
            row[line.code] += line.amount.minor
    for (rule, book, unit), amounts in rows.items():
        times = f" ({count[rule]})" if count[rule] > 1 else ""
        yield Posting(
            "  memo" if book == Book.STAT else rule.replace("_", " ") + times,
            unit,
            list(_side(amounts, unit, sign=1)),
            list(_side(amounts, unit, sign=-1)),
        )


def figure(minor: int, unit: str) -> str:
    """An amount as a table shows it, without its currency."""
    return f"{Money(minor, unit).decimal():,}"


def _side(amounts: Mapping[str, int], unit: str, *, sign: int) -> Iterator[str]:
    for code, minor in sorted(amounts.items()):
        if minor * sign > 0:
            yield f"{CHART[code].name} {figure(abs(minor), unit)}"
