"""The ledger's app on a store in memory, with balances that a test says."""

from datetime import datetime
from itertools import count
from uuid import UUID

import pytest

from libs.domain import NotFound
from libs.eventstore import START, MemoryRecorder, RequestIdReused, Store
from libs.runtime.clock import ManualClock
from libs.testing import NOW
from services.ledger import commands as c
from services.ledger.app import ClientMoney, LedgerApp, PayeeBalance
from services.ledger.domain import KINDS
from services.ledger.domain.role import Role
from services.ledger.domain.treasury import ExceedsPosition, OpenPosition, Treasury
from services.ledger.rates import TableRates

_requests = count(1)
ACME = {"payee": "acme", "legal_entity": "US1", "currency": "USD"}


class Said:
    """Balances as a test says; everybody has the same."""

    position = OpenPosition(owed=6200, set_aside=800)

    def __init__(self) -> None:
        self.payee = PayeeBalance(sequence=7, available=3000, receivable=0, reserve=0)

    async def of_payee(
        self,
        *,
        role: Role,
        payee: str,
        legal_entity: str,
        currency: str,
        before: datetime | None = None,
    ) -> PayeeBalance:
        return self.payee

    async def of_clients(self, *, legal_entity: str, currency: str) -> ClientMoney:
        return ClientMoney(sequence=7, held=0, owed=0)

    async def of_position(self, *, legal_entity: str, own: str, foreign: str) -> OpenPosition:
        return self.position


@pytest.fixture
def balances() -> Said:
    return Said()


@pytest.fixture
def store() -> Store:
    clock = ManualClock(NOW)
    return Store(MemoryRecorder(clock), kinds=KINDS, clock=clock)


@pytest.fixture
def app(store: Store, balances: Said) -> LedgerApp:
    return LedgerApp(store, balances=balances, rates=TableRates(), clock=store.clock)


def request_id() -> UUID:
    return UUID(int=next(_requests))


async def facts(store: Store) -> list[str]:
    return [type(told.fact).__name__ for told in await store.read(START, 100)]


async def test_what_nobody_owes_is_not_written_off(app: LedgerApp, store: Store) -> None:
    with pytest.raises(NotFound):
        await app.write_off_shortfall(
            c.WriteOffShortfall(request_id=request_id(), reason="closed", **ACME)
        )
    with pytest.raises(NotFound):
        await app.release_payee(c.ReleasePayee(request_id=request_id(), role=Role.MERCHANT, **ACME))

    assert await facts(store) == []


async def test_a_write_off_that_found_nothing_owed_writes_nothing_off_later(
    app: LedgerApp, store: Store, balances: Said
) -> None:
    await app.hold_payee(
        c.HoldPayee(request_id=request_id(), role=Role.MERCHANT, reason="fraud", **ACME)
    )
    write_off = c.WriteOffShortfall(request_id=request_id(), reason="closed", **ACME)
    await app.write_off_shortfall(write_off)
    balances.payee = balances.payee._replace(receivable=569)

    await app.write_off_shortfall(write_off)

    assert await facts(store) == ["Opened", "Held"]
    with pytest.raises(RequestIdReused):
        await app.write_off_shortfall(
            c.WriteOffShortfall(request_id=write_off.request_id, reason="other", **ACME)
        )


def purchase(*, bought: int = 6200, carried: int = 800) -> c.BuyCurrency:
    return c.BuyCurrency(
        request_id=request_id(),
        legal_entity="EU1",
        currency="EUR",
        cost=795,
        carried=carried,
        bought_currency="CNY",
        bought=bought,
    )


async def test_a_debt_in_another_currency_is_covered_at_a_gain_or_loss(
    app: LedgerApp, store: Store
) -> None:
    await app.buy_currency(purchase())

    bought = (await store.read(START, 100))[-1].fact
    assert isinstance(bought, Treasury.CurrencyBought)
    assert (bought.bought, bought.cost, bought.gain, bought.loss) == (6200, 795, 5, 0)


@pytest.mark.parametrize(
    ("too_much", "field"),
    [(purchase(bought=6201), "bought"), (purchase(carried=801), "carried")],
)
async def test_no_more_is_covered_than_is_owed_and_set_aside(
    app: LedgerApp, store: Store, too_much: c.BuyCurrency, field: str
) -> None:
    with pytest.raises(ExceedsPosition) as refused:
        await app.buy_currency(too_much)

    assert refused.value.field == field
    assert await facts(store) == []
