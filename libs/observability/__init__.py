"""What a running process tells those who watch it: log lines, traces, metrics."""

from libs.observability.metrics import (
    Counter,
    Counters,
    Family,
    Histogram,
    Histograms,
    Metrics,
)
from libs.observability.telemetry import Telemetry, setup
from libs.observability.tracing import Span, current_traceparent, span

__all__ = [
    "Counter",
    "Counters",
    "Family",
    "Histogram",
    "Histograms",
    "Metrics",
    "Span",
    "Telemetry",
    "current_traceparent",
    "setup",
    "span",
]
