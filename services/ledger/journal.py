"""The journal's one ordered writer: takes part in the append of facts, and enters what they post.

Facts, entries, lines, balances and the head of the chain are one transaction. A batch is what the
store has to append (up to 512 facts); each table is written once a batch and the lines as columns,
because a row at a time is what a ledger's speed dies of.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias
from uuid import UUID

import asyncpg
import numpy as np
from numpy.typing import NDArray

from libs.books import Account
from libs.eventstore.facts import Recorded
from services.ledger.binary_copy import HEADER, TRAILER, Column, copy_of, row_of
from services.ledger.chain import LINE, Heading, Leaf, fingerprint, link, microseconds
from services.ledger.chart import LEAF, REFERENCES
from services.ledger.posting import Posting, posting_of

Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)
Place = tuple[Account, str, str, tuple[str, ...]]
"""Account, currency, legal entity, and the values of the account's leaf dimensions."""

_ABSENT: Final = bytes(16)
_NO_REFERENCES: Final = _ABSENT * len(REFERENCES)
_POSTGRES_EPOCH: Final = 946_684_800_000_000
"""2000-01-01 in microseconds since 1970: where the database's own count begins."""

_LOCK_HEADS = """
    select legal_entity, id, sequence, hash, greatest(recorded_at, clock_timestamp())
    from shard where legal_entity = any($1) order by legal_entity for update
"""
_MOVE_HEADS = """
    update shard set sequence = new.sequence, hash = new.hash, recorded_at = new.recorded_at
    from unnest($1::smallint[], $2::bigint[], $3::bytea[], $4::timestamptz[])
        as new (id, sequence, hash, recorded_at)
    where shard.id = new.id
"""
_ADD_TO_BALANCES = """
    insert into balance (account, amount, lines, sequence)
    select * from unnest(
        $1::text::int[], $2::text::bigint[], $3::text::bigint[], $4::text::bigint[]
    )
    on conflict (account) do update set
        amount = balance.amount + excluded.amount,
        lines = balance.lines + excluded.lines,
        sequence = excluded.sequence
"""
_ENTRY: Final = (
    "sequence",
    "shard",
    "rule",
    "rule_version",
    "version",
    "stream_id",
    "effective_at",
    "recorded_at",
    "reference",
    "hash",
)
_ENTRY_NUMBERS: Final = struct.Struct(">h iq ih ih ih ii i16s iq iq")
_LINE: Final = ("sequence", "amount", "account", "n", "shard", *REFERENCES)
_LEAF = ", ".join(Leaf._fields)
_FIND_ACCOUNTS = f"""
    select wanted.n, account.id
    from unnest({", ".join(f"${i}::text[]" for i, _ in enumerate(Leaf._fields, 1))})
        with ordinality as wanted ({_LEAF}, n)
    join account using ({_LEAF})
"""
_OPEN_ACCOUNT = f"""
    insert into account (book, {_LEAF})
    values ({", ".join(f"${i}" for i in range(1, len(Leaf._fields) + 2))})
"""


class Known(NamedTuple):
    """What the journal keeps in memory of a leaf account."""

    id: int
    fingerprint: bytes


@dataclass(slots=True)
class Head:
    """Where the chain of a legal entity ends."""

    shard: int
    sequence: int
    hash: bytes
    recorded_at: datetime


class Journal:
    """The participant of the store's transaction. One for a store: it remembers the accounts."""

    def __init__(self) -> None:
        self._accounts: dict[Place, Known] = {}
        self._rules: dict[str, int] = {}

    async def __call__(self, connection: Connection, facts: Sequence[Recorded]) -> None:
        postings = [posting for it in facts if (posting := posting_of(it.fact)) is not None]
        if postings:
            await self.post(connection, postings)

    async def post(self, connection: Connection, postings: Sequence[Posting]) -> None:
        """Enter a batch, inside the caller's transaction."""
        heads = await _lock_heads(connection, {posting.legal_entity for posting in postings})
        rules = await self._rule_ids(connection, {posting.rule for posting in postings})
        lines = Lines.of(postings)
        accounts = await self._find_accounts(connection, lines.places)
        entries, hashes = _enter(postings, heads, lines.hashed(accounts))

        await _copy(connection, "entry", _ENTRY, _entry_rows(entries, hashes, heads, rules))
        await _copy(connection, "line", _LINE, lines.rows(accounts, entries, heads))
        await connection.execute(_ADD_TO_BALANCES, *lines.movements(accounts, entries))
        await connection.execute(
            _MOVE_HEADS,
            [head.shard for head in heads.values()],
            [head.sequence for head in heads.values()],
            [head.hash for head in heads.values()],
            [head.recorded_at for head in heads.values()],
        )

    async def _rule_ids(self, connection: Connection, names: set[str]) -> dict[str, int]:
        """The numbers of rules; what is new among them is made."""
        if not names <= self._rules.keys():
            rows = await connection.fetch("select id, name from rule")
            self._rules = {row["name"]: row["id"] for row in rows}
        if names <= self._rules.keys():
            return self._rules
        make = "insert into rule (name) select unnest($1::text[]) returning id, name"
        made = await connection.fetch(make, sorted(names - self._rules.keys()))
        return self._rules | {row["name"]: row["id"] for row in made}

    async def _find_accounts(
        self, connection: Connection, places: Sequence[Place]
    ) -> Sequence[Known]:
        """The leaf accounts of a batch; what is new among them is opened.

        As with rules, what is new is not remembered before a later batch has found it: until this
        transaction commits, and it may yet not, it does not exist.
        """
        unknown = {leaf_of(at): at for at in places if at not in self._accounts}
        if not unknown:
            return [self._accounts[at] for at in places]
        ids = await _account_ids(connection, unknown)
        self._accounts |= {unknown[leaf]: Known(id, fingerprint(leaf)) for leaf, id in ids.items()}
        new = {leaf: at[0].book for leaf, at in unknown.items() if leaf not in ids}
        await connection.executemany(_OPEN_ACCOUNT, [(book, *leaf) for leaf, book in new.items()])
        ids = await _account_ids(connection, new)
        opened = {unknown[leaf]: Known(id, fingerprint(leaf)) for leaf, id in ids.items()}
        return [self._accounts.get(at) or opened[at] for at in places]


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a batch as columns; `place` counts through `places`."""

    places: Sequence[Place]
    place: NDArray[np.int64]
    amount: NDArray[np.int64]
    references: dict[str, NDArray[np.void]]
    lengths: Sequence[int]

    @classmethod
    def of(cls, postings: Sequence[Posting]) -> "Lines":
        places: dict[Place, int] = {}
        place: list[int] = []
        amount: list[int] = []
        references: list[bytes] = []
        ids = {"": _ABSENT}
        for posting in postings:
            legal_entity = posting.legal_entity
            for line in posting.lines:
                account, dimensions = line.account, line.dimensions
                leaf, named = _SHAPES.get(account.by) or _shape(account.by)
                at = (account, line.currency, legal_entity, dimensions[:leaf])
                place.append(places.setdefault(at, len(places)))
                amount.append(line.amount)
                references.append(_references(dimensions, named, ids) if named else _NO_REFERENCES)
        columns = np.frombuffer(b"".join(references), "V16").reshape(-1, len(REFERENCES))
        return cls(
            places=list(places),
            place=np.array(place, np.int64),
            amount=np.array(amount, np.int64),
            references={name: columns[:, i] for i, name in enumerate(REFERENCES)},
            lengths=[len(posting.lines) for posting in postings],
        )

    def hashed(self, accounts: Sequence[Known]) -> Iterator[bytes]:
        """Entry by entry, the lines as the chain has them."""
        fingerprints = np.array([known.fingerprint for known in accounts], "V32")
        records = np.empty(len(self.place), LINE)
        records["account"] = fingerprints[self.place]
        records["amount"] = self.amount
        for name, values in self.references.items():
            records[name] = values
        whole = records.tobytes()
        ends = np.cumsum([0, *self.lengths]) * LINE.itemsize
        for start, end in pairwise(ends.tolist()):
            yield whole[start:end]

    def rows(
        self, accounts: Sequence[Known], entries: Sequence[Heading], heads: dict[str, Head]
    ) -> bytes:
        ids = np.array([known.id for known in accounts], np.int32)
        shards = np.array([heads[entry.legal_entity].shard for entry in entries], np.int16)
        numbers = [np.arange(1, length + 1, dtype=np.int32) for length in self.lengths]
        return copy_of(
            [
                Column(np.repeat(_sequences(entries), self.lengths)),
                Column(self.amount),
                Column(ids[self.place]),
                Column(np.concatenate(numbers)),
                Column(np.repeat(shards, self.lengths)),
                *(Column(values, _given(values)) for values in self.references.values()),
            ]
        )

    def movements(self, accounts: Sequence[Known], entries: Sequence[Heading]) -> Iterator[str]:
        """What the batch adds to each balance: accounts, amounts, lines, last sequences.

        In the order of accounts, so that writers lock them in one order; and as array literals,
        which are made and read in a fraction of what the driver takes over arrays.
        """
        amounts = np.zeros(len(accounts), np.int64)
        np.add.at(amounts, self.place, self.amount)
        last = np.zeros(len(accounts), np.int64)
        last[self.place] = np.repeat(_sequences(entries), self.lengths)
        ids = np.array([known.id for known in accounts])
        order = np.argsort(ids)
        for column in (ids, amounts, np.bincount(self.place), last):
            yield f"{{{','.join(map(str, column[order].tolist()))}}}"


def leaf_of(place: Place) -> Leaf:
    account, currency, legal_entity, values = place
    named = dict(zip(account.by, values, strict=False))
    return Leaf(account.code, currency, legal_entity, *(named.get(name, "") for name in LEAF))


_SHAPES: dict[tuple[str, ...], tuple[int, tuple[int, ...]]] = {}


def _shape(by: tuple[str, ...]) -> tuple[int, tuple[int, ...]]:
    """How many of an account's dimensions make its leaf, and where each reference stands.

    Worked out once for each way of breaking down. The chart names references after the leaf; -1
    stands for a reference that the account is not kept by, and nothing where it has none.
    """
    leaf = sum(name in LEAF for name in by)
    assert set(by[leaf:]) <= set(REFERENCES), f"references stand last, not as in {by}"
    named = tuple(by.index(name) if name in by else -1 for name in REFERENCES)
    return _SHAPES.setdefault(by, (leaf, named if len(by) > leaf else ()))


def _references(
    dimensions: tuple[str, ...], named: tuple[int, ...], ids: dict[str, bytes]
) -> bytes:
    """The ids that a line refers to, side by side; `ids` remembers those of the batch."""
    texts = [dimensions[position] if position >= 0 else "" for position in named]
    try:
        return b"".join([ids[text] for text in texts])
    except KeyError:
        ids.update((text, UUID(text).bytes) for text in texts if text not in ids)
        return b"".join([ids[text] for text in texts])


def _given(ids: NDArray[np.void]) -> NDArray[np.bool_]:
    halves = np.ascontiguousarray(ids).view(np.uint64).reshape(-1, 2)
    return np.asarray(halves.any(axis=1))


def _sequences(entries: Sequence[Heading]) -> NDArray[np.int64]:
    return np.array([entry.sequence for entry in entries], np.int64)


async def _lock_heads(connection: Connection, legal_entities: set[str]) -> dict[str, Head]:
    """The heads, locked in the order of their names, so that writers cannot wait in a ring."""
    names = sorted(legal_entities)
    rows = await connection.fetch(_LOCK_HEADS, names)
    if len(rows) < len(names):
        begin = "insert into shard (legal_entity) select unnest($1::text[]) on conflict do nothing"
        await connection.execute(begin, names)
        rows = await connection.fetch(_LOCK_HEADS, names)
    return {legal_entity: Head(*head) for legal_entity, *head in rows}


async def _account_ids(connection: Connection, leaves: Iterable[Leaf]) -> dict[Leaf, int]:
    """The numbers of those leaf accounts that there are."""
    wanted = list(leaves)
    if not wanted:
        return {}
    rows = await connection.fetch(_FIND_ACCOUNTS, *zip(*wanted, strict=True))
    return {wanted[row["n"] - 1]: row["id"] for row in rows}


def _enter(
    postings: Sequence[Posting], heads: dict[str, Head], lines: Iterator[bytes]
) -> tuple[list[Heading], list[bytes]]:
    """Give each posting its place in its chain; the heads move along."""
    entries, hashes = [], []
    for posting, hashed in zip(postings, lines, strict=True):
        head = heads[posting.legal_entity]
        head.sequence += 1
        heading = posting.heading(sequence=head.sequence, recorded_at=head.recorded_at)
        head.hash = link(head.hash, heading, hashed)
        entries.append(heading)
        hashes.append(head.hash)
    return entries, hashes


def _entry_rows(
    entries: Iterable[Heading],
    hashes: Iterable[bytes],
    heads: dict[str, Head],
    rules: dict[str, int],
) -> bytes:
    rows = [HEADER]
    for entry, hash in zip(entries, hashes, strict=True):
        rows.append(
            row_of(
                _ENTRY_NUMBERS.pack(
                    len(_ENTRY),
                    *(8, entry.sequence),
                    *(2, heads[entry.legal_entity].shard),
                    *(2, rules[entry.rule]),
                    *(2, entry.rule_version),
                    *(4, entry.version),
                    *(16, entry.stream_id.bytes),
                    *(8, microseconds(entry.effective_at) - _POSTGRES_EPOCH),
                    *(8, microseconds(entry.recorded_at) - _POSTGRES_EPOCH),
                ),
                entry.reference.encode(),
                hash,
            )
        )
    rows.append(TRAILER)
    return b"".join(rows)


async def _copy(connection: Connection, table: str, columns: Sequence[str], rows: bytes) -> None:
    await connection.copy_to_table(table, source=BytesIO(rows), columns=columns, format="binary")
