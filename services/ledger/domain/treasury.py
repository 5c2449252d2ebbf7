"""Treasury: the moves that keep clients' money and our own apart, per legal entity and currency."""

from libs.domain import Aggregate, Started
from services.ledger.domain.facts import Posted


class Treasury(Aggregate):
    TOPIC = "ledger.Treasury"

    class Opened(Started):
        TOPIC = "ledger.TreasuryOpened"
        legal_entity: str
        currency: str

    class SafeguardToppedUp(Posted):
        """Our own cash made good what client money lacked."""

        TOPIC = "ledger.SafeguardToppedUp"
        amount: int

    class FeesSwept(Posted):
        """What we had earned left client money."""

        TOPIC = "ledger.FeesSwept"
        amount: int

    class TaxRemitted(Posted):
        TOPIC = "ledger.TaxRemitted"
        market: str
        sales_tax: int
        vat: int
