"""The vault: names and addresses, under a key of each person that can be destroyed.

A person's key is random, wrapped by the key of the market region that they bought in first, and
exists nowhere else. Erasure destroys it with everything that was sealed under it; the pseudonym
stays as one that cannot be used again.
"""

from typing import NamedTuple, Protocol
from uuid import UUID

import msgspec
from asyncpg import Pool, Record
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from libs.runtime.ids import secret
from services.order.domain import BuyerErased, Recipient, RecipientGone

_KEY, _NONCE = 32, 12
_KEYS_IN_MEMORY = 10_000


class PersonKey(NamedTuple):
    """A person's key as it is stored: wrapped by the key of a region."""

    region: str
    wrapped: bytes


class Sealed(NamedTuple):
    """A recipient as it is stored, and the key that opens it."""

    buyer_id: str
    key: PersonKey
    contents: bytes


class Shelves(Protocol):
    """Where the vault keeps what it sealed."""

    async def key_of(self, buyer_id: str, unless_known: PersonKey) -> PersonKey | None:
        """The person's key, which is the one given if they had none; None once erased."""
        ...

    async def put(self, vault_ref: UUID, *, buyer_id: str, contents: bytes) -> bool:
        """Keep it, once; false when the person was erased."""
        ...

    async def find(self, vault_ref: UUID) -> Sealed | None: ...

    async def erase(self, buyer_id: str) -> None:
        """Destroy the person's key and all that was sealed under it."""
        ...


class Vault:
    """Seals and opens; a key in memory alone opens nothing, as its rows are gone with it."""

    def __init__(self, shelves: Shelves, master_key: bytes) -> None:
        self._shelves = shelves
        self._master_key = master_key
        self._keys: dict[str, AESGCM] = {}

    async def seal(
        self, vault_ref: UUID, recipient: Recipient, *, buyer_id: str, region: str
    ) -> None:
        """Keep a recipient under a reference. A second time changes nothing."""
        key = self._keys.get(buyer_id) or await self._key_of(buyer_id, region)
        contents = _encrypt(key, msgspec.json.encode(recipient), about=vault_ref.bytes)
        if not await self._shelves.put(vault_ref, buyer_id=buyer_id, contents=contents):
            self._keys.pop(buyer_id, None)
            raise BuyerErased("this buyer was forgotten", field="basket.buyer")

    async def open(self, vault_ref: UUID) -> Recipient:
        sealed = await self._shelves.find(vault_ref)
        if sealed is None:
            raise RecipientGone("the vault holds no recipient of this order")
        key = self._unwrap(sealed.key, sealed.buyer_id)
        plain = _decrypt(key, sealed.contents, about=vault_ref.bytes)
        return msgspec.json.decode(plain, type=Recipient)

    async def erase(self, buyer_id: str) -> None:
        """Forget a person. A second time changes nothing."""
        self._keys.pop(buyer_id, None)
        await self._shelves.erase(buyer_id)

    async def _key_of(self, buyer_id: str, region: str) -> AESGCM:
        wrapped = _encrypt(self._region_key(region), secret(_KEY), about=buyer_id.encode())
        stored = await self._shelves.key_of(buyer_id, PersonKey(region, wrapped))
        if stored is None:
            raise BuyerErased("this buyer was forgotten", field="basket.buyer")
        if len(self._keys) >= _KEYS_IN_MEMORY:
            self._keys.clear()
        key = self._keys[buyer_id] = self._unwrap(stored, buyer_id)
        return key

    def _unwrap(self, key: PersonKey, buyer_id: str) -> AESGCM:
        return AESGCM(_decrypt(self._region_key(key.region), key.wrapped, about=buyer_id.encode()))

    def _region_key(self, region: str) -> AESGCM:
        return AESGCM(derived_key(self._master_key, f"vault/{region}"))


def derived_key(master_key: bytes, purpose: str) -> bytes:
    """A key for one purpose; knowing it tells nothing of the master key or of other purposes."""
    return HKDF(SHA256(), _KEY, salt=None, info=purpose.encode()).derive(master_key)


def _encrypt(key: AESGCM, plain: bytes, *, about: bytes) -> bytes:
    """AES-256-GCM, bound to what it is about, so that rows cannot be swapped."""
    nonce = secret(_NONCE)
    return nonce + key.encrypt(nonce, plain, about)


def _decrypt(key: AESGCM, sealed: bytes, *, about: bytes) -> bytes:
    return key.decrypt(sealed[:_NONCE], sealed[_NONCE:], about)


class PostgresShelves:
    """Two tables; sealing and erasing meet at the person's row, and one waits for the other."""

    def __init__(self, pool: "Pool[Record]") -> None:
        self._pool = pool

    async def key_of(self, buyer_id: str, unless_known: PersonKey) -> PersonKey | None:
        await self._pool.execute(
            "insert into vault_person (buyer_id, region, wrapped_key) values ($1, $2, $3)"
            " on conflict do nothing",
            buyer_id,
            unless_known.region,
            unless_known.wrapped,
        )
        row = await self._pool.fetchrow(
            "select region, wrapped_key from vault_person"
            " where buyer_id = $1 and wrapped_key is not null",
            buyer_id,
        )
        return PersonKey(*row) if row else None

    async def put(self, vault_ref: UUID, *, buyer_id: str, contents: bytes) -> bool:
        kept = await self._pool.fetchval(
            """
            insert into vault_recipient (vault_ref, buyer_id, contents)
            select $1, buyer_id, $3 from vault_person
            where buyer_id = $2 and wrapped_key is not null for share
            on conflict (vault_ref) do update set contents = vault_recipient.contents
            returning true
            """,
            vault_ref,
            buyer_id,
            contents,
        )
        return kept is not None

    async def find(self, vault_ref: UUID) -> Sealed | None:
        row = await self._pool.fetchrow(
            """
            select buyer_id, region, wrapped_key, contents
            from vault_recipient join vault_person using (buyer_id)
            where vault_ref = $1 and wrapped_key is not null
            """,
            vault_ref,
        )
        if row is None:
            return None
        return Sealed(
            row["buyer_id"], PersonKey(row["region"], row["wrapped_key"]), row["contents"]
        )

    async def erase(self, buyer_id: str) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "insert into vault_person (buyer_id, region, wrapped_key) values ($1, '', null)"
                " on conflict (buyer_id) do update set wrapped_key = null",
                buyer_id,
            )
            await connection.execute("delete from vault_recipient where buyer_id = $1", buyer_id)


class MemoryShelves:
    """The same in memory, for tests."""

    def __init__(self) -> None:
        self._people: dict[str, PersonKey | None] = {}
        self._recipients: dict[UUID, tuple[str, bytes]] = {}

    async def key_of(self, buyer_id: str, unless_known: PersonKey) -> PersonKey | None:
        return self._people.setdefault(buyer_id, unless_known)

    async def put(self, vault_ref: UUID, *, buyer_id: str, contents: bytes) -> bool:
        if self._people.get(buyer_id) is None:
            return False
        self._recipients.setdefault(vault_ref, (buyer_id, contents))
        return True

    async def find(self, vault_ref: UUID) -> Sealed | None:
        buyer_id, contents = self._recipients.get(vault_ref, ("", b""))
        key = self._people.get(buyer_id)
        return Sealed(buyer_id, key, contents) if key else None

    async def erase(self, buyer_id: str) -> None:
        self._people[buyer_id] = None
        self._recipients = {
            ref: kept for ref, kept in self._recipients.items() if kept[0] != buyer_id
        }
