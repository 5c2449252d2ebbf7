"""The list of payments, and our side of the provider's books; kept from the facts."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeAlias, TypedDict
from uuid import UUID

import asyncpg

from libs.domain import Aggregate
from libs.eventstore import Recorded
from libs.eventstore.index import Index, Listed, Streams
from libs.money import Money
from services.payment.domain import (
    Booked,
    Kind,
    Operation,
    Outcome,
    Payment,
    PaymentState,
    Payout,
)

Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)

_BEGIN = """
    insert into payment (payment_id, order_id, buyer_id)
    select * from unnest($1::uuid[], $2::uuid[], $3::text[])
    on conflict (payment_id) do nothing
"""
_CHANGE = """
    update payment set
        authorized = coalesce(new.authorized, payment.authorized),
        captured = coalesce(new.captured, payment.captured),
        voided = coalesce(new.voided, payment.voided),
        refunded = coalesce(new.refunded, payment.refunded),
        overlay = coalesce(new.overlay, payment.overlay)
    from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[])
        as new (payment_id, authorized, captured, voided, refunded, overlay)
    where payment.payment_id = new.payment_id
"""
_ASK = """
    insert into operation (key, kind, account, amount, currency, outcome)
    select *, 'OPEN' from unnest($1::uuid[], $2::text[], $3::uuid[], $4::bigint[], $5::text[])
    on conflict (key) do nothing
"""
_ANSWER = """
    update operation set outcome = answer.outcome
    from unnest($1::uuid[], $2::text[]) as answer (key, outcome)
    where operation.key = answer.key
"""
_BOOKS = """
    select key, kind, account, amount, currency, outcome from operation
    where $1::uuid is null or key > $1 order by key limit $2
"""


TABLES: dict[type[Aggregate], str] = {Payment: "payment"}


class OurBooks(Protocol):
    """Our side of the provider's books."""

    async def page(self, after: UUID | None, limit: int) -> list[Booked]:
        """What we have asked the provider for, in the order of the keys."""
        ...


class PaymentLists:
    def __init__(self, index: Index, books: OurBooks) -> None:
        self._index = index
        self.books = books.page

    async def search(
        self,
        *,
        order_id: UUID | None,
        buyer_id: str | None,
        state: PaymentState | None,
        after: int | None,
        limit: int,
    ) -> list[Listed]:
        """Payments in the order in which they were asked for."""
        return await self._index.search(
            Payment, after=after, limit=limit, order_id=order_id, buyer_id=buyer_id, state=state
        )


class PostgresOurBooks:
    """The operations that the projection below keeps."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def page(self, after: UUID | None, limit: int) -> list[Booked]:
        rows = await self._pool.fetch(_BOOKS, after, limit)
        return [
            Booked(
                row["key"],
                Kind(row["kind"]),
                row["account"],
                Money(row["amount"], row["currency"]),
                Outcome(row["outcome"]),
            )
            for row in rows
        ]


class MemoryOurBooks:
    """The same from the facts themselves, each time anew."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    async def page(self, after: UUID | None, limit: int) -> list[Booked]:
        facts = [recorded.fact for recorded in await self._streams.facts()]
        answered = _answered(facts)
        asked = sorted((o for o in _asked(facts) if after is None or o.key > after), key=_key)
        return [
            Booked(o.key, o.kind, o.account, o.amount, answered.get(o.key, Outcome.OPEN))
            for o in asked[:limit]
        ]


class _Change(TypedDict, total=False):
    """What is new of a payment: totals, not differences, so that a fact may be seen again."""

    authorized: int
    captured: int
    voided: int
    refunded: int
    overlay: str


async def project(connection: Connection, facts: Sequence[Recorded]) -> None:
    """Keep both, in four statements however many facts."""
    told = [recorded.fact for recorded in facts]
    begun = [
        (fact.originator_id, fact.order_id, fact.buyer_id)
        for fact in told
        if isinstance(fact, Payment.AuthorizationRequested)
    ]
    changes: dict[UUID, _Change] = defaultdict(_Change)
    for fact in told:
        if change := _change(fact):
            changes[fact.originator_id] |= change
    if begun:
        await connection.execute(_BEGIN, *zip(*begun, strict=True))
    if changes:
        rows = [
            (id, *(change.get(name) for name in _Change.__annotations__))
            for id, change in changes.items()
        ]
        await connection.execute(_CHANGE, *zip(*rows, strict=True))
    if asked := _asked(told):
        operations = [(o.key, o.kind, o.account, o.amount.amount, o.amount.currency) for o in asked]
        await connection.execute(_ASK, *zip(*operations, strict=True))
    if answered := _answered(told):
        await connection.execute(_ANSWER, list(answered), list(answered.values()))


def _asked(facts: Iterable[object]) -> list[Operation]:
    return [fact.operation for fact in facts if isinstance(fact, _ASKING)]


def _answered(facts: Iterable[object]) -> dict[UUID, Outcome]:
    """What became of operations, by their keys; the latest word counts."""
    answered: dict[UUID, Outcome] = {}
    for fact in facts:
        if isinstance(fact, _DONE):
            answered[fact.key] = Outcome.SUCCEEDED
        elif isinstance(fact, _NOT_DONE) and fact.key is not None:
            answered[fact.key] = Outcome.REFUSED
    return answered


def _key(operation: Operation) -> UUID:
    return operation.key


_ASKING = (
    Payment.AuthorizationRequested,
    Payment.CaptureRequested,
    Payment.VoidRequested,
    Payment.RefundRequested,
    Payment.ReversalRequested,
    Payout.Requested,
)
_DONE = (
    Payment.Authorized,
    Payment.Captured,
    Payment.Voided,
    Payment.RefundSucceeded,
    Payment.Conflicted,
    Payment.Reversed,
    Payout.Paid,
)
_NOT_DONE = (
    Payment.Declined,
    Payment.CaptureFailed,
    Payment.VoidFailed,
    Payment.RefundFailed,
    Payment.ReversalFailed,
    Payout.Failed,
)


def _change(fact: object) -> _Change | None:
    """Amounts show when nothing hides them; every answer uncovers them."""
    match fact:
        case Payment.ActionRequired():
            return {"overlay": PaymentState.REQUIRES_ACTION}
        case Payment.Doubted():
            return {"overlay": PaymentState.UNKNOWN}
        case Payment.Declined():
            return {"overlay": PaymentState.DECLINED}
        case Payment.Conflicted() | Payment.Reversed() | Payment.ReversalFailed():
            return {"overlay": PaymentState.CONFLICTED}
        case Payment.Authorized():
            return {"authorized": fact.amount.amount, "overlay": ""}
        case Payment.Captured():
            return {"captured": fact.captured_total.amount, "overlay": ""}
        case Payment.Voided():
            return {"voided": fact.voided_total.amount, "overlay": ""}
        case Payment.RefundSucceeded():
            return {"refunded": fact.refunded_total.amount, "overlay": ""}
        case (
            Payment.ActionConfirmed()
            | Payment.CaptureFailed()
            | Payment.VoidFailed()
            | Payment.RefundFailed()
        ):
            return {"overlay": ""}
        case _:
            return None
