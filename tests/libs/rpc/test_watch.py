"""What is seen of a call from outside: one line, one count, one place in its trace."""

from contextlib import suppress
from typing import Any

import pytest
import structlog
from grpc import RpcError
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.testing import capture_logs

from libs.observability import Metrics, span
from libs.observability.recording import record
from libs.observability.tracing import trace_with
from libs.rpc import RpcRefused, RunningServer, connect
from tests.libs.rpc.echo import BatchSayRequest, EchoStub, SayRequest

REQUEST = "6f0a1f5e-3b1c-5c0e-9d53-0e3d1b8f7a42"
TRACE = "0af7651916cd43dd8448eb211c80319c"
SAY = "entrepot.echo.v1.EchoService/Say"


def say(text: str) -> Any:
    return SayRequest(request_id=REQUEST, text=text)


def of(metrics: Metrics, name: str) -> dict[tuple[str, ...], float]:
    return {
        tuple(sample.labels.values()): sample.value
        for metric in metrics.collect()
        for sample in metric.samples
        if sample.name == name
    }


async def test_a_call_leaves_one_line(echo: EchoStub) -> None:
    with capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        await echo.Say(say("hello"))

    (line,) = lines
    assert line["event"] == "call"
    assert line["method"] == SAY
    assert line["code"] == "OK"
    assert line["caller"] == "ada"
    assert line["request_id"] == line["correlation_id"] == REQUEST
    assert line["ms"] > 0
    assert "text" not in line


async def test_a_refused_call_leaves_one_line_with_its_reason(echo: EchoStub) -> None:
    with capture_logs() as lines, pytest.raises(RpcRefused):
        await echo.Say(say("HELLO"))

    (line,) = lines
    assert (line["code"], line["reason"]) == ("FAILED_PRECONDITION", "TOO_LOUD")


@pytest.mark.parametrize(("text", "kept"), [("HELLO", []), ("bug", [SAY])])
async def test_a_fault_of_ours_keeps_its_trace_and_a_refusal_does_not(
    echo: EchoStub, text: str, kept: list[str]
) -> None:
    exporter = InMemorySpanExporter()
    record("echo", SimpleSpanProcessor(exporter), ratio=0.0, slow_seconds=60)

    with suppress(RpcRefused, RpcError):
        await echo.Say(say(text))

    trace_with(None, ratio=0)
    assert [it.name for it in exporter.get_finished_spans()] == kept


async def test_a_batch_leaves_one_line_with_how_many_it_held(echo: EchoStub) -> None:
    with capture_logs() as lines:
        await echo.BatchSay(BatchSayRequest(requests=[say("one"), say("two")]))

    (line,) = lines
    assert line["items"] == 2


async def test_a_stream_leaves_one_line(echo: EchoStub) -> None:
    with capture_logs() as lines:
        said = [answer.text async for answer in echo.Repeat(say("again"))]

    assert said == ["again"] * 3
    assert [line["code"] for line in lines] == ["OK"]


async def test_a_stream_that_its_client_leaves_was_cancelled(echo: EchoStub) -> None:
    with capture_logs() as lines, pytest.raises(RpcRefused):
        async for _ in echo.Repeat(say("slow"), timeout=0.05):
            pass

    assert {line["code"] for line in lines} <= {"CANCELLED", "DEADLINE_EXCEEDED"}


async def test_calls_are_counted_by_method_and_code(echo: EchoStub, metrics: Metrics) -> None:
    await echo.Say(say("hello"))
    await echo.Say(say("hello"))
    with pytest.raises(RpcRefused):
        await echo.Say(say("HELLO"))

    calls = of(metrics, "entrepot_rpc_calls_total")
    assert calls == {(SAY, "OK"): 2, (SAY, "FAILED_PRECONDITION"): 1}
    assert of(metrics, "entrepot_rpc_seconds_count") == {(SAY,): 3}
    assert of(metrics, "entrepot_rpc_in_flight") == {(): 0}


async def test_a_call_continues_the_trace_that_it_belongs_to(echo: EchoStub) -> None:
    with span("placing", parent=f"00-{TRACE}-b7ad6b7169203331-00"):
        answer = await echo.Say(say("trace"))

    assert answer.text.startswith(f"00-{TRACE}-")
    assert "b7ad6b7169203331" not in answer.text


@pytest.mark.parametrize("traceparent", ["", "nonsense", f"00-{'0' * 32}-b7ad6b7169203331-01"])
async def test_a_trace_that_makes_no_sense_is_begun_anew(echo: EchoStub, traceparent: str) -> None:
    answer = await echo.Say(say("trace"), metadata=(("traceparent", traceparent),))

    assert len(answer.text) == 55


@pytest.mark.parametrize(
    ("sent", "correlation"),
    [((), REQUEST), ((("x-correlation-id", "order-7"),), "order-7")],
    ids=["the request's own id", "what the client says"],
)
async def test_what_a_call_records_knows_why(
    echo: EchoStub, sent: tuple[tuple[str, str], ...], correlation: str
) -> None:
    answer = await echo.Say(say("why"), metadata=sent)

    assert answer.text == f"{correlation} {REQUEST} ada"


async def test_a_correlation_id_is_an_id(echo: EchoStub) -> None:
    """It goes into facts and logs for ever, so nothing but an id may."""
    sent = (("x-correlation-id", "Ada Lovelace, 12 St James's Square"),)

    answer = await echo.Say(say("why"), metadata=sent)

    assert answer.text == f"{REQUEST} {REQUEST} ada"


async def test_calls_know_nothing_of_each_other(server: RunningServer, echo: EchoStub) -> None:
    with capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        await echo.Say(say("hello"))
        async with connect(server.address) as channel:
            with pytest.raises(RpcRefused):
                await EchoStub(channel).Say(say("hello"))

    assert "caller" not in lines[1]
    assert "request_id" not in lines[1]
