"""Who calls is what a signed token says, and only that."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from libs.domain import Refusal
from libs.rpc import Caller, TokenAuthenticator
from libs.rpc.authn import TOKEN_LENGTH_MAX
from libs.rpc.refusals import TokenExpired, Unauthenticated
from libs.runtime.clock import ManualClock

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
EDWARDS = ed25519.Ed25519PrivateKey.generate()
CURVE = ec.generate_private_key(ec.SECP256R1())
STRANGER = ed25519.Ed25519PrivateKey.generate()
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def described(key: Any, kid: str) -> dict[str, Any]:
    algorithms: dict[type, Any] = {
        ed25519.Ed25519PrivateKey: OKPAlgorithm,
        ec.EllipticCurvePrivateKey: ECAlgorithm,
        rsa.RSAPrivateKey: RSAAlgorithm,
    }
    (kind,) = (one for known, one in algorithms.items() if isinstance(key, known))
    return {**json.loads(kind.to_jwk(key.public_key())), "kid": kid}


def publish(path: Path, *keys: dict[str, Any]) -> None:
    path.write_text(json.dumps({"keys": keys}))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def jwks(tmp_path: Path) -> Path:
    path = tmp_path / "jwks.json"
    symmetric = {"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U", "kid": "shared"}
    publish(
        path, described(EDWARDS, "ed"), described(CURVE, "ec"), described(RSA, "rsa"), symmetric
    )
    return path


@pytest.fixture
def authenticator(jwks: Path, clock: ManualClock) -> TokenAuthenticator:
    return TokenAuthenticator(jwks, issuer="entrepot", audience="market", clock=clock)


def token(key: Any = EDWARDS, algorithm: str = "EdDSA", kid: str = "ed", **claims: Any) -> str:
    said = {
        "iss": "entrepot",
        "aud": "market",
        "sub": "ada",
        "roles": ["merchant", "finance"],
        "scope": "orders.read orders.write",
        "merchant": "engines",
        "nbf": int(NOW.timestamp()),
        "exp": int((NOW + timedelta(hours=1)).timestamp()),
        **claims,
    }
    kept = {name: value for name, value in said.items() if value is not None}
    return "Bearer " + jwt.encode(kept, key, algorithm=algorithm, headers={"kid": kid})


@pytest.mark.parametrize("signed", [token(), token(CURVE, "ES256", "ec")], ids=["Ed25519", "P-256"])
def test_a_signed_token_says_who_calls(authenticator: TokenAuthenticator, signed: str) -> None:
    assert authenticator.authenticate(signed) == Caller(
        subject="ada",
        roles=frozenset({"merchant", "finance"}),
        scopes=frozenset({"orders.read", "orders.write"}),
        merchant="engines",
    )


def unsigned() -> str:
    return token(key="", algorithm="none")


def signed_with_the_public_key() -> str:
    """The classic confusion: what everybody knows, taken for a shared secret."""
    public = EDWARDS.public_key().public_bytes_raw()
    return token(key=public, algorithm="HS256")


def tampered() -> str:
    head, _, signature = token().split(".")
    _, body, _ = token(sub="eve").split(".")
    return f"{head}.{body}.{signature}"


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param(None, id="no header"),
        pytest.param("", id="empty"),
        pytest.param("Basic YWRhOmFkYQ==", id="another scheme"),
        pytest.param("Bearer ", id="no token"),
        pytest.param("Bearer not.a.token", id="no token at all"),
        pytest.param("Bearer " + "x" * (TOKEN_LENGTH_MAX + 1), id="over-long"),
        pytest.param(unsigned(), id="alg none"),
        pytest.param(signed_with_the_public_key(), id="HS256 with the public key"),
        pytest.param(
            token("secretsecretsecretsecretsecretse", "HS256", "shared"), id="shared secret"
        ),
        pytest.param(token(RSA, "RS256", "rsa"), id="an algorithm that is not ours"),
        pytest.param(token(CURVE, "ES256", "ed"), id="another key than it names"),
        pytest.param(token(STRANGER), id="a stranger's key"),
        pytest.param(token(kid="nobody"), id="unknown key"),
        pytest.param(tampered(), id="tampered"),
        pytest.param(token(iss="elsewhere"), id="another issuer"),
        pytest.param(token(aud="elsewhere"), id="another audience"),
        pytest.param(token(sub=None), id="no subject"),
        pytest.param(token(sub=""), id="an empty subject"),
        pytest.param(token(merchant=""), id="an empty merchant"),
        pytest.param(token(exp=None), id="no end"),
        pytest.param(token(exp=1e300), id="no real end"),
        pytest.param(token(nbf=int(NOW.timestamp()) + 61), id="not yet valid"),
        pytest.param(token(roles="finance"), id="roles that are no list"),
        pytest.param(token(roles=[{"name": "finance"}]), id="roles that are no names"),
        pytest.param(token(scope=["orders.read"]), id="a scope that is no text"),
        pytest.param(token(merchant=["engines"]), id="a merchant that is no name"),
    ],
)
def test_anything_else_says_nothing(
    authenticator: TokenAuthenticator, authorization: str | None
) -> None:
    with pytest.raises(Unauthenticated):
        authenticator.authenticate(authorization)


def test_a_role_that_we_do_not_know_gives_nothing(authenticator: TokenAuthenticator) -> None:
    caller = authenticator.authenticate(token(roles=["emperor", "buyer"]))

    assert caller.roles == {"buyer"}


def test_clocks_may_differ_by_a_minute(
    authenticator: TokenAuthenticator, clock: ManualClock
) -> None:
    authenticator.authenticate(token(nbf=int(NOW.timestamp()) + 59))
    clock.advance(timedelta(hours=1, seconds=59))

    authenticator.authenticate(token())


def test_a_token_expires_even_when_it_is_remembered(
    authenticator: TokenAuthenticator, clock: ManualClock
) -> None:
    authenticator.authenticate(token())
    clock.advance(timedelta(hours=1, seconds=61))

    with pytest.raises(TokenExpired):
        authenticator.authenticate(token())


def test_a_key_that_is_added_counts_within_a_second(
    authenticator: TokenAuthenticator, clock: ManualClock, jwks: Path
) -> None:
    authenticator.authenticate(token())
    publish(jwks, described(EDWARDS, "ed"), described(STRANGER, "new"))
    clock.advance(timedelta(seconds=1))

    authenticator.authenticate(token(STRANGER, kid="new"))


def test_a_key_that_is_withdrawn_counts_no_more(
    authenticator: TokenAuthenticator, clock: ManualClock, jwks: Path
) -> None:
    authenticator.authenticate(token())
    publish(jwks, described(CURVE, "ec"))
    clock.advance(timedelta(seconds=1))

    with pytest.raises(Unauthenticated):
        authenticator.authenticate(token())


@pytest.mark.parametrize("content", ["", "{", "[]", '{"keys": [{"kty": "OKP"}]}', '{"keys": 1}'])
def test_a_key_file_that_cannot_be_read_changes_nothing(
    authenticator: TokenAuthenticator, clock: ManualClock, jwks: Path, content: str
) -> None:
    authenticator.authenticate(token())
    jwks.write_text(content)
    clock.advance(timedelta(seconds=1))

    authenticator.authenticate(token())


def test_a_key_file_that_is_missing_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        TokenAuthenticator(tmp_path / "none.json", issuer="entrepot", audience="market")


def test_a_refusal_tells_nothing_of_the_token(authenticator: TokenAuthenticator) -> None:
    with pytest.raises(Refusal) as refused:
        authenticator.authenticate(token(STRANGER))

    assert str(refused.value) == "the token is not valid here"
