"""What the journal is asked and how it answers: on two axes of time, true at a sequence.

`effective_at` is when something happened, the sequence when we learnt it. An answer may be cut by
either or both, so that finance can ask what June looked like in July and what it looks like now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Generic, Literal, Protocol, TypeVar
from uuid import UUID

import numpy as np

from libs.domain import Malformed, NotFound
from services.ledger.chain import LINE, Heading, Leaf, fingerprint
from services.ledger.chart import LEAF, REFERENCES
from services.ledger.domain import Payee
from services.ledger.posting import Posting

T = TypeVar("T")

GROUPINGS: Final = (*Leaf._fields, "book", "day", "month", "rule", "reference")
"""What sums can be grouped by."""


class SequenceOfWhichEntity(Malformed):
    """Each legal entity counts for itself: a sequence means something for just one of them."""


class UnknownStatement(NotFound):
    """There is no such statement, or not for this caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """As things were at `as_of`, as far as was known at `known_at` or at a sequence."""

    as_of: datetime | None = None
    known_at: datetime | None = None
    sequence: int | None = None


NOW: Final = Axes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Which leaf accounts; what is left empty does not restrict."""

    codes: Sequence[str] = ()
    book: str = ""
    legal_entity: str = ""
    currency: str = ""
    market: str = ""
    payee: str = ""
    mode: str = ""
    surface: str = ""
    creator: str = ""
    reason: str = ""

    def equal(self) -> dict[str, str]:
        """The restrictions on single values."""
        names = ("book", *Leaf._fields[1:])
        return {name: value for name in names if (value := getattr(self, name))}


ANYWHERE: Final = Where()


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From a moment until before another, by when things happened."""

    start: datetime | None = None
    end: datetime | None = None


ALWAYS: Final = Period()
Dating = Literal["entry", "capture"]
"""What dates a line: its own entry, or the first capture of the order that it is about."""


@dataclass(frozen=True, slots=True)
class Sum:
    """Lines of one group, added up; debits are positive."""

    key: tuple[str, ...]
    amount: int
    lines: int


@dataclass(frozen=True, slots=True)
class PostedLine:
    n: int
    leaf: Leaf
    amount: int
    order_line: UUID | None = None
    payment: UUID | None = None
    statement: UUID | None = None


def posted_lines(posting: Posting) -> tuple[PostedLine, ...]:
    """The lines of a posting as they are read back."""
    return tuple(
        PostedLine(
            n,
            Leaf(
                line.account.code,
                line.currency,
                posting.legal_entity,
                *(line.at(name) for name in LEAF),
            ),
            line.amount,
            *(UUID(text) if (text := line.at(name)) else None for name in REFERENCES),
        )
        for n, line in enumerate(posting.lines, 1)
    )


def hashed(lines: Sequence[PostedLine]) -> bytes:
    """Lines as the chain has them."""
    records = np.zeros(len(lines), LINE)
    for i, line in enumerate(lines):
        ids = (line.order_line, line.payment, line.statement)
        records[i] = (
            fingerprint(line.leaf),
            line.amount,
            *(id.bytes if id is not None else b"" for id in ids),
        )
    return records.tobytes()


@dataclass(frozen=True, slots=True)
class PostedEntry:
    heading: Heading
    hash: bytes
    lines: tuple[PostedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    reference: str = ""
    payee: str = ""
    code: str = ""
    legal_entity: str = ""
    period: Period = ALWAYS


ALL_ENTRIES: Final = EntryFilter()
Position = tuple[str, int]
"""Where a page ended: legal entity and sequence."""


@dataclass(frozen=True, slots=True)
class ClosedStatement:
    """The cut of a payee's account, as its fact has it.

    `opening` and `closing` are what was available, `reserve` what was held back at the cut.
    """

    id: UUID
    role: str
    payee: str
    legal_entity: str
    currency: str
    opening: int
    closing: int
    reserve: int
    from_sequence: int
    through_sequence: int
    cut_at: datetime
    opened_at: datetime | None = None

    @classmethod
    def of(cls, fact: Payee.StatementClosed) -> "ClosedStatement":
        return cls(
            id=fact.statement,
            role=fact.role,
            payee=fact.payee,
            legal_entity=fact.legal_entity,
            currency=fact.currency,
            opening=fact.opening,
            closing=fact.closing,
            reserve=fact.reserve,
            from_sequence=fact.from_sequence,
            through_sequence=fact.through_sequence,
            cut_at=fact.cut_at,
            opened_at=fact.opened_at,
        )


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """`true_at` has the sequence up to which each legal entity's journal was looked at."""

    rows: Sequence[T]
    true_at: Mapping[str, int] = field(default_factory=dict)


class Reader(Protocol):
    """The journal as it is read. On PostgreSQL, and in memory for tests."""

    async def sums(
        self,
        *by: str,
        where: Where = ANYWHERE,
        axes: Axes = NOW,
        period: Period = ALWAYS,
        dated_by: Dating = "entry",
    ) -> Answer[Sum]:
        """Sums of lines, grouped by any of `GROUPINGS`, in the order of their keys."""
        ...

    async def entries(
        self,
        which: EntryFilter = ALL_ENTRIES,
        *,
        axes: Axes = NOW,
        after: Position | None = None,
        limit: int = 100,
    ) -> Answer[PostedEntry]:
        """Entries with their lines, by legal entity and sequence."""
        ...

    async def statement(self, id: UUID) -> ClosedStatement:
        """Raises `UnknownStatement`."""
        ...

    async def statements(
        self, *, payee: str = "", after: tuple[datetime, UUID] | None = None, limit: int = 100
    ) -> Sequence[ClosedStatement]:
        """Latest first."""
        ...
