"""Lines of the layout, as a test wants them."""

import csv
import io
from datetime import datetime, timedelta

from hypothesis import strategies as st

from deploy.local.importers.online_retail.reading import COLUMNS, LONDON, Line, Sheet

MORNING = datetime(2010, 12, 1, 8, 26, tzinfo=LONDON)
LANTERN = "85123A"


def line(
    number: int = 2,
    *,
    invoice: str = "536365",
    code: str = LANTERN,
    description: str = "",
    quantity: int = 1,
    at: datetime = MORNING,
    price: int = 1_000,
    customer: str = "17850",
    country: str = "United Kingdom",
) -> Line:
    return Line(number, invoice, code, description, quantity, at, price, customer, country)


def sheet(*lines: Line) -> Sheet:
    """A file of these lines, numbered as they come."""
    return Sheet("d" * 64, tuple(it._replace(number=n) for n, it in enumerate(lines, start=2)))


def csv_of(*rows: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS.split(","), *rows])
    return text.getvalue()


CODES = [LANTERN, "22423", "gift_0001_20", "POST", "C2", "M", "D", "S", "B", "CRUK"]
CODES += ["BANK CHARGES", "AMAZONFEE", "PADS", "m"]

any_line = st.builds(
    line,
    invoice=st.sampled_from(["536365", "536366", "C536379", "C536380", "A563185"]),
    code=st.sampled_from(CODES),
    description=st.sampled_from(["", "HEART LANTERN"]),
    quantity=st.integers(-40, 40) | st.sampled_from([-80_995, 80_995, 2_000_000, -2_000_000]),
    at=st.timedeltas(timedelta(0), timedelta(days=120)).map(lambda later: MORNING + later),
    price=st.sampled_from([0, 1, 5, 415, 1_000, 2_550, 2_555, 13_541_330, -11_062_060])
    | st.integers(0, 20_000),
    customer=st.sampled_from(["", "17850", "13047"]),
    country=st.sampled_from(["United Kingdom", "EIRE", "Unspecified"]),
)
any_sheet = st.lists(any_line, max_size=40).map(lambda lines: sheet(*lines))
