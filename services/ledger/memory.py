"""The journal in memory: what tests run on, held to the same suite as the one on PostgreSQL."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from uuid import UUID

from libs.eventstore.facts import Recorded
from services.ledger.chain import GENESIS, Heading, Leaf, link
from services.ledger.chart import CHART
from services.ledger.domain import Payee
from services.ledger.posting import Posting, posting_of
from services.ledger.reading import (
    ALL_ENTRIES,
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
    SequenceOfWhichEntity,
    Sum,
    UnknownStatement,
    Where,
    hashed,
    posted_lines,
)


class MemoryJournal:
    """Writer and reader in one."""

    def __init__(self, entries: Iterable[PostedEntry] = ()) -> None:
        self._entries: dict[str, list[PostedEntry]] = {}
        self._statements: dict[UUID, ClosedStatement] = {}
        for entry in entries:
            self._entries.setdefault(entry.heading.legal_entity, []).append(entry)

    async def __call__(self, connection: object, facts: Sequence[Recorded]) -> None:
        for it in facts:
            if isinstance(it.fact, Payee.StatementClosed):
                self._statements[it.fact.statement] = ClosedStatement.of(it.fact)
            if (posting := posting_of(it.fact)) is not None:
                self.post([posting], recorded_at=it.recorded_at)

    def posted(self) -> Iterator[PostedEntry]:
        for chain in self._entries.values():
            yield from chain

    def post(self, postings: Iterable[Posting], *, recorded_at: datetime) -> None:
        for posting in postings:
            chain = self._entries.setdefault(posting.legal_entity, [])
            lines = posted_lines(posting)
            last = chain[-1] if chain else None
            heading = posting.heading(
                sequence=len(chain) + 1,
                recorded_at=max(recorded_at, last.heading.recorded_at) if last else recorded_at,
            )
            hash = link(last.hash if last else GENESIS, heading, hashed(lines))
            chain.append(PostedEntry(heading, hash, lines))

    async def sums(
        self,
        *by: str,
        where: Where = ANYWHERE,
        axes: Axes = NOW,
        period: Period = ALWAYS,
        dated_by: Dating = "entry",
    ) -> Answer[Sum]:
        true_at = self._cut(axes, where.legal_entity)
        amounts: defaultdict[tuple[str, ...], int] = defaultdict(int)
        counts: defaultdict[tuple[str, ...], int] = defaultdict(int)
        entries = list(self._within(true_at, axes))
        captured = _first_captures(entries)
        for entry in entries:
            heading = entry.heading
            at = heading.effective_at if dated_by == "entry" else captured.get(heading.reference)
            if at is None or not _inside(period, at):
                continue
            for line in entry.lines:
                if _matches(where, line.leaf):
                    key = tuple(_value(name, line.leaf, heading, at) for name in by)
                    amounts[key] += line.amount
                    counts[key] += 1
        return Answer([Sum(key, amounts[key], counts[key]) for key in sorted(amounts)], true_at)

    async def entries(
        self,
        which: EntryFilter = ALL_ENTRIES,
        *,
        axes: Axes = NOW,
        after: Position | None = None,
        limit: int = 100,
    ) -> Answer[PostedEntry]:
        true_at = self._cut(axes, which.legal_entity)
        touching = Where(codes=(which.code,) if which.code else (), payee=which.payee)
        found = [
            entry
            for entry in self._within(true_at, axes)
            if (entry.heading.legal_entity, entry.heading.sequence) > (after or ("", 0))
            and which.reference in {"", entry.heading.reference}
            and _inside(which.period, entry.heading.effective_at)
            and any(_matches(touching, line.leaf) for line in entry.lines)
        ]
        return Answer(found[:limit], true_at)

    async def statement(self, id: UUID) -> ClosedStatement:
        try:
            return self._statements[id]
        except KeyError:
            raise UnknownStatement(f"there is no statement {id}", field="name") from None

    async def statements(
        self, *, payee: str = "", after: tuple[datetime, UUID] | None = None, limit: int = 100
    ) -> Sequence[ClosedStatement]:
        latest = sorted(self._statements.values(), key=lambda it: (it.cut_at, it.id), reverse=True)
        return [
            it
            for it in latest
            if payee in {"", it.payee} and (after is None or (it.cut_at, it.id) < after)
        ][:limit]

    def _cut(self, axes: Axes, legal_entity: str) -> dict[str, int]:
        chosen = {k: v for k, v in sorted(self._entries.items()) if legal_entity in {"", k}}
        if axes.sequence is not None and len(chosen) > 1:
            raise SequenceOfWhichEntity("name the legal entity whose sequence it is")
        return {name: _known(chain, axes) for name, chain in chosen.items()}

    def _within(self, true_at: dict[str, int], axes: Axes) -> Iterator[PostedEntry]:
        for legal_entity, sequence in true_at.items():
            for entry in self._entries[legal_entity][:sequence]:
                if axes.as_of is None or entry.heading.effective_at <= axes.as_of:
                    yield entry


def _known(chain: Sequence[PostedEntry], axes: Axes) -> int:
    if axes.sequence is not None:
        return min(axes.sequence, len(chain))
    if axes.known_at is not None:
        return sum(entry.heading.recorded_at <= axes.known_at for entry in chain)
    return len(chain)


def _first_captures(entries: Iterable[PostedEntry]) -> dict[str, datetime]:
    first: dict[str, datetime] = {}
    for entry in entries:
        if any(line.leaf.code == "9010" for line in entry.lines):
            at, reference = entry.heading.effective_at, entry.heading.reference
            first[reference] = min(at, first.get(reference, at))
    return first


def _matches(where: Where, leaf: Leaf) -> bool:
    if where.codes and leaf.code not in where.codes:
        return False
    return all(
        (CHART[leaf.code].book if name == "book" else getattr(leaf, name)) == value
        for name, value in where.equal().items()
    )


def _inside(period: Period, at: datetime) -> bool:
    return (period.start is None or at >= period.start) and (period.end is None or at < period.end)


def _value(name: str, leaf: Leaf, heading: Heading, at: datetime) -> str:
    match name:
        case "book":
            return str(CHART[leaf.code].book)
        case "day":
            return at.astimezone(UTC).strftime("%Y-%m-%d")
        case "month":
            return at.astimezone(UTC).strftime("%Y-%m")
        case "rule" | "reference":
            return str(getattr(heading, name))
        case _:
            return str(getattr(leaf, name))
