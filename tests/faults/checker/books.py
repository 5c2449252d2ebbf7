"""Books: money is neither made nor lost, and nobody can rewrite what was entered."""

from __future__ import annotations

import struct
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from tests.faults.checker.evidence import Account, Entry, Evidence, Line

PROVIDER_OWES = "1110"
BOOK_OF_MONEY = "MONEY"
TAKEN = {"SALE", "CAPTURE"}
GIVEN_BACK = {"REFUND"}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def entries_balance(evidence: Evidence) -> Iterator[str]:
    """Debits equal credits in each entry, per currency and book."""
    sums: dict[tuple[int, int, str, str], int] = defaultdict(int)
    for line in evidence.journal.lines:
        account = evidence.journal.accounts[line.account]
        sums[line.shard, line.sequence, account.currency, account.book] += line.amount
    for (shard, sequence, currency, book), total in sums.items():
        if total:
            yield f"entry {shard}/{sequence} is off by {total} {currency} in {book}"


def balances_are_sums(evidence: Evidence) -> Iterator[str]:
    sums: Counter[int] = Counter()
    lines: Counter[int] = Counter()
    for line in evidence.journal.lines:
        sums[line.account] += line.amount
        lines[line.account] += 1
    for account in evidence.journal.accounts.values():
        kept = (account.balance or 0, account.lines or 0)
        if kept != (sums[account.id], lines[account.id]):
            yield f"{account.leaf} stands at {kept}, its lines come to {sums[account.id]}"


def captured_money_is_in_the_books(evidence: Evidence) -> Iterator[str]:
    """The provider's own books and ours agree on every payment, and nothing is left over.

    What the provider holds for us is captured less refunded; and as entries balance, all other
    accounts together (payees, tax, fees, the platform) come to exactly that.
    """
    theirs: Counter[tuple[str, UUID]] = Counter()
    for operation in evidence.provider:
        if operation.state == "SUCCEEDED":
            sign = (operation.kind in TAKEN) - (operation.kind in GIVEN_BACK)
            theirs[operation.currency, operation.account] += sign * operation.amount
    ours: Counter[tuple[str, UUID]] = Counter()
    others: Counter[str] = Counter()
    for line in evidence.journal.lines:
        account = evidence.journal.accounts[line.account]
        if account.code == PROVIDER_OWES and line.payment is not None:
            ours[account.currency, line.payment] += line.amount
        elif account.book == BOOK_OF_MONEY:
            others[account.currency] -= line.amount
    for place in theirs.keys() | ours.keys():
        if theirs[place] != ours[place]:
            yield f"payment {place[1]}: the provider has {theirs[place]}, the books {ours[place]}"
    for currency in {place[0] for place in theirs} | others.keys():
        held = sum(amount for place, amount in theirs.items() if place[0] == currency)
        if held != others[currency]:
            parties = others[currency]
            yield f"captured less refunded is {held} {currency}, the parties have {parties}"


def entries_follow_from_facts(evidence: Evidence) -> Iterator[str]:
    """An entry has a fact, once; its sequence has no gap; and a line has an entry."""
    posted: Counter[tuple[UUID, int, str]] = Counter()
    sequences: dict[int, list[int]] = defaultdict(list)
    for entry in evidence.journal.entries:
        posted[entry.stream, entry.version, entry.rule] += 1
        sequences[entry.shard].append(entry.sequence)
        if len(evidence.streams.get(("ledger", entry.stream), ())) < entry.version:
            yield f"entry {entry.shard}/{entry.sequence} posts a fact that is not there"
    yield from (f"{place} is posted {n} times" for place, n in posted.items() if n > 1)
    for shard, found in sequences.items():
        if found != list(range(1, len(found) + 1)):
            yield f"the journal of {evidence.journal.entities[shard][0]} has a gap"


def the_chain_holds(evidence: Evidence) -> Iterator[str]:
    """Each hash covers its entry and the hash before: recomputed from the format's description."""
    lines: dict[tuple[int, int], list[Line]] = defaultdict(list)
    for line in evidence.journal.lines:
        lines[line.shard, line.sequence].append(line)
    names = {id: fingerprint(account) for id, account in evidence.journal.accounts.items()}
    heads: dict[int, bytes] = {}
    for entry in evidence.journal.entries:
        entity = evidence.journal.entities[entry.shard][0]
        before = heads.get(entry.shard, bytes(32))
        heads[entry.shard] = entry.hash
        found = link(before, entity, entry, lines[entry.shard, entry.sequence], names)
        if found != entry.hash:
            yield f"the hash of entry {entry.shard}/{entry.sequence} is not that of its contents"
    for shard, (entity, _, head) in evidence.journal.entities.items():
        if heads.get(shard, bytes(32)) != head:
            yield f"the chain of {entity} does not end where its head says"


def fingerprint(account: Account) -> bytes:
    return sha256(b"entrepot.ledger.account.v1" + b"".join(map(_text, account.leaf))).digest()


def link(
    before: bytes, entity: str, entry: Entry, lines: list[Line], names: dict[int, bytes]
) -> bytes:
    header = struct.pack(
        ">qqq16sqqq",
        entry.sequence,
        _microseconds(entry.effective_at),
        _microseconds(entry.recorded_at),
        entry.stream.bytes,
        entry.version,
        entry.rule_version,
        len(lines),
    )
    body = b"".join(
        names[line.account]
        + line.amount.to_bytes(8, "big", signed=True)
        + _id(line.order_line)
        + _id(line.payment)
        + _id(line.statement)
        for line in lines
    )
    words = _text(entity) + _text(entry.rule) + _text(entry.reference)
    return sha256(b"entrepot.ledger.entry.v1" + before + header + words + body).digest()


def _microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def _text(text: str) -> bytes:
    return len(text.encode()).to_bytes(4, "big") + text.encode()


def _id(id: UUID | None) -> bytes:
    return bytes(16) if id is None else id.bytes
