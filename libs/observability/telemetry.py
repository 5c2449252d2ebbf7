"""Telemetry of a process: set up first, shut down last."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from libs.observability.lag import LoopLag
from libs.observability.logs import configure_logs
from libs.observability.metrics import Metrics
from libs.observability.tracing import trace_with

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

    from libs.observability.endpoint import Endpoint


@dataclass(slots=True)
class Telemetry:
    """What `setup` made. Pass `metrics` to whoever counts."""

    metrics: Metrics
    _lag: LoopLag
    _provider: "TracerProvider | None" = None
    _endpoint: "Endpoint | None" = None

    @property
    def metrics_address(self) -> str | None:
        """Where the metrics are served, with the port that was bound."""
        return self._endpoint.address if self._endpoint else None

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Measure from now on how late the loop comes to what is due."""
        self._lag.watch(loop)

    def shutdown(self) -> None:
        """Send what is still held back, and close."""
        self._lag.stop()
        if self._provider is not None:
            trace_with(None, ratio=0)
            self._provider.shutdown()
        if self._endpoint is not None:
            self._endpoint.close()


def setup(
    service: str,
    *,
    traces: str | None = None,
    log_level: str = "info",
    sample_ratio: float = 1.0,
    slow_seconds: float = 1.0,
    metrics: str | None = None,
) -> Telemetry:
    """Begin to log, to trace and to serve metrics as the settings of a process say.

    `traces` is an OTLP collector, `file:path`, or None; `metrics` the `host:port` to serve on.
    """
    configure_logs(service, level=log_level)
    registry = Metrics()
    lag = LoopLag(registry)
    telemetry = Telemetry(metrics=registry, _lag=lag)
    # What sends is loaded where something is to be sent: it is half of what a process loads.
    if traces:
        from libs.observability.recording import recording  # noqa: PLC0415

        telemetry._provider = recording(
            service, traces, ratio=sample_ratio, slow_seconds=slow_seconds
        )
    if metrics:
        from libs.observability.endpoint import Endpoint  # noqa: PLC0415

        telemetry._endpoint = Endpoint(registry, listen=metrics)
    return telemetry
