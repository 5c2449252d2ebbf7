"""What a caller learns when a call fails."""

import json
from typing import Any

import asyncpg
import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from structlog.testing import capture_logs

from libs.observability import Metrics
from libs.rpc import RpcRefused, watch
from libs.rpc.catalogue import COMMON, Catalogue
from libs.rpc.failures import failure_of
from tests.libs.rpc.echo import EchoServicer, EchoStub, SayRequest

REQUEST = "6f0a1f5e-3b1c-5c0e-9d53-0e3d1b8f7a42"


def say(text: str, **more: Any) -> Any:
    return SayRequest(request_id=REQUEST, text=text, **more)


async def test_a_refusal_arrives_with_its_status_reason_field_and_metadata(echo: EchoStub) -> None:
    with pytest.raises(RpcRefused) as refused:
        await echo.Say(say("HELLO"))

    assert refused.value.code is grpc.StatusCode.FAILED_PRECONDITION
    assert refused.value.reason == "TOO_LOUD"
    assert refused.value.message == "speak softly"
    assert refused.value.field == "text"
    assert refused.value.metadata == {"loudness": "11"}


async def test_a_refusal_that_services_share_has_the_common_reason(echo: EchoStub) -> None:
    with pytest.raises(RpcRefused) as refused:
        await echo.Say(say("nothing"))

    assert refused.value.code is grpc.StatusCode.NOT_FOUND
    assert refused.value.reason == "NOT_FOUND"


async def test_a_bug_tells_the_caller_an_incident_and_nothing_else(echo: EchoStub) -> None:
    with capture_logs() as lines, pytest.raises(RpcRefused) as refused:
        await echo.Say(say("bug"))

    incident = refused.value.metadata["incident"]
    assert refused.value.code is grpc.StatusCode.INTERNAL
    assert refused.value.reason == "INTERNAL"
    assert refused.value.message == f"incident {incident}"
    assert "Lovelace" not in json.dumps(lines), "the text of an exception may be personal"
    (told,) = (line for line in lines if line["event"] == f"incident {incident}")
    assert told["error"] == "RuntimeError"
    assert told["places"][-1].endswith(" Say")


async def test_a_refusal_that_nobody_declared_is_a_bug(echo: EchoStub) -> None:
    with capture_logs() as lines, pytest.raises(RpcRefused) as refused:
        await echo.Say(say("undeclared"))

    assert refused.value.reason == "INTERNAL"
    assert "LookupError" in [line.get("error") for line in lines]


async def test_a_response_that_is_none_is_a_bug(echo: EchoStub) -> None:
    with pytest.raises(RpcRefused) as refused:
        await echo.Say(say("none"))

    assert refused.value.reason == "INTERNAL"


async def test_every_field_at_fault_is_named(echo: EchoStub, servicer: EchoServicer) -> None:
    with pytest.raises(RpcRefused) as refused:
        await echo.Say(say("hello", parts=[{"number": 1}, {"number": -1}]))

    assert refused.value.code is grpc.StatusCode.INVALID_ARGUMENT
    assert refused.value.reason == "INVALID_REQUEST"
    assert refused.value.field == "parts[1].number"
    assert servicer.said == []


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (SayRequest(text="hello"), "request_id"),
        (SayRequest(request_id="1234", text="hello"), "request_id"),
        (say(""), "text"),
        (say("x" * 21), "text"),
        (say("hello", parts=[{"number": 1}] * 4), "parts"),
    ],
)
async def test_what_breaks_a_rule_of_the_proto_reaches_no_servicer(
    echo: EchoStub, servicer: EchoServicer, request_: Any, field: str
) -> None:
    with pytest.raises(RpcRefused) as refused:
        await echo.Say(request_)

    assert (refused.value.reason, refused.value.field) == ("INVALID_REQUEST", field)
    assert servicer.said == []


async def test_bytes_that_are_no_request_are_refused_like_any_other(echo: EchoStub) -> None:
    with pytest.raises(RpcRefused) as refused:
        await echo.Say(b"\xff\xff\xff")

    assert refused.value.code is grpc.StatusCode.INVALID_ARGUMENT
    assert refused.value.reason == "INVALID_REQUEST"


async def test_more_faults_than_a_trailer_holds_still_arrive_as_a_refusal(echo: EchoStub) -> None:
    with pytest.raises(RpcRefused) as refused:
        await echo.Say(say("x" * 21, parts=[{"number": -1}] * 10_000))

    assert refused.value.reason == "INVALID_REQUEST"


async def test_a_call_whose_log_line_cannot_be_written_is_answered_and_counted(
    echo: EchoStub, metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    class FullDisk:
        def info(self, *_: object, **__: object) -> None:
            raise OSError("no space left on device")

    monkeypatch.setattr(watch, "log", FullDisk())

    answer = await echo.Say(say("hello"))

    assert answer.text == "hello"
    (untold,) = (metric for metric in metrics.collect() if metric.name == "entrepot_rpc_untold")
    assert untold.samples[0].value == 1


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.ConnectionDoesNotExistError("closed in the middle of operation"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 15"),
        asyncpg.exceptions.CannotConnectNowError("the database system is starting up"),
        asyncpg.exceptions.CrashShutdownError("terminating connection"),
        ConnectionRefusedError(),
        TimeoutError(),
    ],
)
def test_a_database_that_is_away_is_no_bug_and_asks_to_be_tried_again(error: Exception) -> None:
    failure = failure_of(error, Catalogue("echo", COMMON), incident="1")

    assert (failure.code, failure.reason) == (grpc.StatusCode.UNAVAILABLE, "UNAVAILABLE")
    assert failure.bug is None


def test_a_database_that_is_full_says_when_to_come_back() -> None:
    error = asyncpg.exceptions.DiskFullError("could not extend file")

    failure = failure_of(error, Catalogue("echo", COMMON), incident="1")

    assert (failure.code, failure.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")
    assert any(detail.Is(RetryInfo.DESCRIPTOR) for detail in failure.status.details)
