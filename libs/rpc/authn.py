"""Who calls is what a signed token says; whose signature counts stands in a file of keys."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Protocol

import jwt
import msgspec
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
            said = msgspec.convert(claims, Claims)
        except (jwt.InvalidTokenError, msgspec.ValidationError) as error:
            raise Unauthenticated("the token is not valid here") from error
        if now < said.nbf - LEEWAY_S:
            raise Unauthenticated("the token is not valid yet")
        return Verified(said.caller(), until=said.exp + LEEWAY_S)


Name = Annotated[str, msgspec.Meta(min_length=1)]
"""Of somebody: one that is empty would be taken for no restriction."""


class Claims(msgspec.Struct):
    """What a token of ours says (RFC 7519), and RFC 8693's `scope`."""

    sub: Name
    exp: int
    nbf: int = 0
    scope: str = ""
    roles: tuple[str, ...] = ()
    merchant: Name | None = None

    def caller(self) -> Caller:
        """Roles that we do not know give nobody anything, and are left out."""
        return Caller(
            subject=self.sub,
            roles=ROLES.intersection(self.roles),
            scopes=frozenset(self.scope.split()),
            merchant=self.merchant,
        )


class KeySet(msgspec.Struct):
    """A JSON Web Key Set (RFC 7517)."""

    keys: tuple[dict[str, Any], ...]  # Each as its `kty` has it; PyJWK reads them.


class KeyFile:
    """The public keys of an issuer, in a file that may be replaced at any time."""

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
        except (OSError, msgspec.DecodeError, jwt.PyJWTError) as error:
            log.error("keys_unreadable", path=str(self._path), error=type(error).__qualname__)
            return False
        self._stamp = stamp
        log.info("keys_read", keys=len(self._keys))
        return True

    def _read(self) -> dict[str | None, jwt.PyJWK]:
        described = msgspec.json.decode(self._path.read_bytes(), type=KeySet)
        keys = [jwt.PyJWK(one) for one in described.keys if one.get("kty") in ("OKP", "EC")]
        return {key.key_id: key for key in keys if key.algorithm_name in ALGORITHMS}

    def _now_stamped(self) -> tuple[int, int, int]:
        stat = self._path.stat()
        return stat.st_ino, stat.st_mtime_ns, stat.st_size


def _bearer(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(token) <= TOKEN_LENGTH_MAX:
        raise Unauthenticated("send a token as `authorization: Bearer ...`")
    return token
