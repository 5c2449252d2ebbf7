"""Payee: who is owed money, their statements, and every debit of what they may have.

Credits of a payee's balance come from many orders at once and need no order among themselves.
Debits all pass through this stream, so two of them can never spend the same money.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from libs.domain import Aggregate, Started, event
from services.ledger.domain.facts import PayeePosted


class Role(StrEnum):
    """What somebody is paid for; each has an account of its own in the chart."""

    MERCHANT = "MERCHANT"
    SUPPLIER = "SUPPLIER"
    CREATOR = "CREATOR"
    AGENCY = "AGENCY"
    PARTNER = "PARTNER"


class Payee(Aggregate):
    TOPIC = "ledger.Payee"

    class Opened(Started):
        TOPIC = "ledger.PayeeOpened"
        role: Role
        payee: str
        legal_entity: str
        currency: str

    class StatementExpected(Aggregate.Event):
        """Something moved: a statement is to be cut at the end of the day."""

        TOPIC = "ledger.StatementExpected"
        cut_at: datetime

    class CutReached(Aggregate.Event):
        """The day is over: the statement is to be closed."""

        TOPIC = "ledger.CutReached"
        role: Role
        payee: str
        legal_entity: str
        currency: str
        cut_at: datetime

    class StatementClosed(Aggregate.Event):
        """The statement through a sequence of the journal; the next one begins there."""

        TOPIC = "ledger.StatementClosed"
        statement: UUID
        role: Role
        payee: str
        legal_entity: str
        currency: str
        opening: int
        closing: int
        from_sequence: int
        through_sequence: int
        cut_at: datetime

    class Drawn(Aggregate.Event):
        """A refund takes from what is available; the order's own fact posts it."""

        TOPIC = "ledger.Drawn"
        amount: int
        order_id: UUID

    class ShortfallRecovered(PayeePosted):
        """What the payee owed us was taken from what they have."""

        TOPIC = "ledger.ShortfallRecovered"
        merchants: int = 0
        creators: int = 0
        agencies: int = 0
        partners: int = 0

    class ShortfallWrittenOff(PayeePosted):
        """What the payee owes us will not be had."""

        TOPIC = "ledger.ShortfallWrittenOff"
        reason: str
        merchants: int = 0

    class Adjusted(PayeePosted):
        """A named adjustment, credits positive; a debit beyond what is there is owed to us.

        `residue` is what the minor unit could not hold, in the finer unit `residue_currency`
        (`GBP/3` counts thousandths of a pound).
        """

        TOPIC = "ledger.Adjusted"
        adjustment: UUID
        reason: str
        available: int = 0
        shortfall: int = 0
        fee: int = 0
        discount: int = 0
        manual: int = 0
        charity: int = 0
        bad_debt: int = 0
        sample: int = 0
        unmatched_cancellation: int = 0
        goodwill: int = 0
        penalty: int = 0
        gmv_reversed: int = 0
        market: str = ""
        residue: int = 0
        residue_currency: str = ""

    class Held(Aggregate.Event):
        """No payouts until released."""

        TOPIC = "ledger.PayeeHeld"
        reason: str

    class Released(Aggregate.Event):
        TOPIC = "ledger.PayeeReleased"

    @event(Opened)
    def __init__(self, *, id: UUID, role: Role, payee: str, legal_entity: str, currency: str):
        self.role = role
