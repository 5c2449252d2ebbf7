"""A TCP proxy before PostgreSQL that cuts a session at its commit, before or after it counts."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass, field

SSL_REQUEST = 80877103
APPENDS = b"insert into fact"


@dataclass(slots=True)
class Proxy:
    """Passes everything on. Armed, it cuts the next sessions that commit facts.

    A statement that appends commits by itself where nothing writes along, and by COMMIT where the
    journal does. Both are seen on their way to the server. A session is cut either before they
    reach it, or once the server has answered and its answer is thrown away: the client cannot
    tell which.
    """

    to: int
    cuts: int = 0
    lost_answers: int = 0
    _armed: int = 0
    _chance: random.Random = field(default_factory=random.Random)
    _server: asyncio.Server | None = None
    _sessions: set[Session] = field(default_factory=set)

    @property
    def port(self) -> int:
        assert self._server is not None, "open it first"
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    async def close(self) -> None:
        assert self._server is not None, "open it first"
        self._server.close()
        for session in list(self._sessions):
            session.cut()

    def arm(self, times: int, seed: int) -> None:
        self._armed = times
        self._chance.seed(seed)

    def cut_all(self) -> None:
        """The network is gone for everybody, at whatever they are."""
        for session in list(self._sessions):
            session.cut()

    def take_turn(self) -> bool:
        """Whether the session that is about to commit is to be cut, as not all of them are."""
        if not self._armed or self._chance.random() < 0.5:
            return False
        self._armed -= 1
        self.cuts += 1
        return True

    def before_it_counts(self) -> bool:
        return self._chance.random() < 0.3

    async def _accept(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        try:
            server, on = await asyncio.open_connection("127.0.0.1", self.to)
        except OSError:
            back.transport.abort()
            return
        session = Session(self, client, back, server, on)
        self._sessions.add(session)
        try:
            await session.run()
        finally:
            session.cut()
            self._sessions.discard(session)


class Session:
    """One connection: what the client says is read message by message, the answers as they come."""

    def __init__(
        self,
        proxy: Proxy,
        client: asyncio.StreamReader,
        back: asyncio.StreamWriter,
        server: asyncio.StreamReader,
        on: asyncio.StreamWriter,
    ) -> None:
        self._proxy = proxy
        self._client = client
        self._back = back
        self._server = server
        self._on = on
        self._appending: set[bytes] = set()
        self._in_transaction = False
        self._swallow = False

    def cut(self) -> None:
        self._back.transport.abort()
        self._on.transport.abort()

    async def run(self) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen())
                tasks.create_task(self._answer())

    async def _listen(self) -> None:
        try:
            await self._greet()
            while True:
                kind = await self._client.readexactly(1)
                size = await self._client.readexactly(4)
                body = await self._client.readexactly(int.from_bytes(size) - 4)
                if self._commits(kind, body) and self._proxy.take_turn():
                    if self._proxy.before_it_counts():
                        return
                    self._swallow = True
                    self._proxy.lost_answers += 1
                self._on.write(kind + size + body)
                await self._on.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.cut()

    async def _greet(self) -> None:
        """What comes first has no kind: perhaps a wish to encrypt, then who it is."""
        while True:
            size = await self._client.readexactly(4)
            body = await self._client.readexactly(int.from_bytes(size) - 4)
            self._on.write(size + body)
            if int.from_bytes(body[:4]) != SSL_REQUEST:
                return

    def _commits(self, kind: bytes, body: bytes) -> bool:
        if kind == b"P":
            name, _, rest = body.partition(b"\0")
            if APPENDS in rest:
                self._appending.add(name)
        elif kind == b"B":
            statement = body.split(b"\0", 2)[1]
            return statement in self._appending and not self._in_transaction
        elif kind == b"Q":
            word = body[:6].upper()
            self._in_transaction = word == b"BEGIN;" or (
                self._in_transaction and word not in (b"COMMIT", b"ROLLBA")
            )
            return word == b"COMMIT"
        return False

    async def _answer(self) -> None:
        try:
            while answer := await self._server.read(65_536):
                if self._swallow:
                    return
                self._back.write(answer)
                await self._back.drain()
        except ConnectionError:
            pass
        finally:
            self.cut()
