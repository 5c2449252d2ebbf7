"""What finance reads: trial balance, GMV, statements, adjustments. All of it sums of lines."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from libs.books import Account
from services.ledger import chart
from services.ledger.reading import (
    ALWAYS,
    ANYWHERE,
    NOW,
    Answer,
    Axes,
    ClosedStatement,
    Dating,
    EntryFilter,
    Period,
    Position,
    PostedEntry,
    Reader,
    Where,
)


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """One row of a trial balance: a balance stands on one side."""

    account: Account
    currency: str
    amount: int
    lines: int

    @property
    def debit(self) -> int:
        return max(self.amount, 0)

    @property
    def credit(self) -> int:
        return max(-self.amount, 0)


async def trial_balance(
    reader: Reader, *, where: Where = ANYWHERE, axes: Axes = NOW
) -> Answer[AccountBalance]:
    """Every account that was ever touched, by book, currency and code."""
    answer = await reader.sums("book", "currency", "code", where=where, axes=axes)
    rows = [
        AccountBalance(chart.CHART[code], currency, it.amount, it.lines)
        for it in answer.rows
        for _, currency, code in [it.key]
    ]
    return Answer(rows, answer.true_at)


@dataclass(frozen=True, slots=True)
class Gmv:
    """Captured, given back of it, and what is left; by whatever it was asked by."""

    key: tuple[str, ...]
    currency: str
    gross: int
    reversed: int

    @property
    def net(self) -> int:
        return self.gross - self.reversed


async def gmv(
    reader: Reader,
    *by: str,
    where: Where = ANYWHERE,
    axes: Axes = NOW,
    period: Period = ALWAYS,
    dated_by: Dating = "entry",
) -> Answer[Gmv]:
    """By market, day, month, mode, surface, payee (merchant), creator, legal entity.

    `dated_by="entry"` is the view as posted, where a reversal falls into its own period;
    `"capture"` is the cohort view, where it falls into the period of the sale that it takes back.
    """
    answer = await reader.sums(
        *(*by, "currency", "code"),
        where=_at(where, chart.GMV, chart.GMV_REVERSED),
        axes=axes,
        period=period,
        dated_by=dated_by,
    )
    found: dict[tuple[tuple[str, ...], str], dict[str, int]] = defaultdict(dict)
    for it in answer.rows:
        *key, currency, code = it.key
        found[tuple(key), currency][code] = chart.CHART[code].natural(it.amount)
    rows = [
        Gmv(key, currency, amounts.get("9010", 0), amounts.get("9011", 0))
        for (key, currency), amounts in found.items()
    ]
    return Answer(rows, answer.true_at)


@dataclass(frozen=True, slots=True)
class Adjusted:
    """What was adjusted for one reason on one account; debits are positive."""

    key: tuple[str, ...]
    account: Account
    currency: str
    amount: int
    lines: int


async def adjustments(
    reader: Reader,
    *by: str,
    where: Where = ANYWHERE,
    axes: Axes = NOW,
    period: Period = ALWAYS,
) -> Answer[Adjusted]:
    """By reason, and by month if so asked, for each account that tells reasons apart."""
    kept = [account for account in chart.CHART.values() if "reason" in account.by]
    answer = await reader.sums(
        *(*by, "currency", "code"), where=_at(where, *kept), axes=axes, period=period
    )
    rows = [
        Adjusted(tuple(key), chart.CHART[code], currency, it.amount, it.lines)
        for it in answer.rows
        for *key, currency, code in [it.key]
    ]
    return Answer(rows, answer.true_at)


def _at(where: Where, *accounts: Account) -> Where:
    values = {name: getattr(where, name) for name in Where.__slots__}
    return Where(**{**values, "codes": [account.code for account in accounts]})


BALANCE_OF_ROLE: Final[Mapping[str, Account]] = {
    "MERCHANT": chart.AVAILABLE,
    "SUPPLIER": chart.AVAILABLE,
    "CREATOR": chart.CREATOR_AVAILABLE,
    "AGENCY": chart.AGENCY_AVAILABLE,
    "PARTNER": chart.PARTNER_AVAILABLE,
}
"""Where what a payee may have stands, by what they are paid for."""

MODE_OF_ROLE: Final[Mapping[str, str]] = {
    "MERCHANT": "MARKETPLACE",
    "SUPPLIER": "FULL_SERVICE",
}
"""A merchant's and a supplier's balance share an account, and are told apart by mode."""

_PAGE: Final = 500
_GROUPS: Final[Mapping[str, str]] = {
    "2120": "revenue",
    "2160": "revenue",
    "2210": "revenue",
    "2220": "revenue",
    "2230": "revenue",
    "4010": "fees",
    "4020": "fees",
    "4030": "fees",
    "4040": "fees",
    "4050": "fees",
    "4060": "fees",
    "4070": "fees",
    "4080": "fees",
    "4090": "shipping",
    "2140": "reserve",
    "1210": "owed to us",
    "1220": "owed to us",
}
"""What the other side of a movement says about it, where it is kept by the payee."""

_REST: Final[Mapping[str, str]] = {
    "lines_settled": "commissions",
    "settlement_reversed": "refunds",
    "adjusted": "adjustments",
    "payout_locked": "payouts",
    "payout_failed": "payouts",
}
"""What is left of a movement once those are taken out, by the rule that made it."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A closed statement with what moved between its two cuts, in groups that add up to it."""

    closed: ClosedStatement
    groups: Mapping[str, int]
    entries: Sequence[PostedEntry]

    @property
    def movement(self) -> int:
        return sum(self.groups.values())

    @property
    def ties(self) -> bool:
        return self.closed.opening + self.movement == self.closed.closing


async def statement(reader: Reader, closed: ClosedStatement) -> Statement:
    """Read back from the journal, from lines on the payee's own balance and what faces them."""
    account = BALANCE_OF_ROLE[closed.role]
    entries: list[PostedEntry] = []
    groups: defaultdict[str, int] = defaultdict(int)
    which = EntryFilter(payee=closed.payee, code=account.code, legal_entity=closed.legal_entity)
    async for entry in _between_cuts(reader, closed, which):
        moved = _moved(entry, closed)
        for group, amount in moved.items():
            groups[group] += amount
        if moved:
            entries.append(entry)
    return Statement(closed, {name: amount for name, amount in groups.items() if amount}, entries)


async def _between_cuts(
    reader: Reader, closed: ClosedStatement, which: EntryFilter
) -> AsyncIterator[PostedEntry]:
    """What the last cut knew already and left to a later day, and then what became known since."""
    known = (closed.legal_entity, closed.from_sequence)
    if closed.opened_at is not None:
        left = replace(which, period=Period(start=closed.opened_at, end=closed.cut_at))
        axes = Axes(sequence=closed.from_sequence)
        async for entry in _all(reader, left, axes=axes, after=(closed.legal_entity, 0)):
            yield entry
    learnt = replace(which, period=Period(end=closed.cut_at))
    axes = Axes(sequence=closed.through_sequence)
    async for entry in _all(reader, learnt, axes=axes, after=known):
        yield entry


async def _all(
    reader: Reader, which: EntryFilter, *, axes: Axes, after: Position
) -> AsyncIterator[PostedEntry]:
    while page := (await reader.entries(which, axes=axes, after=after, limit=_PAGE)).rows:
        for entry in page:
            yield entry
        after = (which.legal_entity, page[-1].heading.sequence)


def _moved(entry: PostedEntry, closed: ClosedStatement) -> dict[str, int]:
    """What an entry did to the payee's balance, by group; their favour is positive."""
    account, mode = BALANCE_OF_ROLE[closed.role], MODE_OF_ROLE.get(closed.role, "")
    moved: dict[str, int] = {}
    rest = 0
    for line in entry.lines:
        leaf = line.leaf
        if leaf.payee != closed.payee or leaf.currency != closed.currency:
            continue
        if leaf.code == account.code and leaf.mode == mode:
            rest -= line.amount
        elif leaf.code in _GROUPS and leaf.mode in {"", mode}:
            group = _GROUPS[leaf.code]
            moved[group] = moved.get(group, 0) + line.amount
    if rest == 0:
        return {}
    rest -= sum(moved.values())
    name = _REST.get(entry.heading.rule, "other")
    return {**moved, name: moved.get(name, 0) + rest}
