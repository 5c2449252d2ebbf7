"""News: tells every process of the service which streams have changed, through PostgreSQL.

One process projects; all of them serve callers who follow an order, and price baskets from what
they keep in memory. They wait to be told, and look for themselves.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

import asyncpg

from libs.eventstore import Recorded
from services.order.readmodel import Connection

_CHANNEL = "order_news"
_IDS_A_MESSAGE = 200
"""A notification carries less than 8,000 bytes."""


async def project(connection: Connection, facts: Sequence[Recorded]) -> None:
    """Tell all processes what these facts are about, once they are projected."""
    streams = sorted({told.fact.originator_id.hex for told in facts})
    for begin in range(0, len(streams), _IDS_A_MESSAGE):
        message = " ".join(streams[begin : begin + _IDS_A_MESSAGE])
        await connection.execute("select pg_notify($1, $2)", _CHANNEL, message)


async def subscribe(
    connection: "asyncpg.Connection[asyncpg.Record]", hear: Callable[[list[UUID]], None]
) -> None:
    """Have `hear` called with what has changed, for as long as the connection lives."""

    def told(_connection: object, _pid: int, _channel: str, message: object) -> None:
        hear([UUID(hex=stream) for stream in str(message).split()])

    await connection.add_listener(_CHANNEL, told)
