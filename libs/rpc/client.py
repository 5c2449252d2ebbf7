"""A channel that brings a token, sets deadlines, tries again, and raises refusals by reason."""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, cast

import grpc
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from libs.observability import current_traceparent

Token = Callable[[], str]
"""Gives the token of the moment; asked at every call, so that it can be renewed."""

Metadata = tuple[tuple[str, str], ...]

DEADLINE_S = 5.0
RESPONSE_BYTES_MAX = 16 * 1024 * 1024

# Reads are safe to repeat, and writes carry a request id: any call may be sent again while the
# server was not reached or said that it does not want it yet.
SERVICE_CONFIG = {
    "methodConfig": [
        {
            "name": [{}],
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.1s",
                "maxBackoff": "2s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}


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

    @classmethod
    def of(cls, error: grpc.aio.AioRpcError) -> Self:
        """Read the details that servers of ours send along."""
        details = cast("grpc.aio.Metadata", error.trailing_metadata()).get(
            "grpc-status-details-bin"
        )
        if details is not None:
            return cls.told(Status.FromString(details))
        return cls(error.code(), error.details() or "")

    @classmethod
    def told(cls, status: Status) -> Self:
        """The refusal in a status, be it of a call or of one item of a batch."""
        info, bad, retry = ErrorInfo(), BadRequest(), RetryInfo()
        for detail in status.details:
            for known in (info, bad, retry):
                detail.Unpack(known)
        return cls(
            _CODES[status.code],
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


_CODES = {code.value[0]: code for code in grpc.StatusCode}


def connect(
    address: str,
    token: Token | str | None = None,
    *,
    credentials: grpc.ChannelCredentials | None = None,
    deadline_s: float = DEADLINE_S,
) -> "Connection":
    """A channel for generated stubs: `OrderServiceStub(connect(address, token))`."""
    options = [
        ("grpc.service_config", json.dumps(SERVICE_CONFIG)),
        ("grpc.max_receive_message_length", RESPONSE_BYTES_MAX),
    ]
    channel = (
        grpc.aio.insecure_channel(address, options)
        if credentials is None
        else grpc.aio.secure_channel(address, credentials, options)
    )
    return Connection(channel, token, deadline_s)


class Connection(grpc.aio.Channel):
    """A channel of grpc.aio, but for what it adds to every call.

    Interceptors could add it too, at the price of a task a call.
    """

    def __init__(
        self, channel: grpc.aio.Channel, token: Token | str | None, deadline_s: float
    ) -> None:
        self._channel = channel
        self._token = token
        self._deadline_s = deadline_s

    def unary_unary(self, *args: Any, **kwargs: Any) -> Any:  # As generated stubs call it.
        call = self._channel.unary_unary(*args, **kwargs)

        async def send(request: Any, timeout: float | None = None, metadata: Metadata = ()) -> Any:
            with refusals():
                return await call(
                    request,
                    timeout=timeout or self._deadline_s,
                    metadata=(*metadata, *self._headers()),
                )

        return send

    def unary_stream(self, *args: Any, **kwargs: Any) -> Any:  # As generated stubs call it.
        call = self._channel.unary_stream(*args, **kwargs)

        async def send(
            request: Any, timeout: float | None = None, metadata: Metadata = ()
        ) -> AsyncIterator[Any]:
            with refusals():
                async for response in call(
                    request, timeout=timeout, metadata=(*metadata, *self._headers())
                ):
                    yield response

        return send

    def stream_unary(self, *args: Any, **kwargs: Any) -> Any:
        return self._channel.stream_unary(*args, **kwargs)

    def stream_stream(self, *args: Any, **kwargs: Any) -> Any:
        return self._channel.stream_stream(*args, **kwargs)

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        return self._channel.get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        await self._channel.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        await self._channel.channel_ready()

    async def close(self, grace: float | None = None) -> None:
        await self._channel.close(grace)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def _headers(self) -> Metadata:
        headers = []
        if token := self._token() if callable(self._token) else self._token:
            headers.append(("authorization", f"Bearer {token}"))
        if traceparent := current_traceparent():
            headers.append(("traceparent", traceparent))
        return tuple(headers)


@contextmanager
def refusals() -> Iterator[None]:
    """Raise what the server refuses inside as `RpcRefused`."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        raise RpcRefused.of(error) from error
