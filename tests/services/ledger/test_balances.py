"""What the ledger's own decisions are told of the books."""

from libs.domain import derived_id
from services.ledger.balances import JournalBalances
from services.ledger.domain import OrderBook
from services.ledger.domain.role import Role
from services.ledger.posting import posting_of
from tests.services.ledger.conftest import Books
from tests.services.ledger.test_check import ORDERS, order
from tests.services.ledger.test_worked_examples import full_service


async def settled(books: Books) -> JournalBalances:
    facts = [fact for number in range(ORDERS) for fact in order(number)]
    await books.post([posting for fact in facts if (posting := posting_of(fact)) is not None])
    return JournalBalances(books.reader)


async def test_a_merchant_has_what_settled_less_the_reserve(books: Books) -> None:
    balances = await settled(books)

    acme = await balances.of_payee(
        role=Role.MERCHANT, payee="acme", legal_entity="UK", currency="USD"
    )

    assert acme == (3 * ORDERS, ORDERS * 3266, 0, ORDERS * 363)


async def test_balances_of_one_name_in_another_role_are_another_payees(books: Books) -> None:
    balances = await settled(books)

    for role in (Role.SUPPLIER, Role.CREATOR, Role.AGENCY, Role.PARTNER):
        other = await balances.of_payee(role=role, payee="acme", legal_entity="UK", currency="USD")
        assert other == (3 * ORDERS, 0, 0, 0)


async def test_a_legal_entity_without_books_owes_nobody(books: Books) -> None:
    balances = await settled(books)

    nobody = await balances.of_payee(
        role=Role.MERCHANT, payee=str(derived_id("x")), legal_entity="US", currency="USD"
    )

    assert nobody == (0, 0, 0, 0)


async def test_clients_money_is_set_against_what_they_are_owed(books: Books) -> None:
    balances = await settled(books)

    clients = await balances.of_clients(legal_entity="UK", currency="USD")

    assert clients.held == ORDERS * 5070
    assert clients.owed == ORDERS * (3266 + 363 + 336 + 84 + 90 + 371)


async def test_a_position_between_two_currencies_is_what_is_owed_and_set_aside(
    books: Books,
) -> None:
    posting = posting_of(full_service(OrderBook.SupplyTaken))
    assert posting is not None
    await books.post([posting])

    position = await JournalBalances(books.reader).of_position(
        legal_entity="EU1", own="EUR", foreign="CNY"
    )

    assert position == (6200, 800)
