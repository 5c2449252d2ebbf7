"""What is known of a call from outside: its span, its one log line, its count, and its failure."""

import asyncio
import re
from types import TracebackType
from typing import Any, NoReturn, TypeAlias

import grpc
import structlog
from google.protobuf.message import Message

from libs.observability import Family, Histogram, Metrics, Span, span
from libs.observability.metrics import Counter
from libs.observability.tracing import SpanKind
from libs.rpc.caller import Caller
from libs.rpc.failures import Failure, failure_of
from libs.rpc.method import Method
from libs.runtime.cause import Cause
from libs.runtime.clock import perf_counter

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"  # Messages of any method.

CORRELATION = "x-correlation-id"
_CORRELATION = re.compile(r"[\w.:-]{1,128}")

FAULTS = {
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.UNIMPLEMENTED,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DATA_LOSS,
}
"""By OpenTelemetry's conventions a server's errors; any other code is an answer to its caller."""

log = structlog.get_logger()


class Watch:
    """Watches the calls of one server."""

    def __init__(self, metrics: Metrics) -> None:
        self.calls: Family[Counter] = metrics.counter(
            "entrepot_rpc_calls", "Calls that ended.", ["method", "code"]
        )
        self.seconds: Family[Histogram] = metrics.histogram(
            "entrepot_rpc_seconds", "Duration of calls.", ["method"]
        )
        self.untold = metrics.counter(
            "entrepot_rpc_untold", "Calls whose log line could not be written."
        ).labels()

    def call(self, method: Method, context: Context) -> "Call":
        return Call(self, method, context)


class Call:
    """One call under way. As a `with` block it is the stages errors and trace:

    what is raised inside becomes `failure`, to be sent with `fail` after the block.
    """

    __slots__ = ("_began", "_context", "_method", "_span", "_watch", "failure", "metadata", "said")

    def __init__(self, watch: Watch, method: Method, context: Context) -> None:
        self._watch = watch
        self._method = method
        self._context = context
        self.metadata: dict[str, str] = dict(context.invocation_metadata() or ())
        self.failure: Failure | None = None
        self.said: dict[str, object] = {}

    def cause(self, request: Message, caller: Caller) -> Cause:
        """Why the call happens, for the facts that it records and for every line it logs."""
        request_id = getattr(request, "request_id", "")
        correlation = self.metadata.get(CORRELATION, "")
        if not _CORRELATION.fullmatch(correlation):
            correlation = request_id or self._span.trace_id
        if self._method.batch:
            self.said["items"] = len(request.requests)  # type: ignore[attr-defined]
        structlog.contextvars.bind_contextvars(
            correlation_id=correlation, request_id=request_id, caller=caller.subject
        )
        return Cause(
            correlation_id=correlation,
            causation_id=request_id,
            actor=caller.subject,
            traceparent=self._span.traceparent,
        )

    async def fail(self, context: Context) -> NoReturn:
        """Tell the client why nothing came of it."""
        assert self.failure is not None, "a call without an answer has failed"
        await context.abort(self.failure.code, self.failure.status.message, self.failure.trailer)

    def __enter__(self) -> "Call":
        self._began = perf_counter()
        self._span: Span = span(
            self._method.name, kind=SpanKind.SERVER, parent=self.metadata.get("traceparent")
        ).__enter__()
        structlog.contextvars.bind_contextvars(trace_id=self._span.trace_id)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if isinstance(error, Exception) and not isinstance(error, grpc.aio.AbortError):
            self.failure = failure_of(error, self._method.catalogue, incident=self._span.span_id)
            if self.failure.code in FAULTS:
                self._span.failed(self.failure.reason)
            else:
                self._span.refused(self.failure.reason)
        self._span.__exit__(None, None, None)
        try:
            self._tell(self._code(error))
        except Exception:  # What was done stays done, even if nobody can be told of it.
            self._watch.untold.add()
        return self.failure is not None

    def _code(self, error: BaseException | None) -> str:
        if self.failure is not None:
            return self.failure.code.name
        if isinstance(error, asyncio.CancelledError | GeneratorExit):
            return "CANCELLED"
        return "OK" if error is None else "UNKNOWN"

    def _tell(self, code: str) -> None:
        seconds = perf_counter() - self._began
        name = self._method.name
        self._watch.calls.labels(name, code).add()
        self._watch.seconds.labels(name).observe(seconds)
        if self.failure is not None:
            self.said["reason"] = self.failure.reason
            self.failure.report()
        log.info("call", method=name, code=code, ms=round(seconds * 1000, 3), **self.said)
