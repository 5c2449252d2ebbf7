"""One call takes so long, and all calls so much, and no more."""

import asyncio
import time
from typing import Any

import grpc
import pytest

from libs.observability import Metrics
from libs.rpc import Limits, RpcRefused, RunningServer, connect, serve
from libs.rpc.limits import Deadline
from libs.rpc.refusals import DeadlineExceeded
from tests.libs.rpc.conftest import LIMITS, Acquaintances
from tests.libs.rpc.echo import SERVICE, EchoServicer, EchoStub, SayRequest, add_echo

REQUEST = "6f0a1f5e-3b1c-5c0e-9d53-0e3d1b8f7a42"
HELLO = SayRequest(request_id=REQUEST, text="hello")
SLOW = SayRequest(request_id=REQUEST, text="slow")


async def test_a_call_past_its_deadline_is_cancelled(
    echo: EchoStub, servicer: EchoServicer
) -> None:
    with pytest.raises(RpcRefused) as refused:
        await echo.Say(SLOW)

    assert refused.value.code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert refused.value.reason == "DEADLINE_EXCEEDED"
    assert servicer.cancelled == 1


async def test_a_stream_past_its_deadline_is_cancelled(
    echo: EchoStub, servicer: EchoServicer
) -> None:
    with pytest.raises(RpcRefused) as refused:
        async for _ in echo.Repeat(SLOW):
            pass

    assert refused.value.reason == "DEADLINE_EXCEEDED"
    assert servicer.cancelled == 1


async def test_a_client_that_leaves_cancels_its_call(
    echo: EchoStub, servicer: EchoServicer
) -> None:
    call = asyncio.ensure_future(echo.Say(SLOW))
    await servicer.waiting.wait()

    call.cancel()

    await asyncio.wait_for(servicer.left.wait(), timeout=5)
    assert servicer.cancelled == 1


async def test_more_calls_than_can_be_served_are_refused_at_once(
    echo: EchoStub, servicer: EchoServicer
) -> None:
    under_way = [asyncio.ensure_future(echo.Say(SLOW)) for _ in range(LIMITS.calls_max)]
    while servicer.cancelled + servicer.inside < LIMITS.calls_max:
        await asyncio.wait_for(servicer.waiting.wait(), timeout=5)
        servicer.waiting.clear()

    with pytest.raises(RpcRefused) as refused:
        await echo.Say(HELLO)

    assert refused.value.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert refused.value.reason == "OVERLOADED"
    assert refused.value.retry_after_s == 1.0
    await asyncio.gather(*under_way, return_exceptions=True)
    assert (await echo.Say(HELLO)).text == "hello", "those that ended make room"


async def test_what_one_tenant_takes_is_left_to_others(
    servicer: EchoServicer, metrics: Metrics
) -> None:
    limits = Limits(tenant_calls_max=1, deadline_s=1)
    server = await serve(
        {add_echo: servicer},
        listen="127.0.0.1:0",
        authenticator=Acquaintances(),
        metrics=metrics,
        limits=limits,
    )
    async with connect(server.address, "ada") as ada, connect(server.address, "fay") as fay:
        under_way = asyncio.ensure_future(EchoStub(ada).Say(SLOW))
        await asyncio.wait_for(servicer.waiting.wait(), timeout=5)

        with pytest.raises(RpcRefused) as refused:
            await EchoStub(ada).Say(HELLO)
        answer = await EchoStub(fay).Say(HELLO)

    under_way.cancel()
    await server.drain(grace=0)
    assert refused.value.reason == "OVERLOADED"
    assert refused.value.retry_after_s == 1.0
    assert answer.text == "hello"


async def test_who_calls_too_often_is_told_when_to_come_again(
    servicer: EchoServicer, metrics: Metrics
) -> None:
    limits = Limits(tenant_rate=0.1, tenant_burst=2)
    server = await serve(
        {add_echo: servicer},
        listen="127.0.0.1:0",
        authenticator=Acquaintances(),
        metrics=metrics,
        limits=limits,
    )
    async with connect(server.address, "ada") as ada, connect(server.address, "fay") as fay:
        for _ in range(2):
            await EchoStub(ada).Say(HELLO)

        with pytest.raises(RpcRefused) as refused:
            await EchoStub(ada).Say(HELLO)
        answer = await EchoStub(fay).Say(HELLO)

    await server.drain(grace=0)
    assert refused.value.reason == "OVERLOADED"
    assert 5 < (refused.value.retry_after_s or 0) <= 10
    assert answer.text == "hello"


async def test_a_request_larger_than_a_command_can_be_is_refused(server: RunningServer) -> None:
    async with connect(server.address, "ada") as channel:
        with pytest.raises(RpcRefused) as refused:
            await EchoStub(channel).Say(bytes(LIMITS.request_bytes_max + 1))

    assert refused.value.code is grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.parametrize(("asked", "given"), [(None, 5.0), (2.0, 2.0), (600.0, 60.0)])
def test_a_call_is_given_what_its_client_asks_up_to_a_minute(
    asked: float | None, given: float
) -> None:
    assert Limits().seconds(asked) == given


@pytest.mark.parametrize(("asked", "given"), [(None, 3600.0), (60.0, 60.0), (86400.0, 3600.0)])
def test_a_stream_is_given_up_to_an_hour(asked: float | None, given: float) -> None:
    assert Limits().stream_seconds(asked) == given


@pytest.mark.parametrize("leave", [True, False], ids=["left", "deadline passed"])
async def test_a_call_that_nobody_waits_for_any_more_is_not_carried_out(
    server: RunningServer, servicer: EchoServicer, leave: bool
) -> None:
    """While the loop does something else for too long, clients go, and their calls stay."""
    with grpc.insecure_channel(server.address) as channel:  # It needs no loop.
        say: Any = channel.unary_unary(f"/{SERVICE}/Say", SayRequest.SerializeToString, None)
        ada = (("authorization", "Bearer ada"),)
        await asyncio.to_thread(say, HELLO, metadata=ada)

        calls = [say.future(HELLO, timeout=0.1, metadata=ada) for _ in range(5)]
        time.sleep(0.05)  # noqa: ASYNC251
        for call in calls:
            if leave:
                call.cancel()
        time.sleep(0.2)  # noqa: ASYNC251
        await asyncio.to_thread(say, HELLO, metadata=ada)

    assert servicer.heard == 2


async def test_a_deadline_that_has_passed_lets_nothing_begin() -> None:
    begun = False

    with pytest.raises(DeadlineExceeded), Deadline(0):
        begun = True

    assert not begun
