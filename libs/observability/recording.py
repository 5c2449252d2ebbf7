"""Spans of traces that are kept, on their way out of the process."""

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Status, StatusCode

from libs.observability.exporters import exporter_to
from libs.observability.hindsight import Held, Hindsight
from libs.observability.tracing import span_context, trace_with

SCOPE = "entrepot"
EXPORT_DELAY_MS = 500


def recording(service: str, target: str, *, ratio: float, slow_seconds: float) -> TracerProvider:
    """Record from now on, and send to `target`."""
    processor = BatchSpanProcessor(exporter_to(target), schedule_delay_millis=EXPORT_DELAY_MS)
    return record(service, processor, ratio=ratio, slow_seconds=slow_seconds)


def record(
    service: str, processor: SpanProcessor, *, ratio: float, slow_seconds: float
) -> TracerProvider:
    """Record from now on, and hand to `processor`."""
    # Always on: `span` asks for a span only after it has decided that the trace is kept.
    provider = TracerProvider(
        sampler=ALWAYS_ON,
        resource=Resource.create({"service.name": service}),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(processor)

    def export(held: Held) -> None:
        processor.on_end(_readable(held, provider.resource))

    hindsight = Hindsight(export, slow_seconds=slow_seconds)
    trace_with(provider.get_tracer(SCOPE), ratio=ratio, hindsight=hindsight)
    return provider


def _readable(held: Held, resource: Resource) -> ReadableSpan:
    return ReadableSpan(
        held.name,
        context=span_context(held.traceparent),
        parent=span_context(held.parent) if held.parent else None,
        resource=resource,
        attributes=held.attributes,
        kind=held.kind,
        status=Status(StatusCode.ERROR, held.reason) if held.reason else Status(),
        start_time=held.began,
        end_time=held.ended,
        instrumentation_scope=InstrumentationScope(SCOPE),
    )
