"""Between the words of protos and our own types. What cannot be said exactly is refused."""

from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp
from google.type import money_pb2

from libs.money import Money
from libs.money import UnknownCurrency as NotACurrency
from libs.money.currency import exponent
from libs.rpc.refusals import (
    AmountOutOfRange,
    InvalidRequest,
    MalformedAmount,
    SubMinorAmount,
    UnknownCurrency,
)

NANOS = 1_000_000_000
MINOR_MAX = 2**63 - 1
"""The books hold minor units as 64 bits."""


def to_money(value: money_pb2.Money, *, field: str = "") -> Money:
    """The amount in whole minor units of its currency; refuses what would need rounding."""
    try:
        nanos_a_minor = NANOS // 10 ** exponent(value.currency_code)
    except NotACurrency as error:
        raise UnknownCurrency(str(error), field=_within(field, "currency_code")) from None
    if abs(value.nanos) >= NANOS or value.units * value.nanos < 0:
        raise MalformedAmount(
            "nanos are less than one unit and of the same sign", field=_within(field, "nanos")
        )
    minor, finer = divmod(abs(value.units * NANOS + value.nanos), nanos_a_minor)
    if finer:
        raise SubMinorAmount(
            f"finer than the minor unit of {value.currency_code}", field=_within(field, "nanos")
        )
    if minor > MINOR_MAX:
        raise AmountOutOfRange("more than an amount can be", field=_within(field, "units"))
    return Money(-minor if value.units < 0 or value.nanos < 0 else minor, value.currency_code)


def from_money(money: Money) -> money_pb2.Money:
    """The same amount in units and nanos."""
    minors = 10 ** exponent(money.currency)
    units, minor = divmod(abs(money.amount), minors)
    sign = -1 if money.amount < 0 else 1
    return money_pb2.Money(
        currency_code=money.currency,
        units=sign * units,
        nanos=sign * minor * (NANOS // minors),
    )


def to_uuid(text: str, *, field: str = "") -> UUID:
    """The id, of a bare UUID or of a resource name that ends in one."""
    try:
        return UUID(text.rpartition("/")[2])
    except ValueError:
        raise InvalidRequest("not a UUID", field=field) from None


def timestamp(moment: datetime) -> Timestamp:
    """A moment as protobuf has it; one without a time zone is no moment."""
    assert moment.tzinfo is not None, "times carry their zone"
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


def when(stamp: Timestamp) -> datetime:
    """A moment in UTC, to the microsecond."""
    return stamp.ToDatetime(tzinfo=UTC)


def _within(field: str, part: str) -> str:
    return f"{field}.{part}" if field else part
