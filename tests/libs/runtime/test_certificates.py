"""Both ends show a certificate of the same authority, and renewed files count at once."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer

from libs.runtime.certificates import Certificates
from tests.libs.runtime.authority import Authority

ASKED = health_pb2.HealthCheckRequest()
YESTERDAY = datetime.now(UTC) - timedelta(days=1)


@asynccontextmanager
async def grpc_server(folder: Path) -> AsyncIterator[str]:
    server = grpc.aio.server()
    servicer = HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    await servicer.set("", health_pb2.HealthCheckResponse.SERVING)
    port = server.add_secure_port("127.0.0.1:0", Certificates(folder).server_credentials())
    await server.start()
    yield f"127.0.0.1:{port}"
    await server.stop(0)


async def call(address: str, folder: Path, *, shown: bool = True) -> None:
    credentials = grpc.ssl_channel_credentials(
        root_certificates=(folder / "ca.crt").read_bytes(),
        private_key=(folder / "tls.key").read_bytes() if shown else None,
        certificate_chain=(folder / "tls.crt").read_bytes() if shown else None,
    )
    async with grpc.aio.secure_channel(address, credentials) as channel:
        await health_pb2_grpc.HealthStub(channel).Check(ASKED, timeout=5)


async def test_a_caller_with_a_certificate_of_the_authority_is_let_in(tmp_path: Path) -> None:
    authority = Authority()
    authority.fill(tmp_path / "server", "order")
    authority.fill(tmp_path / "caller", "storefront")

    async with grpc_server(tmp_path / "server") as address:
        await call(address, tmp_path / "caller")


@pytest.mark.parametrize("fault", ["none shown", "foreign", "expired"])
async def test_any_other_caller_is_not(tmp_path: Path, fault: str) -> None:
    authority = Authority()
    authority.fill(tmp_path / "server", "order")
    issuer = Authority() if fault == "foreign" else authority
    issuer.fill(tmp_path / "caller", "x", until=YESTERDAY if fault == "expired" else None)
    trusted = (tmp_path / "server" / "ca.crt").read_bytes()
    (tmp_path / "caller" / "ca.crt").write_bytes(trusted)

    async with grpc_server(tmp_path / "server") as address:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call(address, tmp_path / "caller", shown=fault != "none shown")

    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_server_takes_up_renewed_files_without_a_restart(tmp_path: Path) -> None:
    old, new = Authority("old"), Authority("new")
    old.fill(tmp_path / "server", "order")
    new.fill(tmp_path / "caller", "storefront")

    async with grpc_server(tmp_path / "server") as address:
        new.fill(tmp_path / "server", "order")

        await call(address, tmp_path / "caller")


async def test_a_client_takes_up_renewed_files_at_its_next_handshake(tmp_path: Path) -> None:
    """The context is the one that a Kafka client was given when it was made."""
    old, new = Authority("old"), Authority("new")
    old.fill(tmp_path / "client", "order")
    context = Certificates(tmp_path / "client").client_context()

    new.fill(tmp_path / "client", "order")

    assert await issuer_of_whom(new, tmp_path, context) == "new"


async def issuer_of_whom(authority: Authority, folder: Path, context: ssl.SSLContext) -> str:
    """Who vouches for the client that a server meets."""
    authority.fill(folder / "broker", "kafka")
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(folder / "broker" / "tls.crt", folder / "broker" / "tls.key")
    serving.load_verify_locations(folder / "broker" / "ca.crt")
    serving.verify_mode = ssl.CERT_REQUIRED
    met: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def meet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.set_result(
            dict(it[0] for it in writer.get_extra_info("peercert")["issuer"])["commonName"]
        )
        writer.close()

    server = await asyncio.start_server(meet, "127.0.0.1", 0, ssl=serving)
    port = server.sockets[0].getsockname()[1]
    _, writer = await asyncio.open_connection("localhost", port, ssl=context)
    issuer = await asyncio.wait_for(met, 5)
    writer.close()
    server.close()
    return issuer
