"""A channel that brings a token, sets deadlines, tries again, and raises refusals by reason."""

from collections.abc import AsyncIterator, Awaitable, Callable
from inspect import isawaitable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import grpc

from libs.client.refused import refusals
from libs.client.waking import woken_once

Token = Callable[[], str | Awaitable[str]]
"""Gives the token of the moment; asked at every call, so that it can be renewed."""

Metadata = tuple[tuple[str, str], ...]

DEADLINE_S = 5.0
RESPONSE_BYTES_MAX = 16 * 1024 * 1024
SERVICE_CONFIG = Path(__file__).with_name("service_config.json")
"""Written from the protos: deadlines for all methods, retries for those that are safe to repeat."""


def connect(
    address: str,
    token: Token | str | None = None,
    *,
    credentials: grpc.ChannelCredentials | None = None,
    deadline_s: float = DEADLINE_S,
    traceparent: Callable[[], str | None] = lambda: None,
) -> "Connection":
    """A channel for generated stubs: `OrderServiceStub(connect(address, token))`.

    `credentials` make it speak TLS, see `tls`; `traceparent` gives the W3C trace that we are in.
    """
    options = [
        ("grpc.service_config", SERVICE_CONFIG.read_text()),
        ("grpc.max_receive_message_length", RESPONSE_BYTES_MAX),
    ]
    with woken_once():
        channel = (
            grpc.aio.insecure_channel(address, options)
            if credentials is None
            else grpc.aio.secure_channel(address, credentials, options)
        )
    return Connection(channel, token, deadline_s, traceparent)


class Connection(grpc.aio.Channel):
    """A channel of grpc.aio, but for what it adds to every call.

    Interceptors could add it too, at the price of a task a call.
    """

    def __init__(
        self,
        channel: grpc.aio.Channel,
        token: Token | str | None,
        deadline_s: float,
        traceparent: Callable[[], str | None],
    ) -> None:
        self._channel = channel
        self._token = token
        self._deadline_s = deadline_s
        self._traceparent = traceparent

    def unary_unary(self, *args: Any, **kwargs: Any) -> Any:  # As generated stubs call it.
        call = self._channel.unary_unary(*args, **kwargs)

        async def send(request: Any, timeout: float | None = None, metadata: Metadata = ()) -> Any:
            with refusals():
                return await call(
                    request,
                    timeout=timeout or self._deadline_s,
                    metadata=(*metadata, *await self._headers()),
                )

        return send

    def unary_stream(self, *args: Any, **kwargs: Any) -> Any:  # As generated stubs call it.
        call = self._channel.unary_stream(*args, **kwargs)

        async def send(
            request: Any, timeout: float | None = None, metadata: Metadata = ()
        ) -> AsyncIterator[Any]:
            with refusals():
                async for response in call(
                    request, timeout=timeout, metadata=(*metadata, *await self._headers())
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

    async def _headers(self) -> Metadata:
        headers = []
        token = self._token() if callable(self._token) else self._token
        if isawaitable(token):
            token = await token
        if token:
            headers.append(("authorization", f"Bearer {token}"))
        if traceparent := self._traceparent():
            headers.append(("traceparent", traceparent))
        return tuple(headers)


def tls(
    authorities: Path | None = None,
    *,
    certificate: Path | None = None,
    key: Path | None = None,
) -> grpc.ChannelCredentials:
    """Trust these authorities, else the system's; show our own certificate if asked for one."""
    return grpc.ssl_channel_credentials(
        root_certificates=authorities.read_bytes() if authorities else None,
        private_key=key.read_bytes() if key else None,
        certificate_chain=certificate.read_bytes() if certificate else None,
    )
