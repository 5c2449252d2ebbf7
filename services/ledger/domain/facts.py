"""What every fact that posts carries beside its amounts."""

from datetime import datetime
from uuid import UUID

from libs.domain import Aggregate


class Posted(Aggregate.Event):
    """`effective_at` is when it happened; the fact's own timestamp is when we came to decide it."""

    effective_at: datetime
    legal_entity: str
    currency: str


class OrderPosted(Posted):
    """A posting about an order; its rows name the lines."""

    order_id: UUID
    market: str


class PayeePosted(Posted):
    """A posting about one payee's balance; `mode` says in which selling mode it was earned."""

    payee: str
    mode: str
