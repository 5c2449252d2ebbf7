"""A running echo server, whose callers need no signatures."""

from collections.abc import AsyncIterator

import pytest

from libs.observability import Metrics
from libs.rpc import Caller, Limits, RunningServer, connect, serve
from libs.rpc.refusals import Unauthenticated
from tests.libs.rpc.echo import EchoServicer, EchoStub, add_echo

ADA = Caller(
    subject="ada",
    roles=frozenset({"buyer"}),
    scopes=frozenset({"echoes.read", "echoes.write"}),
    merchant="engines",
)
BEN = Caller(subject="ben", roles=frozenset({"ops"}), scopes=frozenset({"echoes.read"}))
EVE = Caller(subject="eve", roles=frozenset({"merchant"}), scopes=ADA.scopes)
FAY = Caller(subject="fay", roles=frozenset({"buyer", "finance"}), scopes=ADA.scopes)


class Acquaintances:
    """Knows people by their first names."""

    def authenticate(self, authorization: str | None) -> Caller:
        for caller in (ADA, BEN, EVE, FAY):
            if authorization == f"Bearer {caller.subject}":
                return caller
        raise Unauthenticated("who are you?")


LIMITS = Limits(calls_max=2, deadline_s=0.2, deadline_s_max=0.4, stream_s_max=0.4)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def servicer() -> EchoServicer:
    return EchoServicer()


@pytest.fixture
async def server(servicer: EchoServicer, metrics: Metrics) -> AsyncIterator[RunningServer]:
    server = await serve(
        {add_echo: servicer},
        listen="127.0.0.1:0",
        authenticator=Acquaintances(),
        metrics=metrics,
        limits=LIMITS,
    )
    yield server
    await server.drain(grace=0)


@pytest.fixture
async def echo(server: RunningServer) -> AsyncIterator[EchoStub]:
    """The echo, as Ada calls it."""
    async with connect(server.address, "ada") as channel:
        yield EchoStub(channel)
