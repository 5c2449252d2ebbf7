"""A database that asks for certificates lets in those of its authority, each as who it says."""

from __future__ import annotations

import os
import shutil
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from deploy.local.postgres import OWNER, PostgresServer
from tests.libs.runtime.authority import Authority
from tests.tools import missing

YESTERDAY = datetime.now(UTC) - timedelta(days=1)
CHOSEN = os.environ.get("ENTREPOT_POSTGRES_BIN")
INSTALLED = sorted(
    folder
    for folder in ([Path(CHOSEN)] if CHOSEN else Path("/usr/lib/postgresql").glob("*/bin"))
    if (folder / "initdb").exists()
)
"""Debian's, or the one chosen: that in our wheel is built without TLS."""


@dataclass(frozen=True, slots=True)
class Guarded:
    port: int
    authority: Authority


@pytest.fixture(scope="module")
def guarded() -> Iterator[Guarded]:
    if not INSTALLED:
        raise missing("a PostgreSQL with TLS", made_by="make postgres")
    folder = Path(tempfile.mkdtemp(prefix="entrepot-"))
    folder.chmod(0o755)
    authority = Authority()
    server = PostgresServer(folder / "postgres", bin_dir=INSTALLED[-1])
    server.prepare()
    shown = server.folder / "tls"
    authority.fill(shown, "localhost")
    rules = server.folder / "rules"
    rules.write_text("hostssl all all 127.0.0.1/32 cert\n")
    for path in (shown, *shown.iterdir(), rules):
        path.chmod(0o700 if path.is_dir() else 0o600)
        if server.user is not None and os.geteuid() == 0:
            shutil.chown(path, server.user, server.user)
    settings = {
        "ssl": "on",
        "ssl_cert_file": str(shown / "tls.crt"),
        "ssl_key_file": str(shown / "tls.key"),
        "ssl_ca_file": str(shown / "ca.crt"),
        "hba_file": str(rules),
    }
    with PostgresServer(folder / "postgres", bin_dir=INSTALLED[-1], settings=settings) as running:
        yield Guarded(running.port, authority)
    shutil.rmtree(folder)
    shutil.rmtree(server.folder, ignore_errors=True)


async def ask(guarded: Guarded, shown: Path) -> str:
    """Who we are, connected as the manifests have it."""
    files = f"sslrootcert={shown}/ca.crt&sslcert={shown}/tls.crt&sslkey={shown}/tls.key"
    dsn = f"postgresql://{OWNER}@localhost:{guarded.port}/postgres?sslmode=verify-full&{files}"
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        return str(await connection.fetchval("select current_user"))
    finally:
        await connection.close()


async def test_who_is_vouched_for_is_let_in(guarded: Guarded, tmp_path: Path) -> None:
    guarded.authority.fill(tmp_path / "shown", OWNER)

    assert await ask(guarded, tmp_path / "shown") == OWNER


@pytest.mark.parametrize("fault", ["foreign", "expired", "another's name"])
async def test_any_other_is_not(guarded: Guarded, tmp_path: Path, fault: str) -> None:
    issuer = Authority() if fault == "foreign" else guarded.authority
    name = "somebody" if fault == "another's name" else OWNER
    issuer.fill(tmp_path / "shown", name, until=YESTERDAY if fault == "expired" else None)
    guarded.authority.fill(tmp_path / "trusted", "x")
    (tmp_path / "shown" / "ca.crt").write_bytes((tmp_path / "trusted" / "ca.crt").read_bytes())

    with pytest.raises((asyncpg.PostgresError, OSError)):
        await ask(guarded, tmp_path / "shown")


async def test_a_server_that_somebody_else_vouches_for_is_not_talked_to(
    guarded: Guarded, tmp_path: Path
) -> None:
    Authority().fill(tmp_path / "shown", OWNER)

    with pytest.raises(ssl.SSLCertVerificationError):
        await ask(guarded, tmp_path / "shown")
