"""Where recorded spans go: to a collector, or as lines of JSON into a file."""

from collections.abc import Sequence
from pathlib import Path

import orjson
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

FILE = "file:"


def exporter_to(target: str) -> SpanExporter:
    """`http(s)://host:port` is an OTLP collector, `file:path` a file of JSON lines."""
    if target.startswith(FILE):
        return JsonLinesExporter(Path(target.removeprefix(FILE)))
    if target.startswith(("http://", "https://")):
        return OTLPSpanExporter(endpoint=target, insecure=target.startswith("http://"))
    raise ValueError(f"traces go to http(s)://host:port or file:path, not to {target!r}")


class JsonLinesExporter(SpanExporter):
    """One JSON object a span, so that a trace can be read without a collector."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab")

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self._file.write(b"".join(_line(span) for span in spans))
        self._file.flush()
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        self._file.close()


def _line(span: ReadableSpan) -> bytes:
    context = span.get_span_context()
    assert context is not None, "a span that ended has a context"
    return orjson.dumps(
        {
            "trace_id": f"{context.trace_id:032x}",
            "span_id": f"{context.span_id:016x}",
            "parent": f"{span.parent.span_id:016x}" if span.parent else None,
            "name": span.name,
            "kind": span.kind.name,
            "service": span.resource.attributes["service.name"],
            "start": span.start_time,
            "end": span.end_time,
            "attributes": dict(span.attributes or {}),
            "status": span.status.status_code.name,
            "reason": span.status.description,
        },
        option=orjson.OPT_APPEND_NEWLINE,
    )
