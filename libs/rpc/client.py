"""The client as processes of ours use it: whatever they call belongs to the trace they are in."""

import grpc

from libs import client
from libs.client import Connection, RpcRefused, Token
from libs.client.channel import DEADLINE_S
from libs.observability import current_traceparent

__all__ = ["Connection", "RpcRefused", "connect"]


def connect(
    address: str,
    token: Token | str | None = None,
    *,
    credentials: grpc.ChannelCredentials | None = None,
    deadline_s: float = DEADLINE_S,
) -> Connection:
    """A channel for generated stubs: `OrderServiceStub(connect(address, token))`."""
    return client.connect(
        address,
        token,
        credentials=credentials,
        deadline_s=deadline_s,
        traceparent=current_traceparent,
    )
