"""A wire to a service that can withhold answers, and break."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass(slots=True)
class Wire:
    """Passes bytes on both ways. Withholding, it lets requests through and no answers back."""

    host: str
    port: int
    withholding: bool = False
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def __aenter__(self) -> Wire:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None, "it was entered"
        self._server.close()
        self.cut()

    @property
    def address(self) -> str:
        assert self._server is not None, "enter it first"
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _accept(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        server, on = await asyncio.open_connection(self.host, self.port)
        self._writers |= {back, on}
        await asyncio.gather(self._requests(client, on), self._answers(server, back))

    async def _requests(self, client: asyncio.StreamReader, on: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while said := await client.read(65_536):
                on.write(said)
                await on.drain()

    async def _answers(self, server: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while said := await server.read(65_536):
                if not self.withholding:
                    back.write(said)
                    await back.drain()
