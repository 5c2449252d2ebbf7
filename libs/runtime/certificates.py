"""Certificates that others renew: files in a mounted folder, read again at every handshake."""

import ssl
from pathlib import Path
from typing import Any

import grpc


class Certificates:
    """A folder as cert-manager and Strimzi mount one: `tls.crt`, `tls.key` and `ca.crt`."""

    def __init__(self, folder: Path) -> None:
        self._chain = folder / "tls.crt"
        self._key = folder / "tls.key"
        self._trusted = folder / "ca.crt"

    def client_context(self) -> ssl.SSLContext:
        """For a client that shows its certificate, and checks the server's and its name."""
        context = _ReadAgain(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.source = self
        self.read_into(context)
        return context

    def server_credentials(self) -> grpc.ServerCredentials:
        """For a gRPC server that only talks to those who show a certificate."""
        return grpc.dynamic_ssl_server_credentials(
            self._server_configuration(),
            self._server_configuration,
            require_client_authentication=True,
        )

    def read_into(self, context: ssl.SSLContext) -> None:
        """As the files are now."""
        context.load_cert_chain(self._chain, self._key)
        context.load_verify_locations(self._trusted)

    def _server_configuration(self) -> grpc.ServerCertificateConfiguration:
        return grpc.ssl_server_certificate_configuration(
            [(self._key.read_bytes(), self._chain.read_bytes())],
            root_certificates=self._trusted.read_bytes(),
        )


class _ReadAgain(ssl.SSLContext):
    """Clients keep their context for as long as they live, which is longer than a certificate."""

    source: Certificates

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:  # As asyncio and uvloop call.
        self.source.read_into(self)
        return super().wrap_bio(*args, **kwargs)
