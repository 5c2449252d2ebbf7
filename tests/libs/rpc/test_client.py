"""A connection brings what every call needs."""

from itertools import count

import grpc
import pytest

from libs.rpc import RpcRefused, RunningServer, connect
from libs.runtime.clock import perf_counter
from tests.libs.rpc.echo import EchoServicer, EchoStub, SayRequest

REQUEST = "6f0a1f5e-3b1c-5c0e-9d53-0e3d1b8f7a42"
HELLO = SayRequest(request_id=REQUEST, text="hello")


async def test_the_token_is_asked_for_at_every_call(server: RunningServer) -> None:
    calls = count()
    tokens = ["ada", "mallory"]

    async with connect(server.address, lambda: tokens[next(calls)]) as channel:
        await EchoStub(channel).Say(HELLO)
        with pytest.raises(RpcRefused) as refused:
            await EchoStub(channel).Say(HELLO)

    assert refused.value.reason == "UNAUTHENTICATED"


async def test_a_stream_brings_it_too(echo: EchoStub) -> None:
    answers = [answer.text async for answer in echo.Repeat(HELLO)]

    assert answers == ["hello"] * 3


async def test_a_call_has_a_deadline_though_nobody_set_one(server: RunningServer) -> None:
    async with connect(server.address, "ada", deadline_s=0.05) as channel:
        began = perf_counter()
        with pytest.raises(RpcRefused) as refused:
            await EchoStub(channel).Say(SayRequest(request_id=REQUEST, text="slow"))

    assert refused.value.code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert perf_counter() - began < 0.2, "sooner than the server's own"


async def test_a_server_that_is_not_there_is_a_refusal_without_a_reason() -> None:
    async with connect("127.0.0.1:1", "ada", deadline_s=1) as channel:
        with pytest.raises(RpcRefused) as refused:
            await EchoStub(channel).Say(HELLO)

    assert refused.value.code in {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
    }
    assert refused.value.reason == ""


async def test_what_was_refused_is_not_sent_again(echo: EchoStub, servicer: EchoServicer) -> None:
    with pytest.raises(RpcRefused):
        await echo.Say(SayRequest(request_id=REQUEST, text="HELLO"))

    assert servicer.heard == 1
