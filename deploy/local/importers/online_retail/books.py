"""Books: the ledger's side of the closing table, asked of the ledger and of nobody else."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from google.type import money_pb2

from deploy.local.importers.online_retail.calls import all_of
from deploy.local.importers.online_retail.pricing import MINOR
from deploy.local.importers.online_retail.services import Services
from deploy.local.importers.online_retail.shop import CURRENCY
from deploy.local.importers.online_retail.tally import Figure, Heading, Tally, month_of
from libs.contracts.ledger.v1 import ledger_service_pb2 as pb
from libs.rpc.convert import timestamp, to_money, when

GMV: Final = "9010"
GMV_REVERSED: Final = "9011"
UNMATCHED: Final = "1917"
RESIDUE_CONTRA: Final = "9039"
ESCROW: Final = "2110"
"""Codes of the ledger's chart."""

CAPTURE: Final = "capture_allocated"
RESIDUE_UNIT: Final = f"{CURRENCY}/3"


@dataclass(slots=True)
class Books:
    """Amounts by heading and month; residues apart as well, in thousandths."""

    tally: Tally = field(default_factory=Tally)
    residue: Tally = field(default_factory=Tally)

    def add(self, heading: Heading, month: str, amount: int, *, lines: int = 0) -> None:
        self.tally.add(heading, month, Figure(lines, amount))


async def read_books(
    services: Services, merchant: str, *, through: date, shipped: Iterable[str]
) -> Books:
    """What the merchant's year came to: GMV, reversals, adjustments and residues as the ledger
    sums them, and the carriage of `shipped` orders from their entries, since no sum tells
    carriage from goods."""
    books = Books()
    end = datetime.combine(through + timedelta(days=1), time(), UTC)
    where, period = pb.AccountFilter(payee=merchant), pb.Period(end=timestamp(end))
    await _read_adjustments(services, books, where, period)
    await _read_gmv(services, books, where, period)
    await all_of(_read_carriage(services, books, order) for order in shipped)
    return books


async def _read_gmv(
    services: Services, books: Books, where: pb.AccountFilter, period: pb.Period
) -> None:
    """An unmatched cancellation is reversed GMV too, and has been read as an adjustment."""
    answer = await services.ledger.GetGmv(
        pb.GetGmvRequest(dimensions=[pb.GMV_DIMENSION_MONTH], filter=where, period=period)
    )
    for part in answer.parts:
        (month,) = part.key
        books.add(Heading.SALE, month, _thousandths(part.gross))
        books.add(Heading.RETURN, month, -_thousandths(part.reversed))
    for month in books.tally.months:
        unmatched = books.tally.figure(Heading.UNMATCHED, month).amount
        residue = books.residue.figure(Heading.UNMATCHED, month).amount
        books.add(Heading.RETURN, month, residue - unmatched)
    sold, reversed_ = await all_of(
        services.entries_on(code, where.payee) for code in (GMV, GMV_REVERSED)
    )
    unmatched_lines = await services.entries_on(UNMATCHED, where.payee)
    first = min(books.tally.months, default="")
    books.add(Heading.SALE, first, 0, lines=sold)
    books.add(Heading.RETURN, first, 0, lines=reversed_ - unmatched_lines)


async def _read_adjustments(
    services: Services, books: Books, where: pb.AccountFilter, period: pb.Period
) -> None:
    answer = await services.ledger.SumAdjustments(
        pb.SumAdjustmentsRequest(filter=where, period=period, by_month=True)
    )
    for sum_ in answer.sums:
        heading = Heading(sum_.reason.partition(":")[0])
        if sum_.amount.unit == RESIDUE_UNIT:
            if sum_.code != RESIDUE_CONTRA:
                books.add(heading, sum_.month, sum_.amount.minor)
                books.residue.add(heading, sum_.month, Figure(sum_.amount.lines, sum_.amount.minor))
        else:
            lines = sum_.amount.lines
            books.add(heading, sum_.month, sum_.amount.minor * MINOR, lines=lines)


async def _read_carriage(services: Services, books: Books, order: str) -> None:
    """What was captured into escrow beyond the goods is carriage: the market has no tax."""
    answer = await services.ledger.ListEntries(
        pb.ListEntriesRequest(reference=order.rpartition("/")[2], code=ESCROW)
    )
    for entry in answer.entries:
        if entry.rule == CAPTURE:
            escrow = sum(line.amount.minor for line in entry.lines if line.code == ESCROW)
            goods = sum(line.amount.minor for line in entry.lines if line.code == GMV)
            month = month_of(when(entry.effective_at).date())
            books.add(Heading.CARRIAGE, month, (-escrow - goods) * MINOR, lines=1)


def _thousandths(amount: money_pb2.Money) -> int:
    return to_money(amount).amount * MINOR
