"""Quotes: a signed word on what a basket costs, kept by the one who asked for it."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from libs.domain import Malformed, RuleViolated
from libs.money import Money
from services.order.domain.sale import Sale

VALIDITY = timedelta(minutes=15)
_TIME, _DIGEST, _SEAL = 8, 16, 32


class QuoteInvalid(Malformed):
    """The quote was not made here, or not for this buyer and basket."""


class QuoteExpired(RuleViolated):
    """The quote is over; a new one comes with the refusal."""


class PriceChanged(RuleViolated):
    """The basket costs other than quoted; a new quote comes with the refusal."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A sale that could be made, and until when."""

    sale: Sale
    expires_at: datetime
    token: str


class Quotes:
    """Makes quotes, and tells whether a quote still stands.

    A token is an expiry, a digest of what is bought, a digest of what it costs, and the seal over
    them. Nothing of it is stored: what a basket costs is worked out again when it is placed, and
    the token proves what the buyer saw.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def quote(self, sale: Sale, *, now: datetime) -> Quote:
        expires_at = (now + VALIDITY).replace(microsecond=0)
        claim = _seconds(expires_at) + _bought(sale) + _cost(sale)
        token = urlsafe_b64encode(claim + self._seal(claim)).decode()
        return Quote(sale, expires_at, token)

    def require(self, token: str, sale: Sale, *, now: datetime) -> None:
        """Refuse unless the token was made for this sale, and still stands."""
        claim = self._opened(token)
        expiry, bought, cost = claim[:_TIME], claim[_TIME:-_DIGEST], claim[-_DIGEST:]
        if bought != _bought(sale):
            raise QuoteInvalid("the quote is for another basket", field="quote_token")
        if int.from_bytes(expiry, "big") < now.timestamp():
            raise QuoteExpired("the quote is over", **self._anew(sale, now))
        if cost != _cost(sale):
            raise PriceChanged("the basket costs other than quoted", **self._anew(sale, now))

    def _opened(self, token: str) -> bytes:
        try:
            sealed = urlsafe_b64decode(token)
        except (NotBase64, ValueError):
            raise QuoteInvalid("the quote is not legible", field="quote_token") from None
        claim, seal = sealed[:-_SEAL], sealed[-_SEAL:]
        if len(claim) != _TIME + 2 * _DIGEST or not hmac.compare_digest(seal, self._seal(claim)):
            raise QuoteInvalid("the quote was not made here", field="quote_token")
        return claim

    def _anew(self, sale: Sale, now: datetime) -> dict[str, str]:
        return {
            "quote_token": self.quote(sale, now=now).token,
            "total": str(Money(sale.total, sale.currency)),
        }

    def _seal(self, claim: bytes) -> bytes:
        return hmac.digest(self._key, b"quote/1" + claim, "sha256")


def _seconds(moment: datetime) -> bytes:
    return int(moment.astimezone(UTC).timestamp()).to_bytes(_TIME, "big")


def _bought(sale: Sale) -> bytes:
    return _digest(
        [sale.buyer_id, sale.market, sale.ship_to],
        ([line.offer_id, line.quantity] for line in sale.lines),
    )


def _cost(sale: Sale) -> bytes:
    return _digest(
        [sale.currency, sale.total],
        ([line.amounts] for line in sale.lines),
    )


def _digest(head: list[object], lines: Iterable[list[object]]) -> bytes:
    """Ids hold no line breaks, and repr quotes them: no two contents write the same text."""
    text = "\n".join(repr(part) for part in (head, *lines))
    return sha256(text.encode()).digest()[:_DIGEST]
