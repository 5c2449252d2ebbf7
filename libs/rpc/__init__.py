"""What lies between a gRPC call and a servicer, so that servicers have no try, no log, no span."""

from libs.rpc.authn import Authenticator, TokenAuthenticator
from libs.rpc.caller import Caller, caller, calling_as
from libs.rpc.catalogue import Catalogue
from libs.rpc.client import Connection, RpcRefused, connect
from libs.rpc.limits import Limits
from libs.rpc.server import RunningServer, serve, serve_health

__all__ = [
    "Authenticator",
    "Caller",
    "Catalogue",
    "Connection",
    "Limits",
    "RpcRefused",
    "RunningServer",
    "TokenAuthenticator",
    "caller",
    "calling_as",
    "connect",
    "serve",
    "serve_health",
]
