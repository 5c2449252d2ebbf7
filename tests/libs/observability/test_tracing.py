"""One order is one trace, and whether it is kept is decided once."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from libs.observability import current_traceparent, span
from libs.observability.tracing import trace_with

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
KEPT = f"00-{TRACE}-{PARENT}-01"
NOT_KEPT = f"00-{TRACE}-{PARENT}-00"


class Recorded(InMemorySpanExporter):
    def named(self, name: str) -> ReadableSpan:
        (found,) = (one for one in self.get_finished_spans() if one.name == name)
        return found


@pytest.fixture
def recorded() -> Iterator[Recorded]:
    """Keeps all traces."""
    exporter = Recorded()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace_with(provider.get_tracer("test"), ratio=1.0)
    yield exporter
    provider.shutdown()


def test_outside_of_any_span_there_is_no_trace() -> None:
    assert current_traceparent() is None


def test_a_span_is_below_the_one_it_is_in(recorded: Recorded) -> None:
    with span("outer") as outer:
        with span("inner") as inner:
            assert current_traceparent() == inner.traceparent
        assert current_traceparent() == outer.traceparent

    assert inner.trace_id == outer.trace_id
    parent = recorded.named("inner").parent
    assert parent is not None
    assert f"{parent.span_id:016x}" == outer.span_id
    assert recorded.named("outer").parent is None


def test_a_span_continues_a_trace_from_elsewhere(recorded: Recorded) -> None:
    with span("consume", kind=SpanKind.CONSUMER, parent=KEPT, attributes={"topic": "t"}) as one:
        one.set("facts", 3)

    made = recorded.named("consume")
    assert one.trace_id == TRACE
    assert made.parent is not None
    assert made.parent.is_remote
    assert f"{made.parent.span_id:016x}" == PARENT
    assert made.kind is SpanKind.CONSUMER
    assert dict(made.attributes or {}) == {"topic": "t", "facts": 3}


def test_what_was_not_kept_elsewhere_is_not_kept_here(recorded: Recorded) -> None:
    with span("consume", parent=NOT_KEPT) as outer, span("inner") as inner:
        outer.set("facts", 3)
        outer.failed("NOT_FOUND")

    assert recorded.get_finished_spans() == ()
    assert inner.traceparent.startswith(f"00-{TRACE}-")
    assert inner.traceparent.endswith("-00")
    assert len({PARENT, outer.span_id, inner.span_id}) == 3


def test_a_process_that_records_nothing_passes_on_what_others_keep() -> None:
    with span("consume", parent=KEPT) as one:
        assert one.traceparent.startswith(f"00-{TRACE}-")
        assert one.traceparent.endswith("-01")


def test_one_new_trace_in_so_many_is_kept(recorded: Recorded) -> None:
    (tracer,) = (TracerProvider().get_tracer("test"),)
    trace_with(tracer, ratio=0.25)

    kept = []
    for _ in range(100):
        with span("root") as root:
            kept.append(root.traceparent.endswith("-01"))

    assert kept.count(True) == 25
    assert kept[:8] == [False, False, False, True] * 2


@pytest.mark.parametrize(
    "parent",
    [
        "",
        "nonsense",
        f"00-{TRACE}-{PARENT}",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01\n",
    ],
)
def test_a_parent_that_makes_no_sense_is_none(recorded: Recorded, parent: str) -> None:
    with span("root", parent=parent) as root:
        assert root.trace_id != TRACE

    assert recorded.named("root").parent is None


def test_a_later_version_of_the_header_is_understood(recorded: Recorded) -> None:
    with span("consume", parent=f"01-{TRACE}-{PARENT}-03-more") as one:
        assert one.trace_id == TRACE

    assert recorded.named("consume").parent is not None


def test_a_span_that_ends_in_an_exception_tells_its_type_and_not_its_text(
    recorded: Recorded,
) -> None:
    with pytest.raises(RuntimeError), span("work"):
        raise RuntimeError("Ada Lovelace, 12 St James's Square")

    status = recorded.named("work").status
    assert status.status_code is StatusCode.ERROR
    assert status.description == "RuntimeError"
    assert recorded.named("work").events == ()
    assert current_traceparent() is None
