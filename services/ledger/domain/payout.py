"""Payout: an amount on its way from a payee's balance to their bank, in their own currency.

Each currency balances alone through the FX position. `client` amounts move money that we hold
for others, `own` amounts our operating cash.
"""

from datetime import datetime
from uuid import UUID

from libs.domain import Aggregate, Started
from services.ledger.domain.facts import PayeePosted


class Payout(Aggregate):
    TOPIC = "ledger.Payout"

    class Locked(Started):
        """What is to be paid left the balance; the rate is pinned here."""

        TOPIC = "ledger.PayoutLocked"
        effective_at: datetime
        legal_entity: str
        currency: str
        payee: str
        mode: str
        role: str
        payee_id: UUID
        statement: str
        merchants: int
        creators: int
        agencies: int
        partners: int
        withheld: int
        exchanged: int
        payout_currency: str
        bought: int
        paid: int
        rate: str

    class FxBought(PayeePosted):
        """The payout's currency was bought in the market."""

        TOPIC = "ledger.FxBought"
        payout_currency: str
        client_cost: int
        own_cost: int
        client_bought: int
        own_bought: int
        rate: str

    class FxMarginTaken(PayeePosted):
        """What the payee's rate and the market's differ by; client money keeps none of it."""

        TOPIC = "ledger.FxMarginTaken"
        gain: int
        loss: int
        client_gain: int

    class Paid(PayeePosted):
        TOPIC = "ledger.PayoutPaid"
        payout_currency: str
        client_paid: int
        own_paid: int
        statement: str

    class Failed(PayeePosted):
        """The bank refused: the balance has it again, in the currency that it is now held in."""

        TOPIC = "ledger.PayoutFailed"
        payout_currency: str
        paid: int
        statement: str
        failure_code: str
        returned_bought: int
        returned_exchanged: int
        merchants: int
        creators: int
        agencies: int
        partners: int
        kept_merchants: int
        kept_creators: int
        kept_agencies: int
        kept_partners: int
        withheld: int
