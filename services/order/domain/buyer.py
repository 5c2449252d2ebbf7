"""Buyer: the fact that a person was forgotten, which outlives all that was known of them."""

from datetime import datetime
from uuid import UUID

from libs.domain import Aggregate, RuleViolated, Started, event


class BuyerErased(RuleViolated):
    """The pseudonym of somebody who was forgotten cannot be used again."""


class Buyer(Aggregate):
    """A pseudonym with nobody behind it any more."""

    TOPIC = "order.Buyer"

    buyer_id: str
    erased_at: datetime

    class Erased(Started):
        TOPIC = "order.BuyerErased"
        buyer_id: str
        erased_at: datetime

    @event(Erased)
    def __init__(self, *, id: UUID, buyer_id: str, erased_at: datetime) -> None:
        self.buyer_id = buyer_id
        self.erased_at = erased_at
