"""`python -m tests.libs.rpc.busy_loop` prints how many turns of a busy loop many calls take."""

from __future__ import annotations

import asyncio
import time

from libs.rpc import Limits, connect, serve
from tests.libs.rpc.conftest import Acquaintances
from tests.libs.rpc.echo import EchoServicer, EchoStub, SayRequest, add_echo

HELLO = SayRequest(request_id="6f0a1f5e-3b1c-5c0e-9d53-0e3d1b8f7a42", text="hello")
CALLS = 64
TURN_S = 0.002
"""What other work takes of every turn; gRPC's own threads run beside it."""


async def turns_of_calls() -> int:
    server = await serve(
        {add_echo: EchoServicer()},
        listen="127.0.0.1:0",
        authenticator=Acquaintances(),
        limits=Limits(deadline_s_max=60),
    )
    async with connect(server.address, "ada", deadline_s=60) as channel:
        echo = EchoStub(channel)
        await echo.Say(HELLO)
        calls = asyncio.gather(*(echo.Say(HELLO) for _ in range(CALLS)))
        turns = 0
        while not calls.done():
            time.sleep(TURN_S)  # noqa: ASYNC251
            turns += 1
            await asyncio.sleep(0)
        await calls
    await server.drain(grace=0)
    return turns


if __name__ == "__main__":
    print(asyncio.run(turns_of_calls()))
