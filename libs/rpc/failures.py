"""What the caller is told when a call fails: never more than a refusal says of itself."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import ceil

import grpc
import structlog
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from libs.domain import Refusal
from libs.observability.logs import places_of
from libs.rpc.catalogue import Catalogue
from libs.rpc.outages import outage
from libs.rpc.refusals import InvalidRequest, Overloaded, Violation

RETRY_AFTER_S = 1.0
VIOLATIONS_MAX = 16
TEXT_MAX = 256
"""Details travel in a trailer, for which HTTP/2 peers allow 8 KiB."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Failure:
    """How a call failed."""

    code: grpc.StatusCode
    reason: str
    status: Status
    bug: Exception | None = None
    """What ought not to have happened; it is for our log, and never leaves the process."""

    @property
    def trailer(self) -> tuple[tuple[str, bytes], ...]:
        return (("grpc-status-details-bin", self.status.SerializeToString()),)

    def report(self) -> None:
        """Log a bug under its incident id; a refusal is nothing to report."""
        if self.bug is not None:
            log.error(
                self.status.message,
                error=type(self.bug).__qualname__,
                places=places_of(self.bug),
            )


def failure_of(error: Exception, catalogue: Catalogue, *, incident: str) -> Failure:
    """A refusal tells its reason, and so does an outage; anything else is an incident, and only
    its id goes out."""
    error = outage(error) or error
    if isinstance(error, Refusal):
        try:
            code, reason = catalogue.status_of(error)
        except LookupError as undeclared:
            return _incident(undeclared, catalogue, incident)
        return _refused(error, code, reason, catalogue)
    return _incident(error, catalogue, incident)


def _refused(refusal: Refusal, code: grpc.StatusCode, reason: str, catalogue: Catalogue) -> Failure:
    details: list[Message] = [_info(reason, catalogue, refusal.metadata)]
    if violations := list(_violations(refusal)):
        details.append(BadRequest(field_violations=violations))
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        details.append(RetryInfo(retry_delay=_delay(refusal)))
    return _failure(code, reason, str(refusal), details)


def _delay(refusal: Refusal) -> Duration:
    seconds = refusal.retry_after_s if isinstance(refusal, Overloaded) else RETRY_AFTER_S
    delay = Duration()
    delay.FromMilliseconds(ceil(seconds * 1000))
    return delay


def _incident(error: Exception, catalogue: Catalogue, incident: str) -> Failure:
    info = _info("INTERNAL", catalogue, {"incident": incident})
    failure = _failure(grpc.StatusCode.INTERNAL, "INTERNAL", f"incident {incident}", [info])
    return replace(failure, bug=error)


def _failure(code: grpc.StatusCode, reason: str, text: str, details: Iterable[Message]) -> Failure:
    packed = []
    for detail in details:
        packed.append(AnyMessage())
        packed[-1].Pack(detail)
    status = Status(code=code.value[0], message=text[:TEXT_MAX], details=packed)
    return Failure(code=code, reason=reason, status=status)


def _info(reason: str, catalogue: Catalogue, metadata: dict[str, str]) -> ErrorInfo:
    short = {key: str(value)[:TEXT_MAX] for key, value in metadata.items()}
    return ErrorInfo(reason=reason, domain=catalogue.domain, metadata=short)


def _violations(refusal: Refusal) -> Iterable[BadRequest.FieldViolation]:
    found: Iterable[Violation] = ()
    if isinstance(refusal, InvalidRequest) and refusal.violations:
        found = refusal.violations[:VIOLATIONS_MAX]
    elif refusal.field:
        found = [Violation(field=refusal.field, description=str(refusal))]
    for violation in found:
        yield BadRequest.FieldViolation(
            field=violation.field[:TEXT_MAX],
            description=violation.description[:TEXT_MAX],
            reason=violation.rule,
        )
