"""Tokens of the local stack are verified by the key set that its services are given."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import jwt
import pytest

from deploy.local.home import Home
from deploy.local.process import StackError
from deploy.local.tokens import AUDIENCE, ISSUER, ensure_keys, mint


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.prepare()
    ensure_keys(home)
    return home


def test_a_token_says_who_may_do_what(home: Home) -> None:
    token = mint(
        home,
        role="merchant",
        subject="anna",
        scopes=["catalog.write", "orders.read"],
        merchant="m1",
    )

    claims = verified(home, token)

    assert claims["sub"] == "anna"
    assert claims["roles"] == ["merchant"]
    assert claims["scope"] == "catalog.write orders.read"
    assert claims["merchant"] == "m1"


def test_a_token_expires(home: Home) -> None:
    token = mint(home, role="buyer", ttl=timedelta(seconds=-1))

    with pytest.raises(jwt.ExpiredSignatureError):
        verified(home, token)


def test_starting_again_keeps_the_keys(home: Home) -> None:
    token = mint(home, role="finance")
    vault_key = home.vault_key.read_bytes()

    ensure_keys(home)

    assert verified(home, token)["roles"] == ["finance"]
    assert home.vault_key.read_bytes() == vault_key
    assert len(vault_key) == 32


def test_only_their_owner_reads_the_keys(home: Home) -> None:
    for path in (home.signing_key, home.vault_key):
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_role_that_does_not_exist_is_refused(home: Home) -> None:
    with pytest.raises(StackError, match="there is no role 'king'"):
        mint(home, role="king")


def test_before_the_first_start_there_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="no signing key yet"):
        mint(Home(tmp_path), role="buyer")


def verified(home: Home, token: str) -> dict[str, object]:
    keys = jwt.PyJWKSet.from_dict(json.loads(home.jwks.read_text()))
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, object] = jwt.decode(
        token, key, algorithms=["EdDSA"], audience=AUDIENCE, issuer=ISSUER
    )
    return claims
