"""A quote stands for one buyer and basket, at one price, for a while."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta

import pytest

from libs.domain import happening
from services.order.domain import PriceChanged, QuoteExpired, QuoteInvalid, Quotes
from tests.services.order.samples import BEFORE, NOON, basket, shelf, sold, wanted

QUOTES = Quotes(b"k" * 32)


def test_a_quote_stands_for_what_was_quoted() -> None:
    quote = QUOTES.quote(sold(), now=NOON)

    QUOTES.require(quote.token, sold(), now=quote.expires_at)


def test_a_quote_is_over_after_its_expiry_and_a_new_one_is_offered() -> None:
    quote = QUOTES.quote(sold(), now=NOON)
    later = quote.expires_at + timedelta(seconds=1)

    with pytest.raises(QuoteExpired) as refusal:
        QUOTES.require(quote.token, sold(), now=later)

    QUOTES.require(refusal.value.metadata["quote_token"], sold(), now=later)


def test_a_changed_price_is_refused_with_a_new_quote() -> None:
    quote = QUOTES.quote(sold(), now=NOON)
    on = shelf()
    with happening(BEFORE):
        on.offers["mug"].reprice(unit_price=2600, supply_price=0, effective_at=BEFORE)

    with pytest.raises(PriceChanged) as refusal:
        QUOTES.require(quote.token, sold(on=on), now=NOON)

    QUOTES.require(refusal.value.metadata["quote_token"], sold(on=on), now=NOON)
    assert refusal.value.metadata["total"] == "61.28 USD"


@pytest.mark.parametrize(
    "other",
    [
        basket(wanted("mug", 3)),
        basket(wanted("mug"), wanted("mug")),
        replace(basket(), buyer_id="buyer-2"),
    ],
    ids=["units", "lines", "buyer"],
)
def test_a_quote_is_of_no_use_for_another_basket(other: object) -> None:
    quote = QUOTES.quote(sold(), now=NOON)

    with pytest.raises(QuoteInvalid):
        QUOTES.require(quote.token, sold(other), now=NOON)  # type: ignore[arg-type]


def tampered(token: str) -> str:
    raw = bytearray(urlsafe_b64decode(token))
    raw[7] ^= 1
    return urlsafe_b64encode(raw).decode()


@pytest.mark.parametrize(
    "token", ["", "!", "AAAA", "é", tampered(QUOTES.quote(sold(), now=NOON).token)]
)
def test_a_quote_that_was_not_made_here_is_refused(token: str) -> None:
    with pytest.raises(QuoteInvalid):
        QUOTES.require(token, sold(), now=NOON)


def test_another_key_makes_another_quote() -> None:
    with pytest.raises(QuoteInvalid):
        QUOTES.require(Quotes(b"x" * 32).quote(sold(), now=NOON).token, sold(), now=NOON)
