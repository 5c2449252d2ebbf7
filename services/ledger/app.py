"""What the ledger does for each command, and what it asks of the world."""

from typing import NamedTuple, Protocol

from services.ledger.domain.payee import Role


class PayeeBalance(NamedTuple):
    """A payee's balances through a sequence of the journal, each as its normal side reads it.

    For a merchant or supplier `available` is 2130 in their mode and `receivable` 1210; for
    creators, agencies and partners 2211, 2221 or 2231, and 1220.
    """

    sequence: int
    available: int
    receivable: int
    reserve: int


class ClientMoney(NamedTuple):
    """What we hold for others in one currency of one legal entity, and what we owe them."""

    sequence: int
    held: int
    owed: int


class Balances(Protocol):
    """The journal's balances as committed.

    Asked after the payee's stream was loaded, an answer is a safe lower bound: credits only add
    to it, and another debit would move the stream and make our own append a conflict.
    """

    async def of_payee(
        self, *, role: Role, payee: str, legal_entity: str, currency: str
    ) -> PayeeBalance: ...

    async def of_clients(self, *, legal_entity: str, currency: str) -> ClientMoney: ...


class Rates(Protocol):
    """Exchange rates, as fractions of the two minor units, and the name of what they come from."""

    def payee_rate(self, sold: str, bought: str) -> "Rate": ...

    def market_rate(self, sold: str, bought: str) -> "Rate": ...


class Rate(NamedTuple):
    """`bought` minor units for `sold` minor units."""

    bought: int
    sold: int
    source: str


