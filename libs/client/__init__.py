"""What it takes to call the services: a channel, tokens, deadlines, refusals, pages, batches.

It is published as the wheel `entrepot-client`, and needs nothing of this repository but the
contracts.
"""

from libs.client.batches import each
from libs.client.channel import Connection, Token, connect, tls
from libs.client.pages import pages
from libs.client.patience import patiently
from libs.client.refused import (
    Aborted,
    AlreadyExists,
    DeadlineExceeded,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    RpcRefused,
    Unauthenticated,
    Unavailable,
)
from libs.client.requests import identified
from libs.client.tokens import Renewed

__all__ = [
    "Aborted",
    "AlreadyExists",
    "Connection",
    "DeadlineExceeded",
    "FailedPrecondition",
    "InvalidArgument",
    "NotFound",
    "PermissionDenied",
    "Renewed",
    "ResourceExhausted",
    "RpcRefused",
    "Token",
    "Unauthenticated",
    "Unavailable",
    "connect",
    "each",
    "identified",
    "pages",
    "patiently",
    "tls",
]
