"""Who calls is what a signed token says; whose signature counts stands in a file of keys."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import jwt
import structlog

from libs.rpc.caller import ROLES, Caller
from libs.rpc.refusals import TokenExpired, Unauthenticated
from libs.runtime.clock import Clock, SystemClock

ALGORITHMS = ("EdDSA", "ES256")
"""Asymmetric only: whoever can verify a token must not thereby be able to make one."""
LEEWAY_S = 60
TOKEN_LENGTH_MAX = 4096
REMEMBERED_MAX = 10_000
LOOK_AGAIN_S = 1.0

log = structlog.get_logger()


class Authenticator(Protocol):
    def authenticate(self, authorization: str | None) -> Caller:
        """Who the `authorization` header speaks for; refuses when it speaks for nobody."""
        ...


@dataclass(frozen=True, slots=True)
class Verified:
    caller: Caller
    until: float
    """Seconds since the epoch."""


class TokenAuthenticator:
    """JSON Web Tokens (RFC 7519) of one issuer, for one audience.

    Tokens live by the machine's time, never by the business clock, which may be a year ahead.
    A verified token is remembered, by its hash alone, until it expires or the keys change.
    """

    def __init__(
        self, jwks: Path, *, issuer: str, audience: str, clock: Clock | None = None
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._clock = clock or SystemClock()
        self._keys = KeyFile(jwks)
        self._look_at = 0.0
        self._verified: dict[bytes, Verified] = {}

    def authenticate(self, authorization: str | None) -> Caller:
        token = _bearer(authorization)
        now = self._clock.now().timestamp()
        self._look(now)
        digest = hashlib.sha256(token.encode()).digest()
        verified = self._verified.get(digest)
        if verified is None:
            verified = self._verify(token, now)
            self._remember(digest, verified)
        if now > verified.until:
            raise TokenExpired("the token has expired")
        return verified.caller

    def _look(self, now: float) -> None:
        """Take up a key that was added, or withdrawn, within a second."""
        if now >= self._look_at:
            self._look_at = now + LOOK_AGAIN_S
            if self._keys.reread():
                self._verified.clear()

    def _remember(self, digest: bytes, verified: Verified) -> None:
        if len(self._verified) >= REMEMBERED_MAX:
            del self._verified[next(iter(self._verified))]
        self._verified[digest] = verified

    def _verify(self, token: str, now: float) -> Verified:
        try:
            claims = jwt.decode(
                token,
                self._keys.get(jwt.get_unverified_header(token).get("kid")),
                algorithms=ALGORITHMS,
                issuer=self._issuer,
                audience=self._audience,
                # When it begins and ends is read below, by a clock that tests can hold.
                options={
                    "require": ["exp", "iss", "aud", "sub"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
            begins = _seconds(claims, "nbf", default=0)
            ends = _seconds(claims, "exp")
            caller = _caller_of(claims)
        except (jwt.InvalidTokenError, TypeError, ValueError) as error:
            raise Unauthenticated("the token is not valid here") from error
        if now < begins - LEEWAY_S:
            raise Unauthenticated("the token is not valid yet")
        return Verified(caller, until=ends + LEEWAY_S)


class KeyFile:
    """The public keys of an issuer, as a JSON Web Key Set (RFC 7517) in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = self._now_stamped()
        self._keys = self._read()

    def get(self, kid: str | None) -> jwt.PyJWK:
        key = self._keys.get(kid)
        if key is None:
            raise jwt.InvalidTokenError("no such key")
        return key

    def reread(self) -> bool:
        """Read again if the file is another; a file that cannot be read changes nothing."""
        try:
            stamp = self._now_stamped()
            if stamp == self._stamp:
                return False
            self._keys = self._read()
        except (OSError, ValueError, jwt.PyJWTError):
            log.exception("keys_unreadable", path=str(self._path))
            return False
        self._stamp = stamp
        log.info("keys_read", keys=len(self._keys))
        return True

    def _read(self) -> dict[str | None, jwt.PyJWK]:
        described = json.loads(self._path.read_bytes())["keys"]
        keys = [jwt.PyJWK(one) for one in described if one.get("kty") in ("OKP", "EC")]
        return {key.key_id: key for key in keys if key.algorithm_name in ALGORITHMS}

    def _now_stamped(self) -> tuple[int, int, int]:
        stat = self._path.stat()
        return stat.st_ino, stat.st_mtime_ns, stat.st_size


def _bearer(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(token) <= TOKEN_LENGTH_MAX:
        raise Unauthenticated("send a token as `authorization: Bearer ...`")
    return token


def _seconds(claims: Mapping[str, Any], name: str, default: int | None = None) -> int:
    value = claims.get(name, default)
    if not isinstance(value, int):
        raise ValueError(f"{name} is not a whole number of seconds")
    return value


def _caller_of(claims: Mapping[str, Any]) -> Caller:
    """Roles that we do not know give nobody anything, and are left out."""
    roles = claims.get("roles", [])
    merchant = claims.get("merchant")
    if not isinstance(roles, list) or not isinstance(merchant, str | None):
        raise ValueError("roles are a list, and a merchant is a string")
    return Caller(
        subject=claims["sub"],
        roles=ROLES.intersection(roles),
        scopes=frozenset(claims.get("scope", "").split()),
        merchant=merchant,
    )
