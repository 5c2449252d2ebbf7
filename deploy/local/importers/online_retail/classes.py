"""Classes: what kind of thing a line is, told from its code, sign and price alone.

Codes that are words and not goods follow the conventions of this layout; nothing here knows a
particular file. What follows no convention and is no product either is UNKNOWN, and said aloud.
"""

import re
from enum import StrEnum
from typing import Final

from deploy.local.importers.online_retail.reading import Line


class LineClass(StrEnum):
    """Every line has exactly one."""

    SALE = "sale"
    CARRIAGE = "carriage"
    CANCELLATION = "cancellation"
    STOCK = "stock"
    MANUAL = "manual"
    DISCOUNT = "discount"
    FEE = "fee"
    CHARITY = "charity"
    SAMPLE = "sample"
    BAD_DEBT = "bad debt"
    ODD = "odd"
    """A product at a negative price, or taken back without being called a cancellation."""
    UNKNOWN = "unknown"


CHARGES: Final = {
    "POST": LineClass.CARRIAGE,
    "DOT": LineClass.CARRIAGE,
    "C2": LineClass.CARRIAGE,
    "M": LineClass.MANUAL,
    "D": LineClass.DISCOUNT,
    "S": LineClass.SAMPLE,
    "B": LineClass.BAD_DEBT,
    "CRUK": LineClass.CHARITY,
}
"""Words that stand where a stock code should: carriage, manual, discount, samples, bad debt, and
commission given to charity (Cancer Research UK)."""

QUANTITY_MAX: Final = 1_000_000
"""More than this is one line in no order."""

_FEE = re.compile(r"(FEE|FEES|CHARGE|CHARGES)$")
_PRODUCT = re.compile(r"(?=.*\d{3})[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_CANCELS = re.compile(r"C\d")


def is_product(code: str) -> bool:
    """Goods have a number of at least three digits, and a code that can name a shelf."""
    return _PRODUCT.fullmatch(code) is not None


def cancels(invoice: str) -> bool:
    return _CANCELS.match(invoice) is not None


def class_of(line: Line) -> LineClass:
    if not is_product(line.code):
        return _charge(line)
    if line.price == 0 or line.quantity == 0:
        return LineClass.STOCK
    if line.price > 0 and line.quantity < 0 and cancels(line.invoice):
        return LineClass.CANCELLATION
    if line.price > 0 and 0 < line.quantity <= QUANTITY_MAX and not cancels(line.invoice):
        return LineClass.SALE
    return LineClass.ODD


def _charge(line: Line) -> LineClass:
    word = line.code.upper()
    if word in CHARGES:
        return CHARGES[word]
    return LineClass.FEE if _FEE.search(word) else LineClass.UNKNOWN
