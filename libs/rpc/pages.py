"""Pages of long lists (AIP-158): a token says where the next page of the same query begins."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import msgspec

from libs.rpc.refusals import PageTokenInvalid

SIZE = 50
SIZE_MAX = 1000
_DIGEST = 8


class ListRequest(Protocol):
    """A List request: `page_size`, `page_token`, and what is asked for."""

    page_size: int
    page_token: str

    def SerializeToString(self, *, deterministic: bool = ...) -> bytes: ...  # noqa: N802


Key = TypeVar("Key")
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Key]):
    """Which part of the list is asked for."""

    size: int
    after: Key | None
    """The key of the last row of the page before; None on the first page."""
    _query: bytes

    @property
    def limit(self) -> int:
        """How many rows to read: one more than the page has, to see whether another follows."""
        return self.size + 1

    def cut(self, rows: Sequence[Row], key: Callable[[Row], Key]) -> tuple[Sequence[Row], str]:
        """The rows of this page, and the token of the next one or an empty string."""
        if len(rows) <= self.size:
            return rows, ""
        page = rows[: self.size]
        return page, _token(msgspec.json.encode(key(page[-1])), self._query)


def page_of(request: ListRequest, key: type[Key]) -> Page[Key]:
    """Read `page_size` and `page_token`; `key` is the type that rows are ordered by."""
    query = _query_of(request)
    size = min(request.page_size or SIZE, SIZE_MAX)
    if not request.page_token:
        return Page(size, None, query)
    return Page(size, _after(request.page_token, query, key), query)


def _after(token: str, query: bytes, key: type[Key]) -> Key:
    """Refuses a token that was cut, made up, or issued for another query."""
    try:
        raw = urlsafe_b64decode(token.encode())
        body = raw[_DIGEST:]
        if raw[:_DIGEST] == _digest(body, query):
            return msgspec.json.decode(body, type=key)
    except (NotBase64, ValueError, msgspec.DecodeError):
        pass
    raise PageTokenInvalid("the page token is not of this query", field="page_token")


def _token(body: bytes, query: bytes) -> str:
    return urlsafe_b64encode(_digest(body, query) + body).decode()


def _digest(body: bytes, query: bytes) -> bytes:
    return hashlib.blake2b(body, key=query, digest_size=_DIGEST).digest()


def _query_of(request: ListRequest) -> bytes:
    """What is asked for, whatever the page."""
    query = copy(request)
    query.page_size, query.page_token = 0, ""
    raw = query.SerializeToString(deterministic=True)
    return hashlib.blake2b(raw, digest_size=32, person=b"page").digest()
