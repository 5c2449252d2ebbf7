"""Whether the books are what the facts make them: all that is stored is derived again.

Entries from facts by the rules, the chain from entries, balances and blocks from lines, statements
from their facts and from the journal between their cuts, and the laws that hold whatever happened.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from libs.books import Account
from services.ledger import chart
from services.ledger.blocks import in_order_of_effect
from services.ledger.chain import GENESIS, Leaf, link
from services.ledger.live import LiveLedger
from services.ledger.posting import posting_of
from services.ledger.reading import ClosedStatement, Position, PostedEntry, hashed, posted_lines
from services.ledger.reports import statement
from services.ledger.rules import Fact

NEVER_OVERDRAWN: Final[frozenset[Account]] = frozenset(
    {
        chart.REFUNDS_PAYABLE,
        chart.ESCROW_UNDELIVERED,
        chart.ESCROW_IN_HOLD,
        chart.AVAILABLE,
        chart.RESERVE,
        chart.DISPUTE_HOLD,
        chart.CREATOR_PENDING,
        chart.CREATOR_AVAILABLE,
        chart.AGENCY_PENDING,
        chart.AGENCY_AVAILABLE,
        chart.PARTNER_PENDING,
        chart.PARTNER_AVAILABLE,
        chart.PAYOUTS_IN_TRANSIT,
    }
)
"""Accounts of what is owed, held or on its way: nobody is ever owed less than nothing."""

_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """Something stored that is not as it should be."""

    what: str
    where: str
    problem: str


@dataclass(slots=True)
class Running:
    """A leaf account as its lines make it."""

    amount: int = 0
    lines: int = 0
    sequence: int = 0


@dataclass(slots=True)
class Books:
    """What is known of the journal so far, walking along it."""

    hashes: dict[str, bytes] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)
    balances: dict[Leaf, Running] = field(default_factory=dict)
    entries: int = 0


async def check(
    live: LiveLedger, *, walked: Callable[[int], None] = lambda _: None
) -> AsyncIterator[Finding]:
    """Everything that is wrong; nothing, if the books are sound.

    `walked` is told how many more entries have been looked at.
    """
    books = Books()
    after: Position | None = None
    while page := (await live.reader.entries(after=after, limit=_PAGE)).rows:
        facts = await live.facts_of(page)
        for entry in page:
            fact = facts.get((entry.heading.stream_id, entry.heading.version))
            for finding in (*_entry(entry, fact), *_chained(entry, books), *_added(entry, books)):
                yield finding
        walked(len(page))
        after = (page[-1].heading.legal_entity, page[-1].heading.sequence)
    async for fact in live.facts_without_entry():
        if posting_of(fact) is not None:
            where = f"{type(fact).__name__} {fact.originator_id}/{fact.originator_version}"
            yield Finding("fact", where, "is not in the journal")
    for findings in (
        _heads(live, books),
        _balances(live, books),
        _blocks(live),
        _lines_left_open(live),
    ):
        async for finding in findings:
            yield finding
    async for finding in _statements(live):
        yield finding


def _entry(entry: PostedEntry, fact: Fact | None) -> Iterator[Finding]:
    """The entry again from its fact, by the rule and one fact at a time."""
    where = _name(entry)
    posting = posting_of(fact) if fact is not None else None
    if posting is None:
        yield Finding("entry", where, "follows from no fact")
        return
    heading = posting.heading(
        sequence=entry.heading.sequence, recorded_at=entry.heading.recorded_at
    )
    if heading != entry.heading:
        yield Finding("entry", where, f"should read {heading}")
    if posted_lines(posting) != entry.lines:
        yield Finding("entry", where, f"should have {len(posting.lines)} other lines")


def _chained(entry: PostedEntry, books: Books) -> Iterator[Finding]:
    """Each entry is the next of its chain and has the hash that follows."""
    entity, sequence = entry.heading.legal_entity, entry.heading.sequence
    if sequence != books.sequences.get(entity, 0) + 1:
        yield Finding("chain", _name(entry), f"follows {books.sequences.get(entity, 0)}: a gap")
    if link(books.hashes.get(entity, GENESIS), entry.heading, hashed(entry.lines)) != entry.hash:
        yield Finding("chain", _name(entry), "has another hash than follows from its contents")
    books.hashes[entity] = entry.hash
    books.sequences[entity] = sequence
    books.entries += 1


def _added(entry: PostedEntry, books: Books) -> Iterator[Finding]:
    """The entry's lines on top of what was there; balanced, and nothing overdrawn."""
    sums: dict[tuple[str, str], int] = {}
    for line in entry.lines:
        account = chart.CHART[line.leaf.code]
        sums[account.book, line.leaf.currency] = (
            sums.get((account.book, line.leaf.currency), 0) + line.amount
        )
        running = books.balances.setdefault(line.leaf, Running())
        running.amount += line.amount
        running.lines += 1
        running.sequence = entry.heading.sequence
    for (book, currency), amount in sums.items():
        if amount:
            yield Finding("entry", _name(entry), f"is off by {amount} in {book} {currency}")
    for leaf in {line.leaf: None for line in entry.lines}:
        account = chart.CHART[leaf.code]
        amount = account.natural(books.balances[leaf].amount)
        if account in NEVER_OVERDRAWN and amount < 0:
            yield Finding("law", _name(entry), f"leaves {amount} on {'/'.join(filter(None, leaf))}")


async def _heads(live: LiveLedger, books: Books) -> AsyncIterator[Finding]:
    for entity, sequence, hash in await live.connection.fetch(
        "select legal_entity, sequence, hash from shard"
    ):
        last = books.sequences.get(entity, 0), books.hashes.get(entity, GENESIS)
        if last != (sequence, hash):
            yield Finding("head", entity, f"is at {sequence}, its last entry at {last[0]}")


async def _balances(live: LiveLedger, books: Books) -> AsyncIterator[Finding]:
    missing = dict(books.balances)
    async for row in live.balances():
        leaf, stored = Leaf(*row[:-3]), Running(*row[-3:])
        derived = missing.pop(leaf, Running())
        if derived != stored:
            where = "/".join(filter(None, leaf))
            yield Finding("balance", where, f"is {stored.amount}, its lines make {derived.amount}")
    for leaf in missing:
        yield Finding("balance", "/".join(filter(None, leaf)), "is not kept")


async def _blocks(live: LiveLedger) -> AsyncIterator[Finding]:
    """Each begins where the one before ends, and has the lines in between by when they took effect.

    The blocks of a run have them together. Lines after the last one are no finding: not all lines
    are in blocks yet, and an answer does not depend on how many are.
    """
    account_and_level, after, before = None, 0, 0
    async for leaf, run in live.blocks():
        first = run[0]
        if (first.account, first.level) != account_and_level:
            account_and_level, after, before = (first.account, first.level), 0, 0
        lines = await live.lines_of(first.account, after=after, through=first.sequence)
        begins = [before]
        for block in run:
            begins.append(begins[-1] + len(block.moments))
        if (
            [line for block in run for line in block.movements()] != in_order_of_effect(lines)
            or [block.lines_before for block in run] != begins[:-1]
            or not lines
            or lines[-1].sequence != first.sequence
        ):
            where = f"{'/'.join(filter(None, leaf))} {after} to {first.sequence}"
            yield Finding("block", where, "is not what its lines make")
        after, before = first.sequence, begins[-1]


async def _lines_left_open(live: LiveLedger) -> AsyncIterator[Finding]:
    """An order line that settled has nothing left in escrow."""
    for order_line, amount in await live.connection.fetch(_ESCROW_AFTER_SETTLEMENT):
        yield Finding("law", f"order line {order_line}", f"settled, and leaves {amount} in escrow")


async def _statements(live: LiveLedger) -> AsyncIterator[Finding]:
    """Each begins where the last one ended, and its lines lead from opening to closing."""
    last: dict[tuple[str, ...], ClosedStatement] = {}
    listed = {it.id: it for it in await live.reader.statements(limit=_EVERY)}
    async for fact in live.statements_closed():
        closed = ClosedStatement.of(fact)
        where = f"statement {closed.id} of {closed.payee}"
        if listed.pop(closed.id, None) != closed:
            yield Finding("statement", where, "is listed otherwise than it was closed")
        account = (closed.role, closed.payee, closed.legal_entity, closed.currency)
        previous = last.get(account)
        if previous and (previous.closing, previous.through_sequence, previous.cut_at) != (
            closed.opening,
            closed.from_sequence,
            closed.opened_at,
        ):
            yield Finding("statement", where, f"does not follow on {previous.id}")
        if not (moved := await statement(live.reader, closed)).ties:
            difference = closed.closing - closed.opening - moved.movement
            yield Finding("statement", where, f"is off by {difference} from its lines")
        last[account] = closed
    for id in listed:
        yield Finding("statement", f"statement {id}", "follows from no fact")


def _name(entry: PostedEntry) -> str:
    return f"{entry.heading.legal_entity} {entry.heading.sequence} ({entry.heading.rule})"


_EVERY: Final = 2**31 - 1
_ESCROW_AFTER_SETTLEMENT: Final = """
    select line.order_line, sum(line.amount)::bigint
    from account join line on line.account = account.id
    where account.code in ('2110', '2120') and line.order_line in (
        select settled.order_line from line as settled
        join entry using (shard, sequence) join rule on rule.id = entry.rule
        where rule.name = 'lines_settled' and settled.order_line is not null
    )
    group by line.order_line having sum(line.amount) <> 0
"""
