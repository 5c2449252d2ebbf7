"""Keys that wait for a person: a message that cannot be handled, and those behind it, in order."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import asyncpg

from libs.messaging.envelope import Headers

BEHIND = "waits behind an earlier message of its key"


class Message(NamedTuple):
    """A record as it came."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: Headers


class Parked(NamedTuple):
    """A message that waits, and why."""

    id: int
    message: Message
    error: str
    attempts: int


class Parking(Protocol):
    """Where parked messages are kept."""

    async def keys(self) -> set[tuple[str, bytes]]:
        """The (topic, key) pairs that have something parked."""
        ...

    async def park(self, message: Message, error: str) -> None: ...

    async def park_behind(self, message: Message) -> bool:
        """Park it if something of its key is parked; false if nothing is any more."""
        ...

    async def parked(self, topic: str, key: bytes) -> Sequence[Parked]:
        """What is parked under a key, in the order it came."""
        ...

    async def all(self) -> Sequence[Parked]: ...

    async def handled(self, id: int) -> None: ...

    async def failed(self, id: int, error: str) -> None: ...

    async def skip(self, id: int, *, reason: str, by: str) -> None:
        """Never handle it; who said so, and why, is recorded for ever."""
        ...


class PostgresParking:
    """Parked messages in the service's own database."""

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        self._pool = pool

    async def keys(self) -> set[tuple[str, bytes]]:
        rows = await self._pool.fetch("select distinct topic, key from parked")
        return {(row["topic"], row["key"]) for row in rows}

    async def park(self, message: Message, error: str) -> None:
        headers = json.dumps([[name, value.decode("latin-1")] for name, value in message.headers])
        await self._pool.execute(
            'insert into parked (topic, partition, "offset", key, value, headers, error) '
            "values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
            *message[:5],
            headers,
            error,
        )

    async def park_behind(self, message: Message) -> bool:
        if not await self.parked(message.topic, message.key):
            return False
        await self.park(message, BEHIND)
        return True

    async def parked(self, topic: str, key: bytes) -> Sequence[Parked]:
        rows = await self._pool.fetch(
            "select * from parked where topic = $1 and key = $2 order by id", topic, key
        )
        return [_parked(row) for row in rows]

    async def all(self) -> Sequence[Parked]:
        return [_parked(row) for row in await self._pool.fetch("select * from parked order by id")]

    async def handled(self, id: int) -> None:
        await self._pool.execute("delete from parked where id = $1", id)

    async def failed(self, id: int, error: str) -> None:
        await self._pool.execute(
            "update parked set error = $2, attempts = attempts + 1 where id = $1", id, error
        )

    async def skip(self, id: int, *, reason: str, by: str) -> None:
        await self._pool.execute(
            "with gone as (delete from parked where id = $1 returning *) "
            'insert into skipped (id, topic, partition, "offset", key, value, headers, error, '
            "reason, skipped_by) "
            'select id, topic, partition, "offset", key, value, headers, error, $2, $3 from gone',
            id,
            reason,
            by,
        )


def _parked(row: Any) -> Parked:
    headers = [(name, value.encode("latin-1")) for name, value in json.loads(row["headers"])]
    message = Message(
        row["topic"], row["partition"], row["offset"], row["key"], row["value"], headers
    )
    return Parked(row["id"], message, row["error"], row["attempts"])


class MemoryParking:
    """Parked messages in memory, for tests."""

    def __init__(self) -> None:
        self._parked: dict[int, Parked] = {}
        self.skipped: list[tuple[Parked, str, str]] = []
        self._next = 1

    async def keys(self) -> set[tuple[str, bytes]]:
        return {(p.message.topic, p.message.key) for p in self._parked.values()}

    async def park(self, message: Message, error: str) -> None:
        if all(p.message[:3] != message[:3] for p in self._parked.values()):
            self._parked[self._next] = Parked(self._next, message, error, 1)
            self._next += 1

    async def park_behind(self, message: Message) -> bool:
        if not await self.parked(message.topic, message.key):
            return False
        await self.park(message, BEHIND)
        return True

    async def parked(self, topic: str, key: bytes) -> Sequence[Parked]:
        return [
            p for p in self._parked.values() if p.message.topic == topic and p.message.key == key
        ]

    async def all(self) -> Sequence[Parked]:
        return list(self._parked.values())

    async def handled(self, id: int) -> None:
        del self._parked[id]

    async def failed(self, id: int, error: str) -> None:
        parked = self._parked[id]
        self._parked[id] = parked._replace(error=error, attempts=parked.attempts + 1)

    async def skip(self, id: int, *, reason: str, by: str) -> None:
        self.skipped.append((self._parked.pop(id), reason, by))
