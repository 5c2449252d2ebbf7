"""The fake as a process: one port, ready as soon as it listens, gone without a trace."""

import asyncio
import os
import signal
from collections.abc import Callable
from datetime import datetime

from deploy.fake.clock import MovableClock
from deploy.fake.servicer import FakeServicer
from deploy.fake.services import MAKE
from deploy.fake.world import World
from deploy.local.home import Home, ServiceAt, State
from deploy.local.tokens import AUDIENCE, ISSUER, ensure_keys
from libs.contracts.fake.v1.fake_service_pb2_grpc import add_FakeServiceServicer_to_server
from libs.observability.logs import configure_logs
from libs.rpc import TokenAuthenticator, serve

DRAIN_SECONDS = 1.0


async def run(
    home: Home,
    *,
    listen: str,
    start: datetime | None,
    log_level: str,
    ready: Callable[[str], None],
) -> None:
    """Until SIGTERM or SIGINT."""
    configure_logs("fake", level=log_level)
    ensure_keys(home)
    world = World(MovableClock(start))
    server = await serve(
        {**world.servicers(), add_FakeServiceServicer_to_server: FakeServicer(world)},
        listen=listen,
        authenticator=TokenAuthenticator(home.jwks, issuer=ISSUER, audience=AUDIENCE),
    )
    ended = asyncio.Event()
    for end in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(end, ended.set)
    home.save(_state(home, server.address))
    await server.serving(True)
    ready(server.address)
    beginning = asyncio.create_task(world.begin())
    await ended.wait()
    beginning.cancel()
    await server.drain(DRAIN_SECONDS)
    await world.end()
    home.save(State(ports=home.load().ports))


def _state(home: Home, address: str) -> State:
    """As the local stack leaves it for the other commands, with one address for all."""
    return State(
        supervisor=os.getpid(),
        ready=True,
        ports=home.load().ports,
        services={name: ServiceAt(address=address, metrics="", database="") for name in MAKE},
        fake=True,
    )
