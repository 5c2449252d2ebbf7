"""Rows for PostgreSQL's COPY in its binary format, built from columns instead of row by row."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
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
    shapes = np.zeros(len(columns[0].values), np.uint8)
    for i, column in enumerate(columns):
        if column.present is not None:
            shapes |= np.where(column.present, 0, 1 << i).astype(np.uint8)
    whole = [HEADER]
    for shape in np.flatnonzero(np.bincount(shapes)).tolist():
        chosen = np.flatnonzero(shapes == shape)
        whole.append(_rows_of_one_shape(columns, chosen, shape))
    whole.append(TRAILER)
    return b"".join(whole)


def _rows_of_one_shape(columns: Sequence[Column], chosen: NDArray[np.intp], shape: int) -> bytes:
    """Those rows; the bits of `shape` say which of their fields are NULL."""
    rows = np.empty(len(chosen), _layout(tuple(column.values.dtype for column in columns), shape))
    rows["fields"] = len(columns)
    for i, column in enumerate(columns):
        if shape & 1 << i:
            rows[f"length{i}"] = -1
        else:
            rows[f"length{i}"] = column.values.dtype.itemsize
            rows[f"value{i}"] = column.values[chosen]
    return rows.tobytes()


@cache
def _layout(types: tuple[np.dtype[np.generic], ...], shape: int) -> np.dtype[np.void]:
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for i, type in enumerate(types):
        fields.append((f"length{i}", ">i4"))
        if not shape & 1 << i:
            fields.append((f"value{i}", type.newbyteorder(">").str))
    return np.dtype(fields)
