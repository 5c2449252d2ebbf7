"""The chain of the journal: each entry's hash covers all of it, and the hash of the one before.

The bytes that are hashed are canonical: text is length-prefixed, numbers and ids have a fixed
width, an absent id is all zeros. They name accounts by what they are, never by a number that the
database gave them, so anyone who holds the entries can compute the chain again.
"""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID

import numpy as np

ENTRY_DOMAIN: Final = b"entrepot.ledger.entry.v1"
ACCOUNT_DOMAIN: Final = b"entrepot.ledger.account.v1"
GENESIS: Final = bytes(32)
"""What the first entry of a chain follows."""

LINE: Final = np.dtype(
    [
        ("account", "V32"),
        ("amount", ">i8"),
        ("order_line", "V16"),
        ("payment", "V16"),
        ("statement", "V16"),
    ]
)
"""A line as it is hashed; `account` is the leaf's fingerprint."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_header = struct.Struct(">qqq16sqqq")


class Leaf(NamedTuple):
    """A leaf account: what a balance is kept by."""

    code: str
    currency: str
    legal_entity: str
    market: str = ""
    payee: str = ""
    mode: str = ""
    surface: str = ""
    creator: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """All of an entry but its lines."""

    legal_entity: str
    sequence: int
    rule: str
    rule_version: int
    stream_id: UUID
    version: int
    effective_at: datetime
    recorded_at: datetime
    reference: str


def fingerprint(leaf: Leaf) -> bytes:
    return sha256(ACCOUNT_DOMAIN + b"".join(map(prefixed, leaf))).digest()


def link(previous: bytes, heading: Heading, lines: bytes) -> bytes:
    """The hash of an entry; `lines` are its lines as `LINE`, in their order."""
    return linked(
        previous,
        heading.sequence,
        microseconds(heading.effective_at),
        microseconds(heading.recorded_at),
        heading.stream_id.bytes,
        heading.version,
        heading.rule_version,
        prefixed(heading.legal_entity) + prefixed(heading.rule) + prefixed(heading.reference),
        lines,
    )


def linked(
    previous: bytes,
    sequence: int,
    effective: int,
    recorded: int,
    stream: bytes,
    version: int,
    rule_version: int,
    texts: bytes,
    lines: bytes,
) -> bytes:
    """The same from what it is made of: a batch has much of it ready."""
    numbers = (sequence, effective, recorded, stream, version, rule_version)
    header = _header.pack(*numbers, len(lines) // LINE.itemsize)
    return sha256(b"".join((ENTRY_DOMAIN, previous, header, texts, lines))).digest()


def microseconds(moment: datetime) -> int:
    """Since 1970, as the chain and the database's wire format count them."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def prefixed(text: str) -> bytes:
    """A text as it is hashed: after its length."""
    encoded = text.encode()
    return len(encoded).to_bytes(4, "big") + encoded
