"""Who may call what is what the proto says, and nothing when it says nothing."""

import grpc
import pytest

from libs.rpc import RpcRefused, RunningServer, connect
from tests.libs.rpc.echo import EchoServicer, EchoStub, SayRequest

REQUEST = "6f0a1f5e-3b1c-5c0e-9d53-0e3d1b8f7a42"
HELLO = SayRequest(request_id=REQUEST, text="hello")


async def test_a_role_and_the_scope_let_in(echo: EchoStub, servicer: EchoServicer) -> None:
    await echo.Say(HELLO)

    assert servicer.said == ["hello"]


@pytest.mark.parametrize(
    ("token", "method", "code", "reason"),
    [
        (None, "Say", grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED"),
        ("mallory", "Say", grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED"),
        ("ben", "Say", grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED"),
        ("eve", "Say", grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED"),
        ("ada", "Whisper", grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED"),
    ],
    ids=["no token", "unknown", "role without scope", "scope without role", "declared for nobody"],
)
async def test_anything_less_does_not(
    server: RunningServer,
    servicer: EchoServicer,
    token: str | None,
    method: str,
    code: grpc.StatusCode,
    reason: str,
) -> None:
    async with connect(server.address, token) as channel:
        with pytest.raises(RpcRefused) as refused:
            await getattr(EchoStub(channel), method)(HELLO)

    assert (refused.value.code, refused.value.reason) == (code, reason)
    assert servicer.said == []


async def test_a_stranger_learns_nothing_of_what_is_wrong_with_the_request(
    server: RunningServer,
) -> None:
    async with connect(server.address) as channel:
        with pytest.raises(RpcRefused) as refused:
            await EchoStub(channel).Say(b"\xff\xff")

    assert refused.value.reason == "UNAUTHENTICATED"


async def test_a_stream_is_guarded_as_a_call_is(server: RunningServer) -> None:
    async with connect(server.address, "eve") as channel:
        with pytest.raises(RpcRefused) as refused:
            async for _ in EchoStub(channel).Repeat(HELLO):
                pass

    assert refused.value.reason == "PERMISSION_DENIED"


async def test_a_role_that_the_method_is_not_for_gives_nothing_in_it(
    server: RunningServer,
) -> None:
    async with connect(server.address, "fay") as channel:
        answer = await EchoStub(channel).Say(SayRequest(request_id=REQUEST, text="roles"))

    assert answer.text == "buyer"


async def test_the_servicer_knows_who_calls(echo: EchoStub) -> None:
    answer = await echo.Say(SayRequest(request_id=REQUEST, text="who"))

    assert answer.text == "ada for engines"
