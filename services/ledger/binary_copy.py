"""Rows for PostgreSQL's COPY in its binary format, built from columns instead of row by row."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER: Final = b"\xff\xff"

Values = NDArray[np.generic]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Column:
    """Whole numbers as wide as the table has them, or `V16` for a uuid.

    Where `present` is given and false, the row has NULL and the value is not looked at.
    """

    values: Values
    present: Mask | None = None


def copy_of(columns: Sequence[Column]) -> bytes:
    """The whole of a COPY. Rows come grouped by which of their fields are NULL, as only rows of
    one shape have one width; a table does not mind the order."""
    whole = [HEADER]
    optional = [column for column in columns if column.present is not None]
    rows = len(columns[0].values)
    for shape in product((True, False), repeat=len(optional)):
        chosen = np.ones(rows, dtype=np.bool_)
        for column, present in zip(optional, shape, strict=True):
            chosen &= column.present == present
        if chosen.any():
            whole.append(_rows_of_one_shape(columns, chosen, nulls=_nulls(columns, shape)))
    whole.append(TRAILER)
    return b"".join(whole)


def row_of(start: bytes, *texts: bytes) -> bytes:
    """One row, for tables that are not worth columns: its fields of fixed width are packed, with
    the number of fields before them; its texts follow."""
    parts = [start]
    for text in texts:
        parts += (len(text).to_bytes(4, "big"), text)
    return b"".join(parts)


def _nulls(columns: Sequence[Column], shape: tuple[bool, ...]) -> list[bool]:
    given = iter(shape)
    return [column.present is not None and not next(given) for column in columns]


def _rows_of_one_shape(columns: Sequence[Column], chosen: Mask, *, nulls: list[bool]) -> bytes:
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for i, (column, null) in enumerate(zip(columns, nulls, strict=True)):
        layout.append((f"length{i}", ">i4"))
        if not null:
            layout.append((f"value{i}", column.values.dtype.newbyteorder(">").str))
    rows = np.empty(int(chosen.sum()), dtype=layout)
    rows["fields"] = len(columns)
    for i, (column, null) in enumerate(zip(columns, nulls, strict=True)):
        rows[f"length{i}"] = -1 if null else column.values.dtype.itemsize
        if not null:
            rows[f"value{i}"] = column.values[chosen]
    return rows.tobytes()
