"""A list is read page by page, and a page token belongs to one query."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime

import pytest

from libs.rpc.pages import SIZE, SIZE_MAX, page_of
from libs.rpc.refusals import PageTokenInvalid
from tests.libs.rpc.echo import ListEchoesRequest

ROWS = [(day, f"row {day}") for day in range(1, 8)]


def read(request: ListEchoesRequest) -> tuple[list[str], str]:
    """As a servicer does, from a table ordered by day."""
    page = page_of(request, int)
    after = page.after or 0
    rows = [row for row in ROWS if row[0] > after][: page.limit]
    cut, token = page.cut(rows, key=lambda row: row[0])
    return [text for _, text in cut], token


def test_pages_follow_each_other_to_the_end() -> None:
    seen: list[str] = []
    token, pages = "", 0
    while pages == 0 or token:
        texts, token = read(ListEchoesRequest(page_size=3, page_token=token))
        seen += texts
        pages += 1

    assert seen == [text for _, text in ROWS]
    assert pages == 3


def test_a_last_page_that_is_full_has_no_next() -> None:
    _, token = read(ListEchoesRequest(page_size=len(ROWS)))

    assert token == ""


@pytest.mark.parametrize(("asked", "given"), [(0, SIZE), (10, 10), (SIZE_MAX + 1, SIZE_MAX)])
def test_the_size_of_a_page_has_a_default_and_an_end(asked: int, given: int) -> None:
    assert page_of(ListEchoesRequest(page_size=asked), int).size == given


def test_the_next_page_may_be_of_another_size() -> None:
    _, token = read(ListEchoesRequest(page_size=2))

    texts, _ = read(ListEchoesRequest(page_size=3, page_token=token))

    assert texts == ["row 3", "row 4", "row 5"]


def test_rows_may_be_ordered_by_several_things() -> None:
    request = ListEchoesRequest(page_size=1)
    placed = datetime(2026, 6, 1, 12, 30, 0, 123456, tzinfo=UTC)
    rows = [(placed, "b"), (placed, "c")]
    _, token = page_of(request, tuple[datetime, str]).cut(rows, key=lambda row: row)

    page = page_of(ListEchoesRequest(page_size=1, page_token=token), tuple[datetime, str])

    assert page.after == (placed, "b")


def token_of_another_query() -> str:
    return read(ListEchoesRequest(page_size=2, text="other"))[1]


def edited() -> str:
    raw = bytearray(urlsafe_b64decode(read(ListEchoesRequest(page_size=2))[1]))
    raw[-1] ^= 1
    return urlsafe_b64encode(raw).decode()


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("x", id="no base64"),
        pytest.param("größer", id="no ASCII"),
        pytest.param("AAAA", id="too short"),
        pytest.param("A" * 40, id="made up"),
        pytest.param(edited(), id="edited"),
        pytest.param(token_of_another_query(), id="of another query"),
    ],
)
def test_a_token_that_was_not_issued_for_this_query_is_refused(token: str) -> None:
    with pytest.raises(PageTokenInvalid) as refused:
        read(ListEchoesRequest(page_size=2, page_token=token))

    assert refused.value.field == "page_token"
