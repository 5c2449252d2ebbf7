"""Reading: the rows of a file, exact to the thousandth and dated in London."""

import csv
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from sys import intern
from typing import IO, NamedTuple
from zoneinfo import ZoneInfo

import zstandard

from deploy.local.process import StackError

LONDON = ZoneInfo("Europe/London")
COLUMNS = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
THOUSANDTHS = 1000


class BadFile(StackError):
    """The file cannot be imported; the text says which line, and why."""


class Line(NamedTuple):
    """One row. Amounts are counted in thousandths of a pound, so that no sum is ever rounded."""

    number: int
    invoice: str
    code: str
    description: str
    quantity: int
    at: datetime
    price: int
    customer: str
    country: str

    @property
    def amount(self) -> int:
        return self.quantity * self.price


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole file, and the digest that its requests are named by."""

    digest: str
    lines: tuple[Line, ...]


def read(path: Path) -> Sheet:
    """A file of this layout, plain or as .zst. Its name and packing do not matter to the digest."""
    digest = hashlib.sha256()
    with _opened(path) as file:
        raw = file.read()
    digest.update(raw)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile(f"{path.name} is not UTF-8: {error}") from None
    return Sheet(digest.hexdigest(), tuple(rows(io.StringIO(text, newline=""))))


def rows(file: IO[str]) -> Iterator[Line]:
    """The lines of a CSV, numbered as an editor would if no text had a line break."""
    reader = csv.reader(file)
    header = next(reader, [])
    if ",".join(header) != COLUMNS:
        raise BadFile(f"the first line should read {COLUMNS}")
    for number, row in enumerate(reader, start=2):
        try:
            yield _line(number, row)
        except (ValueError, InvalidOperation) as error:
            raise BadFile(f"line {number}: {error}") from None


def thousandths(text: str) -> int:
    """A decimal as whole thousandths; what is finer cannot be booked and is refused."""
    scaled = Decimal(text) * THOUSANDTHS
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise ValueError(f"a price of {text} is finer than a thousandth")
    return int(scaled)


def _line(number: int, row: list[str]) -> Line:
    if len(row) != 8:
        raise ValueError(f"{len(row)} columns, not 8")
    invoice, code, description, quantity, at, price, customer, country = row
    if not invoice.strip() or not code.strip():
        raise ValueError("an invoice and a stock code are needed")
    return Line(
        number=number,
        invoice=intern(invoice.strip()),
        code=intern(code.strip()),
        description=intern(description.strip()),
        quantity=int(quantity),
        at=_moment(at),
        price=_price(price),
        customer=intern(customer.strip()),
        country=intern(country.strip()),
    )


_price = cache(thousandths)


@cache
def _moment(text: str) -> datetime:
    """A time on a London wall. The hour that comes twice a year is taken as its first."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is not None:
        raise ValueError(f"{text} names a zone: times are London's")
    return at.replace(tzinfo=LONDON)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        with path.open("rb") as file:
            if path.suffix == ".zst":
                with zstandard.ZstdDecompressor().stream_reader(file) as unpacked:
                    yield io.BufferedReader(unpacked)
            else:
                yield file
    except (OSError, zstandard.ZstdError) as error:
        raise BadFile(f"{path}: {error}") from None
