"""Spans of traces that are kept, on their way out of the process."""

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from libs.observability.exporters import exporter_to
from libs.observability.tracing import trace_with

EXPORT_DELAY_MS = 500


def recording(service: str, target: str, *, ratio: float) -> TracerProvider:
    """Record from now on, and send to `target`."""
    # Always on: `span` asks for a span only after it has decided that the trace is kept.
    provider = TracerProvider(
        sampler=ALWAYS_ON,
        resource=Resource.create({"service.name": service}),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(
        BatchSpanProcessor(exporter_to(target), schedule_delay_millis=EXPORT_DELAY_MS)
    )
    trace_with(provider.get_tracer("entrepot"), ratio=ratio)
    return provider
