"""How a call is refused: by a status, a reason of the catalogue, and what they are about."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import cast

import grpc
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status


class RpcRefused(Exception):
    """The server refused, and said why."""

    def __init__(
        self,
        code: grpc.StatusCode,
        message: str,
        *,
        reason: str = "",
        field: str = "",
        metadata: Mapping[str, str] | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(f"{reason or code.name}: {message}")
        self.code = code
        self.message = message
        self.reason = reason
        self.field = field
        self.metadata = dict(metadata or {})
        self.retry_after_s = retry_after_s

    @staticmethod
    def of(error: grpc.aio.AioRpcError) -> "RpcRefused":
        """Read the details that servers of ours send along."""
        details = cast("grpc.aio.Metadata", error.trailing_metadata()).get(
            "grpc-status-details-bin"
        )
        if details is not None:
            return RpcRefused.told(Status.FromString(details))
        return _kind(error.code())(error.code(), error.details() or "")

    @staticmethod
    def told(status: Status) -> "RpcRefused":
        """The refusal in a status, be it of a call or of one item of a batch."""
        info, bad, retry = ErrorInfo(), BadRequest(), RetryInfo()
        for detail in status.details:
            for known in (info, bad, retry):
                detail.Unpack(known)
        code = _CODES[status.code]
        return _kind(code)(
            code,
            status.message,
            reason=info.reason,
            field=bad.field_violations[0].field if bad.field_violations else "",
            metadata=info.metadata,
            retry_after_s=(
                retry.retry_delay.ToTimedelta().total_seconds()
                if retry.HasField("retry_delay")
                else None
            ),
        )


class InvalidArgument(RpcRefused):
    """The request cannot be right whatever the state; `field` says where."""


class DeadlineExceeded(RpcRefused):
    """It took too long. It may have happened: the same request may be sent again."""


class NotFound(RpcRefused):
    """What is named does not exist, or not for this caller."""


class AlreadyExists(RpcRefused):
    """What would be made is there, or the request's id was used for something else."""


class PermissionDenied(RpcRefused):
    """The caller may not do this."""


class ResourceExhausted(RpcRefused):
    """A limit is reached; `retry_after_s` says when to come back."""


class FailedPrecondition(RpcRefused):
    """A rule of the business forbids it in the present state; `reason` names the rule."""


class Aborted(RpcRefused):
    """The state moved meanwhile: read again, and decide again."""


class Unavailable(RpcRefused):
    """Nobody is there just now. The same request may be sent again."""


class Unauthenticated(RpcRefused):
    """It is not known who calls."""


@contextmanager
def refusals() -> Iterator[None]:
    """Raise what the server refuses inside as `RpcRefused`."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        raise RpcRefused.of(error) from error


def _kind(code: grpc.StatusCode) -> type[RpcRefused]:
    return _KINDS.get(code, RpcRefused)


_CODES = {code.value[0]: code for code in grpc.StatusCode}
_KINDS: Mapping[grpc.StatusCode, type[RpcRefused]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgument,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.ALREADY_EXISTS: AlreadyExists,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDenied,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ResourceExhausted,
    grpc.StatusCode.FAILED_PRECONDITION: FailedPrecondition,
    grpc.StatusCode.ABORTED: Aborted,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.UNAUTHENTICATED: Unauthenticated,
}
