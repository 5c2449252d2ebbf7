"""What is decided about money, one file per aggregate; the posting rules read these facts."""

from services.ledger.domain.adjustment import Adjustment
from services.ledger.domain.agreement import Agreement
from services.ledger.domain.order_book import OrderBook
from services.ledger.domain.payee import Payee
from services.ledger.domain.payout import Payout
from services.ledger.domain.treasury import Treasury

KINDS = (OrderBook, Payee, Payout, Adjustment, Agreement, Treasury)
"""Everything that the ledger records facts about."""

__all__ = ["KINDS", "Adjustment", "Agreement", "OrderBook", "Payee", "Payout", "Treasury"]
