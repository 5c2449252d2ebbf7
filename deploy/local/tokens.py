"""Tokens of the local stack: signed by a key that is made here and trusted nowhere else."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from deploy.local.home import Home, write_private
from deploy.local.process import StackError
from libs.runtime.ids import new_id, secret

ISSUER = "entrepot-local"
AUDIENCE = "entrepot"
PROVIDERS_TOKEN = timedelta(days=366)
"""Made anew at each start, and a stack that runs for longer than this is not local any more."""
ROLES = ("buyer", "merchant", "creator", "finance", "ops", "service")


def mint(
    home: Home,
    *,
    role: str,
    subject: str | None = None,
    scopes: Iterable[str] = (),
    merchant: str | None = None,
    ttl: timedelta = timedelta(hours=12),
) -> str:
    """A token for whoever can read the folder. It lives by the machine's time, not by business
    time: a clock that jumps a year ahead must not lock everybody out."""
    if role not in ROLES:
        raise StackError(f"there is no role {role!r}: it is one of {', '.join(ROLES)}")
    now = datetime.now(UTC)
    claims: dict[str, object] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": subject or f"local-{role}",
        "roles": [role],
        "scope": " ".join(scopes),
        "iat": now,
        "nbf": now,
        "exp": now + ttl,
        "jti": str(new_id()),
    }
    if merchant is not None:
        claims["merchant"] = merchant
    key = _load(home)
    return jwt.encode(
        claims, key, algorithm="EdDSA", headers={"kid": _thumbprint(key.public_key())}
    )


def ensure_keys(home: Home) -> None:
    """The signing key with its public half, and the key that wraps the vault's, each made once;
    and the token by which the built-in payment provider calls."""
    if not home.vault_key.exists():
        write_private(home.vault_key, secret(32))
    if not home.signing_key.exists():
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_private(home.signing_key, pem)
    public = _load(home).public_key()
    described = {**_public_parts(public), "kid": _thumbprint(public), "alg": "EdDSA", "use": "sig"}
    home.jwks.write_text(json.dumps({"keys": [described]}, indent=2) + "\n")
    webhooks = mint(
        home, role="service", subject="provider", scopes=["payments.write"], ttl=PROVIDERS_TOKEN
    )
    write_private(home.provider_token, webhooks.encode())


def _load(home: Home) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(home.signing_key.read_bytes(), password=None)
    except FileNotFoundError:
        raise StackError(
            f"{home.folder} has no signing key yet: start the stack once with `entrepot up`"
        ) from None
    assert isinstance(key, Ed25519PrivateKey), "the signing key is made here, and is Ed25519"
    return key


def _public_parts(key: Ed25519PublicKey) -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": _base64url(key.public_bytes_raw())}


def _thumbprint(key: Ed25519PublicKey) -> str:
    """RFC 7638: the key's own parts name it, sorted and without spaces."""
    parts = json.dumps(_public_parts(key), sort_keys=True, separators=(",", ":"))
    return _base64url(hashlib.sha256(parts.encode()).digest())


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
