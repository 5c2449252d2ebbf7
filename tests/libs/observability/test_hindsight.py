"""What fails or is slow is kept, whatever was chosen where its trace began."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from libs.observability import hindsight, span
from libs.observability.recording import record
from libs.observability.tracing import trace_with

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
NOT_KEPT = f"00-{TRACE}-{PARENT}-00"
MS = 1_000_000


class Clock:
    """The machine's time, which a test moves."""

    def __init__(self) -> None:
        self.ns = 1_000

    def __call__(self) -> int:
        return self.ns


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(hindsight, "time_ns", clock)
    return clock


@pytest.fixture
def exported(clock: Clock) -> Iterator[InMemorySpanExporter]:
    """No trace is chosen; slow is a second."""
    exporter = InMemorySpanExporter()
    provider = record("order", SimpleSpanProcessor(exporter), ratio=0.0, slow_seconds=1.0)
    yield exporter
    trace_with(None, ratio=0)
    provider.shutdown()


def names(exported: InMemorySpanExporter) -> list[str]:
    return [one.name for one in exported.get_finished_spans()]


def test_what_goes_well_and_soon_is_forgotten(exported: InMemorySpanExporter, clock: Clock) -> None:
    with span("call"), span("inner"):
        clock.ns += 999 * MS

    assert names(exported) == []


def test_what_fails_goes_out_with_all_around_it(exported: InMemorySpanExporter) -> None:
    with span("call", kind=SpanKind.SERVER, parent=NOT_KEPT, attributes={"of": 1}) as call:
        with span("before"):
            pass
        with suppress(RuntimeError), span("work") as work:
            work.set("facts", 3)
            raise RuntimeError("Ada Lovelace, 12 St James's Square")

    before, failed, outer = exported.get_finished_spans()
    assert [before.name, failed.name, outer.name] == ["before", "work", "call"]
    assert (failed.status.status_code, failed.status.description) == (
        StatusCode.ERROR,
        "RuntimeError",
    )
    assert dict(failed.attributes or {}) == {"facts": 3}
    assert failed.parent is not None
    assert f"{failed.parent.span_id:016x}" == call.span_id
    assert outer.context is not None
    assert outer.parent is not None
    assert f"{outer.context.trace_id:032x}" == TRACE
    assert f"{outer.parent.span_id:016x}" == PARENT
    assert outer.kind is SpanKind.SERVER
    assert outer.resource.attributes["service.name"] == "order"


def test_what_is_slow_goes_out_with_its_times(exported: InMemorySpanExporter, clock: Clock) -> None:
    with span("call"), span("inner"):
        clock.ns += 1000 * MS

    assert names(exported) == ["inner", "call"]
    inner = exported.get_finished_spans()[0]
    assert (inner.start_time, inner.end_time) == (1_000, 1_000 + 1000 * MS)
    assert inner.status.status_code is StatusCode.UNSET


def test_a_refusal_is_an_answer_and_keeps_nothing(exported: InMemorySpanExporter) -> None:
    with span("call") as call:
        call.refused("NOT_FOUND")

    assert names(exported) == []


def test_what_follows_a_failure_is_kept_elsewhere_too(exported: InMemorySpanExporter) -> None:
    with span("call") as call:
        with span("tried") as tried:
            tried.failed("TIMEOUT")
        with span("tried again") as again:
            assert again.traceparent.startswith(f"00-{call.trace_id}-")
            assert again.traceparent.endswith("-01")

    assert names(exported) == ["tried", "tried again", "call"]


def test_one_call_going_wrong_keeps_no_other(exported: InMemorySpanExporter) -> None:
    with span("a call"), span("another message", parent=NOT_KEPT) as other:
        other.failed("TIMEOUT")

    assert names(exported) == ["another message"]


def test_what_is_held_is_bounded(exported: InMemorySpanExporter) -> None:
    with span("stream") as stream:
        for number in range(10_000):
            with span(f"part {number}"):
                pass
        stream.failed("INTERNAL")

    assert names(exported)[-2:] == ["part 9999", "stream"]
    assert len(names(exported)) == hindsight.HELD_MAX


def test_what_was_chosen_goes_out_once(clock: Clock) -> None:
    exporter = InMemorySpanExporter()
    provider = record("order", SimpleSpanProcessor(exporter), ratio=1.0, slow_seconds=1.0)

    with span("call"), span("inner") as inner:
        inner.failed("INTERNAL")

    assert names(exporter) == ["inner", "call"]
    trace_with(None, ratio=0)
    provider.shutdown()


def test_where_nothing_is_exported_nothing_is_held() -> None:
    with span("call") as call:
        call.set("of", 1)
        assert call._recorded is None
