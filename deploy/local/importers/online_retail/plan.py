"""Plan: what is to happen on each business day, so that the books come to what the file says."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Final

from deploy.local.importers.online_retail.classes import LineClass, class_of
from deploy.local.importers.online_retail.countries import country_code
from deploy.local.importers.online_retail.days import Day, Order, Sold, utc_of
from deploy.local.importers.online_retail.draft import Draft
from deploy.local.importers.online_retail.matching import Sales
from deploy.local.importers.online_retail.pricing import ListPrice, PriceList, list_prices, pence
from deploy.local.importers.online_retail.reading import Line, Sheet
from deploy.local.importers.online_retail.tally import Tally, month_of

ORDER_LINES_MAX: Final = 1500
BUYER_MAX: Final = 63
_NO_NAME: Final = re.compile(r"[^A-Za-z0-9_.-]")


@dataclass(frozen=True, slots=True)
class Plan:
    """All days of a file, and what must be there before them."""

    digest: str
    days: tuple[Day, ...]
    titles: Mapping[str, str]
    prices: Mapping[str, list[ListPrice]]
    receipts: Mapping[str, Mapping[str, int]]
    """Units that leave the shelf in each month, by code."""

    def first(self, days: int) -> "Plan":
        """Only so many days. What they need is decided by the whole file all the same, so that
        the rest may follow in another run."""
        kept = self.days[:days]
        last = kept[-1].date if kept else date.min
        months = {month_of(day.date) for day in kept}
        prices = {code: _until(last, dated) for code, dated in self.prices.items()}
        return replace(
            self,
            days=kept,
            prices={code: dated for code, dated in prices.items() if dated},
            receipts={month: units for month, units in self.receipts.items() if month in months},
        )

    @property
    def tally(self) -> Tally:
        """The file's side of the closing table."""
        return Tally.of(day.tally for day in self.days)

    @property
    def warnings(self) -> list[str]:
        return sorted(frozenset[str]().union(*(day.warnings for day in self.days)))


def plan(sheet: Sheet) -> Plan:
    """The whole file as days."""
    lines = sorted(sheet.lines, key=lambda line: (line.at, line.number))
    prices = list_prices(line for line in lines if class_of(line) is LineClass.SALE)
    planner = _Planner(PriceList(prices))
    days = tuple(
        planner.day(day, list(group)) for day, group in groupby(lines, lambda line: line.at.date())
    )
    return Plan(
        digest=sheet.digest,
        days=days,
        titles=_titles(lines),
        prices=prices,
        receipts=_receipts(days),
    )


class _Planner:
    """Knows what was sold so far, and in which order's which line."""

    def __init__(self, prices: PriceList) -> None:
        self._prices = prices
        self._sales = Sales()
        self._placed: dict[int, tuple[str, int]] = {}

    def day(self, day: date, lines: list[Line]) -> Day:
        draft = Draft(day)
        baskets: dict[str, list[Line]] = defaultdict(list)
        for line in lines:
            if class_of(line) is LineClass.SALE:
                baskets[line.invoice].append(line)
        shipping = Counter[str]()
        for line in lines:
            match class_of(line):
                case LineClass.SALE:
                    self._sales.sell(line)
                    draft.sell(line)
                case LineClass.CARRIAGE if line.amount > 0 and line.invoice in baskets:
                    shipping[line.invoice] += pence(line.amount)
                    draft.ship(line)
                case LineClass.CANCELLATION:
                    draft.cancel(line, *self._sales.take_back(line))
                case LineClass.STOCK:
                    draft.move(line)
                case charge:
                    draft.adjust(line, charge)
        orders = tuple(
            order
            for invoice, basket in baskets.items()
            for order in self._orders(day, basket, shipping[invoice])
        )
        return draft.done(lines, orders, self._placed)

    def _orders(self, day: date, basket: list[Line], shipping: int) -> Iterator[Order]:
        """One order, or several where an invoice is longer than an order may be."""
        first = basket[0]
        buyer = f"customer-{first.customer}" if first.customer else f"guest-{first.invoice}"
        buyer = _NO_NAME.sub("-", buyer)[:BUYER_MAX]
        for part, start in enumerate(range(0, len(basket), ORDER_LINES_MAX)):
            lines = basket[start : start + ORDER_LINES_MAX]
            key = f"{day}/{first.invoice}/{part}"
            self._placed |= {line.number: (key, place) for place, line in enumerate(lines)}
            yield Order(
                key=key,
                invoice=first.invoice,
                at=utc_of(first.at),
                buyer=buyer,
                country=country_code(first.country),
                lines=tuple(self._sold(line, day) for line in lines),
                shipping=0 if part else shipping,
            )

    def _sold(self, line: Line, day: date) -> Sold:
        listed = self._prices.price(line.code, day)
        discount = line.quantity * (listed - pence(line.price))
        return Sold(line.code, line.quantity, listed, discount)


def _until(last: date, prices: list[ListPrice]) -> list[ListPrice]:
    return [price for price in prices if price.since <= last]


def _titles(lines: Iterable[Line]) -> dict[str, str]:
    """What a code is first called."""
    titles: dict[str, str] = {}
    for line in lines:
        if line.description:
            titles.setdefault(line.code, line.description)
    return titles


def _receipts(days: Iterable[Day]) -> dict[str, Counter[str]]:
    receipts: dict[str, Counter[str]] = defaultdict(Counter)
    for day in days:
        needed = receipts[month_of(day.date)]
        for order in day.orders:
            for line in order.lines:
                needed[line.code] += line.units
        for move in day.moves:
            needed[move.code] -= min(move.delta, 0)
    return {month: +units for month, units in receipts.items()}
