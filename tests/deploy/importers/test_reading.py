"""A file is read exactly: decimals, London's time, every line."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard

from deploy.local.importers.online_retail.reading import BadFile, Line, read, rows, thousandths
from tests.deploy.importers.retail import csv_of

WEEK = Path(__file__).with_name("data") / "online_retail_first_week.csv.zst"

ROW = ["536365", "85123A", "HEART HOLDER", "6", "2010-12-01 08:26:00", "2.55", "17850", "EIRE"]


def read_rows(*rows_: list[str]) -> list[Line]:
    return list(rows(io.StringIO(csv_of(*rows_))))


def changed(column: int, text: str) -> list[str]:
    return [*ROW[:column], text, *ROW[column + 1 :]]


def test_a_line_is_read_as_it_stands() -> None:
    (line,) = read_rows(ROW)

    assert line[:5] == (2, "536365", "85123A", "HEART HOLDER", 6)
    assert line.amount == 15_300
    assert line.country == "EIRE"


def test_a_price_is_exact_where_a_float_is_not() -> None:
    assert [thousandths(text) for text in ("0.001", "1.005", "11062.06", "-11062.06")] == [
        1,
        1_005,
        11_062_060,
        -11_062_060,
    ]


def test_times_are_londons_in_winter_and_in_summer() -> None:
    winter, summer = read_rows(ROW, changed(4, "2011-07-01 08:26:00"))

    assert winter.at.astimezone(UTC) == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert summer.at.astimezone(UTC) == datetime(2011, 7, 1, 7, 26, tzinfo=UTC)


def test_a_missing_customer_and_description_are_no_reason_to_drop_a_line() -> None:
    (line,) = read_rows([*ROW[:2], "", *ROW[3:6], "", ROW[7]])

    assert line.customer == line.description == ""


def test_exact_duplicates_are_two_lines() -> None:
    assert len(read_rows(ROW, ROW)) == 2


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (0, " "),
        (1, ""),
        (3, "six"),
        (3, "1.5"),
        (4, "yesterday"),
        (4, "2010-12-01T08:26:00+00:00"),
        (5, "2,55"),
        (5, "0.0001"),
        (5, "NaN"),
        (5, "Infinity"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_line(column: int, text: str) -> None:
    with pytest.raises(BadFile, match="line 3"):
        read_rows(ROW, changed(column, text))


def test_another_layout_is_refused() -> None:
    with pytest.raises(BadFile, match="InvoiceNo"):
        list(rows(io.StringIO("a,b,c\n1,2,3\n")))


def test_a_row_that_is_too_short_is_refused() -> None:
    with pytest.raises(BadFile, match="line 2: 7 columns"):
        read_rows(ROW[:7])


def test_packing_does_not_change_what_a_file_is(tmp_path: Path) -> None:
    text = csv_of(ROW).encode()
    plain, packed = tmp_path / "year.csv", tmp_path / "other.csv.zst"
    plain.write_bytes(text)
    packed.write_bytes(zstandard.compress(text))

    assert read(plain) == read(packed)


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"nowhere\.csv"):
        read(tmp_path / "nowhere.csv")


def test_a_file_that_is_not_zstd_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "year.csv.zst"
    path.write_bytes(b"InvoiceNo")

    with pytest.raises(BadFile, match=r"year\.csv\.zst"):
        read(path)


def test_the_first_week_is_read_whole() -> None:
    week = read(WEEK)

    assert len(week.lines) == 16_985
    assert sum(line.amount for line in week.lines) == 280_766_480
