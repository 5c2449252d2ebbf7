"""The journal's one ordered writer: takes part in the append of facts, and enters what they post.

Facts, entries, lines, balances and the head of the chain are one transaction. A batch is what the
store has to append (up to 512 facts); each table is written once a batch and the lines as columns,
because a row at a time is what a ledger's speed dies of.
"""

import struct
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias
from uuid import UUID

import asyncpg
import numpy as np
from numpy.typing import NDArray

from libs.books import Account
from libs.eventstore.facts import Recorded
from services.ledger.binary_copy import HEADER, TRAILER, Column, copy_of
from services.ledger.chain import LINE, Leaf, fingerprint, linked, microseconds, prefixed
from services.ledger.chart import LEAF, REFERENCES
from services.ledger.posting import Posting, posting_of

Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)
Place = tuple[Account, str, str, tuple[str, ...]]
"""Account, currency, legal entity, and the values of the account's leaf dimensions."""

_POSTGRES_EPOCH: Final = 946_684_800_000_000
"""2000-01-01 in microseconds since 1970: where the database's own count begins."""

_LOCK_HEADS = """
    select legal_entity, id, sequence, hash, greatest(recorded_at, clock_timestamp())
    from shard where legal_entity = any($1) order by legal_entity for update
"""
_MOVE_HEADS_AND_BALANCES = """
    with moved as (
        update shard set sequence = new.sequence, hash = new.hash, recorded_at = new.recorded_at
        from unnest($5::smallint[], $6::bigint[], $7::bytea[], $8::timestamptz[])
            as new (id, sequence, hash, recorded_at)
        where shard.id = new.id
    )
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
_HASH_LENGTH: Final = (32).to_bytes(4, "big")
_LINE: Final = ("sequence", "amount", "account", "n", "shard", *REFERENCES)
_LEAF = ", ".join(Leaf._fields)
_FIND_ACCOUNTS = f"""
    select wanted.n, found.id
    from unnest({", ".join(f"${i}::text[]" for i, _ in enumerate(Leaf._fields, 1))})
        with ordinality as wanted ({_LEAF}, n)
    cross join lateral (
        select id from account
        where {" and ".join(f"account.{name} = wanted.{name}" for name in Leaf._fields)} limit 1
    ) as found
"""
_OPEN_ACCOUNTS = f"""
    insert into account ({_LEAF}, book)
    select * from unnest({", ".join(f"${i}::text[]" for i in range(1, len(Leaf._fields) + 2))})
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
        lines = Lines.of(postings)
        heads = await _lock_heads(connection, {posting.legal_entity for posting in postings})
        rules = await self._rule_ids(connection, {posting.rule for posting in postings})
        accounts = await self._find_accounts(connection, lines.places)
        entries = Entries.of(postings, heads, rules, lines.hashed(accounts))

        await _copy(connection, "entry", _ENTRY, entries.rows)
        await _copy(connection, "line", _LINE, lines.rows(accounts, entries))
        await connection.execute(
            _MOVE_HEADS_AND_BALANCES,
            *lines.movements(accounts, entries),
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
        if new:
            rows = [(*leaf, book) for leaf, book in new.items()]
            await connection.execute(_OPEN_ACCOUNTS, *map(list, zip(*rows, strict=True)))
        ids = await _account_ids(connection, new)
        opened = {unknown[leaf]: Known(id, fingerprint(leaf)) for leaf, id in ids.items()}
        return [self._accounts.get(at) or opened[at] for at in places]


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a batch as columns; `place` counts through `places`."""

    places: Sequence[Place]
    place: NDArray[np.int64]
    amount: NDArray[np.int64]
    references: NDArray[np.void]
    """A column for each; all zeros where a line has none."""
    lengths: Sequence[int]

    @classmethod
    def of(cls, postings: Sequence[Posting]) -> "Lines":
        places: dict[Place, int] = {}
        place: list[int] = []
        amount: list[int] = []
        given: list[int] = []
        ids: list[bytes] = []
        known: dict[str, bytes] = {}
        for posting in postings:
            legal_entity = posting.legal_entity
            for line in posting.lines:
                account, dimensions = line.account, line.dimensions
                leaf, named = _SHAPES.get(account) or _shape(account)
                for column, position in named:
                    if text := dimensions[position]:
                        given.append(len(place) * len(REFERENCES) + column)
                        ids.append(known.get(text) or known.setdefault(text, UUID(text).bytes))
                at = (account, line.currency, legal_entity, dimensions[:leaf])
                place.append(places.setdefault(at, len(places)))
                amount.append(line.amount)
        references = np.zeros(len(place) * len(REFERENCES), "V16")
        references[given] = np.frombuffer(b"".join(ids), "V16")
        return cls(
            places=list(places),
            place=np.array(place, np.int64),
            amount=np.array(amount, np.int64),
            references=references.reshape(-1, len(REFERENCES)),
            lengths=[len(posting.lines) for posting in postings],
        )

    def hashed(self, accounts: Sequence[Known]) -> Iterator[bytes]:
        """Entry by entry, the lines as the chain has them."""
        fingerprints = np.frombuffer(b"".join([known.fingerprint for known in accounts]), "V32")
        records = np.empty(len(self.place), LINE)
        records["account"] = fingerprints[self.place]
        records["amount"] = self.amount
        for column, name in enumerate(REFERENCES):
            records[name] = self.references[:, column]
        whole = records.tobytes()
        ends = np.cumsum([0, *self.lengths]) * LINE.itemsize
        for start, end in pairwise(ends.tolist()):
            yield whole[start:end]

    def rows(self, accounts: Sequence[Known], entries: "Entries") -> bytes:
        ids = np.array([known.id for known in accounts], np.int32)
        lengths = np.array(self.lengths)
        first = np.cumsum(lengths) - lengths
        n = np.arange(1, len(self.place) + 1, dtype=np.int32) - np.repeat(first, lengths)
        halves = self.references.view(np.uint64).reshape(len(self.place), len(REFERENCES), 2)
        given = np.asarray(halves.any(axis=2))
        return copy_of(
            [
                Column(np.repeat(entries.sequences, lengths)),
                Column(self.amount),
                Column(ids[self.place]),
                Column(n.astype(np.int32)),
                Column(np.repeat(entries.shards, lengths)),
                *(
                    Column(self.references[:, column], given[:, column])
                    for column in range(len(REFERENCES))
                ),
            ]
        )

    def movements(self, accounts: Sequence[Known], entries: "Entries") -> Iterator[str]:
        """What the batch adds to each balance: accounts, amounts, lines, last sequences.

        In the order of accounts, so that writers lock them in one order; and as array literals,
        which are made and read in a fraction of what the driver takes over arrays.
        """
        amounts = np.zeros(len(accounts), np.int64)
        np.add.at(amounts, self.place, self.amount)
        last = np.zeros(len(accounts), np.int64)
        last[self.place] = np.repeat(entries.sequences, self.lengths)
        ids = np.array([known.id for known in accounts])
        order = np.argsort(ids)
        for column in (ids, amounts, np.bincount(self.place), last):
            yield f"{{{','.join(map(str, column[order].tolist()))}}}"


def leaf_of(place: Place) -> Leaf:
    account, currency, legal_entity, values = place
    named = dict(zip(account.by, values, strict=False))
    return Leaf(account.code, currency, legal_entity, *(named.get(name, "") for name in LEAF))


_SHAPES: dict[Account, tuple[int, tuple[tuple[int, int], ...]]] = {}


def _shape(account: Account) -> tuple[int, tuple[tuple[int, int], ...]]:
    """How many of an account's dimensions make its leaf, and which references come after them: the
    column of each, and its position. Worked out once for each account of the chart."""
    by = account.by
    leaf = sum(name in LEAF for name in by)
    assert set(by[leaf:]) <= set(REFERENCES), f"references stand last, not as in {by}"
    named = tuple((REFERENCES.index(name), by.index(name)) for name in by[leaf:])
    return _SHAPES.setdefault(account, (leaf, named))


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of a batch, each with its place in its chain, and as rows."""

    sequences: NDArray[np.int64]
    shards: NDArray[np.int16]
    rows: bytes

    @classmethod
    def of(
        cls,
        postings: Sequence[Posting],
        heads: dict[str, Head],
        rules: dict[str, int],
        lines: Iterator[bytes],
    ) -> "Entries":
        """The heads move along."""
        sequences, shards, rows = [], [], [HEADER]
        recorded_at = {entity: microseconds(head.recorded_at) for entity, head in heads.items()}
        texts = {text: prefixed(text) for text in (*heads, *rules)}
        for posting, hashed in zip(postings, lines, strict=True):
            entity, rule, reference = posting.legal_entity, posting.rule, posting.reference.encode()
            head, recorded, effective = (
                heads[entity],
                recorded_at[entity],
                microseconds(posting.effective_at),
            )
            stream, length = posting.stream_id.bytes, len(reference).to_bytes(4, "big")
            head.sequence += 1
            head.hash = linked(
                head.hash,
                head.sequence,
                effective,
                recorded,
                stream,
                posting.version,
                posting.rule_version,
                texts[entity] + texts[rule] + length + reference,
                hashed,
            )
            numbers = _ENTRY_NUMBERS.pack(
                len(_ENTRY),
                *(8, head.sequence),
                *(2, head.shard),
                *(2, rules[rule]),
                *(2, posting.rule_version),
                *(4, posting.version),
                *(16, stream),
                *(8, effective - _POSTGRES_EPOCH),
                *(8, recorded - _POSTGRES_EPOCH),
            )
            rows += (numbers, length, reference, _HASH_LENGTH, head.hash)
            sequences.append(head.sequence)
            shards.append(head.shard)
        rows.append(TRAILER)
        return cls(np.array(sequences, np.int64), np.array(shards, np.int16), b"".join(rows))


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


async def _copy(connection: Connection, table: str, columns: Sequence[str], rows: bytes) -> None:
    await connection.copy_to_table(table, source=_one(rows), columns=columns, format="binary")


async def _one(rows: bytes) -> AsyncIterator[bytes]:
    """As the driver takes them at once: the parts of a file are read by another thread."""
    yield rows
