"""News: tells every process of the service which streams have changed, through PostgreSQL.

One process projects; all of them serve callers who follow an order, and price baskets from what
they keep in memory. They wait to be told, and look for themselves.
"""

from asyncio import Event
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeAlias
from uuid import UUID

import asyncpg
import structlog

from libs.runtime.waiting import pause

Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)

log = structlog.get_logger(__name__)

CHANNEL = "order_news"
_IDS_A_MESSAGE = 200
"""A notification carries less than 8,000 bytes."""


class Hearer(Protocol):
    """Somebody to whom it matters that a stream has changed."""

    def hear(self, streams: Iterable[UUID]) -> None:
        """Something about these may have changed."""
        ...

    def hear_all(self) -> None:
        """Anything may have changed: for a while, no news came through."""
        ...


async def announce(connection: Connection, streams: Iterable[UUID]) -> None:
    """Tell all processes, once the transaction is committed."""
    ids = sorted({stream.hex for stream in streams})
    for begin in range(0, len(ids), _IDS_A_MESSAGE):
        message = " ".join(ids[begin : begin + _IDS_A_MESSAGE])
        await connection.execute("select pg_notify($1, $2)", CHANNEL, message)


class News:
    """Listens for the process that it lives in."""

    def __init__(self, dsn: str, hearers: Sequence[Hearer]) -> None:
        self._dsn = dsn
        self._hearers = hearers

    async def listen(self) -> None:
        """Listen until cancelled; a lost connection is made again."""
        while True:
            try:
                await self._listen()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("news_interrupted", error=type(error).__name__)
            await pause(0.5)

    async def _listen(self) -> None:
        connection = await asyncpg.connect(self._dsn)
        lost = Event()
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(CHANNEL, self._told)
            for hearer in self._hearers:
                hearer.hear_all()
            await lost.wait()
        finally:
            connection.terminate()

    def _told(self, _connection: object, _pid: int, _channel: str, message: object) -> None:
        streams = [UUID(hex=stream) for stream in str(message).split()]
        for hearer in self._hearers:
            hearer.hear(streams)
