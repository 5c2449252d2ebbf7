"""Pricing: a list price for each code, changed when a price holds; less is a discount on the line.

The same goods cost differently on one invoice: by quantity, by customer, by a price that changed
at noon. So the list price of a day is at least the highest price paid that day, and a line that
was sold for less carries the difference as the merchant's discount. A lower list price is only
published when it holds for some days of trade.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final, NamedTuple

from deploy.local.importers.online_retail.reading import Line

HOLDS: Final = 5
"""On how many days of trade in a row a lower price must be the highest one to be the price."""

MINOR: Final = 10
"""Thousandths in a penny."""


class ListPrice(NamedTuple):
    """What a unit costs from that day on, in pence."""

    since: date
    price: int


def pence(price: int) -> int:
    """What is posted for a price in thousandths: whole pence, half rounded up."""
    return (price + MINOR // 2) // MINOR


def list_prices(sales: Iterable[Line]) -> dict[str, list[ListPrice]]:
    """The dated prices of every code that is sold, oldest first."""
    highest: dict[str, dict[date, int]] = defaultdict(dict)
    for sale in sales:
        days, day = highest[sale.code], sale.at.date()
        days[day] = max(days.get(day, 0), pence(sale.price))
    return {code: _held(days) for code, days in highest.items()}


def _held(highest: Mapping[date, int]) -> list[ListPrice]:
    days = sorted(highest)
    prices = [highest[day] for day in days]
    held = [ListPrice(days[0], prices[0])]
    for number, (day, price) in enumerate(zip(days, prices, strict=True)):
        current, coming = held[-1].price, max(prices[number : number + HOLDS])
        if price > current or coming < current:
            held.append(ListPrice(day, max(price, min(coming, current))))
    return held


class PriceList:
    """Asked for days in their order, it gives the price that is in force."""

    def __init__(self, prices: Mapping[str, list[ListPrice]]) -> None:
        self._prices = prices
        self._at: dict[str, int] = defaultdict(int)

    def price(self, code: str, day: date) -> int:
        prices, at = self._prices[code], self._at[code]
        while at + 1 < len(prices) and prices[at + 1].since <= day:
            at += 1
        self._at[code] = at
        return prices[at].price
