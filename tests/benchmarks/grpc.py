"""gRPC: a call through all interceptors against a bare echo, and a hundred in one."""

from __future__ import annotations

from pathlib import Path

from deploy.local.home import Home
from deploy.local.tokens import AUDIENCE, ISSUER, ensure_keys, mint
from libs.rpc import Limits, RunningServer, TokenAuthenticator, connect, serve
from libs.runtime.ids import new_id
from tests.benchmarks.callers import a_second
from tests.benchmarks.case import Result, Round, Size
from tests.benchmarks.echo import AT_ONCE, calls_a_second
from tests.benchmarks.servers import folder, run
from tests.libs.rpc.echo import BatchSayRequest, EchoServicer, EchoStub, SayRequest, add_echo

ROUNDS = {Size.SMALL: 1, Size.USUAL: 5, Size.FULL: 9}
SECONDS = {Size.SMALL: 0.5, Size.USUAL: 2.0, Size.FULL: 5.0}
BATCH = 100
BATCHES_AT_ONCE = 8
A_LOT = 1_000_000
"""One caller stands for all of them."""


def measure(size: Size) -> list[Result]:
    """Client and server in one process; signed tokens, deadlines, validation, traces, log lines."""
    with folder() as place:
        rounds = run(_rounds(place, size))
    return [
        Result.of("grpc", "calls/s", "bare gRPC echoes/s", [it for it, _ in rounds]),
        Result.of("grpc/batch", "items/s", "unary calls/s", [it for _, it in rounds]),
    ]


async def _rounds(place: Path, size: Size) -> list[tuple[Round, Round]]:
    home = Home(place)
    home.prepare()
    ensure_keys(home)
    token = mint(home, role="buyer", scopes=["echoes.write"])
    server = await serve(
        {add_echo: EchoServicer()},
        listen="127.0.0.1:0",
        authenticator=TokenAuthenticator(home.jwks, issuer=ISSUER, audience=AUDIENCE),
        limits=Limits(tenant_calls_max=A_LOT, tenant_rate=A_LOT, tenant_burst=A_LOT),
    )
    try:
        return [await _round(server, token, SECONDS[size]) for _ in range(ROUNDS[size])]
    finally:
        await server.drain(0)


async def _round(server: RunningServer, token: str, seconds: float) -> tuple[Round, Round]:
    async with connect(server.address, token) as channel:
        echo = EchoStub(channel)

        async def one() -> int:
            await echo.Say(_request())
            return 1

        async def hundred() -> int:
            answer = await echo.BatchSay(BatchSayRequest(requests=[_request()] * BATCH))
            assert all(it.HasField("said") for it in answer.results), "an item was refused"
            return BATCH

        bare = await calls_a_second(seconds)
        unary = await a_second(one, seconds, callers=AT_ONCE)
        batched = await a_second(hundred, seconds, callers=BATCHES_AT_ONCE)
    return Round(unary, bare), Round(batched, unary)


def _request() -> object:
    request: object = SayRequest(request_id=str(new_id()), text="hello")
    return request
