"""The vault, in memory and on PostgreSQL: what it keeps, and how it forgets."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from cryptography.exceptions import InvalidTag

from services.order.domain import BuyerErased, Recipient, RecipientGone
from services.order.vault import MemoryShelves, PostgresShelves, Shelves, Vault

MIGRATIONS = Path(__file__).parents[3] / "services" / "order" / "migrations"
REF, OTHER = UUID(int=1), UUID(int=2)
WEI = Recipient(
    full_name="Wei Zhang",
    address_lines=("12 Harbour St", "Flat 3"),
    locality="Portland",
    administrative_area="OR",
    postal_code="97201",
    contact_email="wei@example.com",
    contact_phone="+1 503 555 0100",
)


@pytest.fixture
async def pool(database: str) -> AsyncIterator["asyncpg.Pool[asyncpg.Record]"]:
    async with asyncpg.create_pool(database, min_size=1, max_size=4) as pool:
        await pool.execute((MIGRATIONS / "0001_vault.sql").read_text())
        yield pool


@pytest.fixture(params=["memory", "postgres"])
def shelves(request: pytest.FixtureRequest) -> Shelves:
    if request.param == "memory":
        return MemoryShelves()
    return PostgresShelves(request.getfixturevalue("pool"))


@pytest.fixture
def vault(shelves: Shelves) -> Vault:
    return Vault(shelves, b"m" * 32)


async def seal(vault: Vault, ref: UUID = REF, *, buyer_id: str = "buyer-1") -> None:
    await vault.seal(ref, WEI, buyer_id=buyer_id, region="US")


async def test_what_was_sealed_can_be_opened(vault: Vault) -> None:
    await seal(vault)
    await seal(vault)

    assert await vault.open(REF) == WEI


async def test_another_process_opens_it_with_the_same_master_key(
    vault: Vault, shelves: Shelves
) -> None:
    await seal(vault)

    assert await Vault(shelves, b"m" * 32).open(REF) == WEI
    with pytest.raises(InvalidTag):
        await Vault(shelves, b"x" * 32).open(REF)


async def test_what_is_kept_is_not_legible(vault: Vault, shelves: Shelves) -> None:
    await seal(vault)

    sealed = await shelves.find(REF)

    assert sealed is not None
    kept = sealed.contents + sealed.key.wrapped
    assert not any(word in kept for word in (b"Zhang", b"Harbour", b"example.com", b"555"))


async def test_a_forgotten_person_cannot_be_read_nor_sealed_again(vault: Vault) -> None:
    await seal(vault)
    await seal(vault, OTHER)

    await vault.erase("buyer-1")
    await vault.erase("buyer-1")

    for ref in (REF, OTHER):
        with pytest.raises(RecipientGone):
            await vault.open(ref)
    with pytest.raises(BuyerErased):
        await seal(vault)


async def test_forgetting_one_person_leaves_the_others(vault: Vault) -> None:
    await seal(vault)
    await seal(vault, OTHER, buyer_id="buyer-2")

    await vault.erase("buyer-1")

    assert await vault.open(OTHER) == WEI


async def test_a_key_that_another_process_still_holds_seals_nothing(
    vault: Vault, shelves: Shelves
) -> None:
    await seal(vault)

    await Vault(shelves, b"m" * 32).erase("buyer-1")

    with pytest.raises(BuyerErased):
        await seal(vault, OTHER)


async def test_somebody_who_never_bought_can_be_forgotten_beforehand(vault: Vault) -> None:
    await vault.erase("buyer-1")

    with pytest.raises(BuyerErased):
        await seal(vault)


async def test_two_first_orders_at_once_are_sealed_under_one_key(shelves: Shelves) -> None:
    vaults = [Vault(shelves, b"m" * 32) for _ in range(2)]

    await asyncio.gather(*(seal(v, ref) for v, ref in zip(vaults, (REF, OTHER), strict=True)))

    assert [await vaults[0].open(ref) for ref in (REF, OTHER)] == [WEI, WEI]


def test_a_recipient_does_not_show_where_it_is_printed() -> None:
    assert "Zhang" not in repr(WEI)
