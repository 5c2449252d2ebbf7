"""Money: whole minor units of an ISO 4217 currency, and how to divide them without losing one."""

from libs.money.allocation import allocate, cumulative_share, share
from libs.money.currency import Currency, UnknownCurrency
from libs.money.money import CurrencyMismatch, Money, SubMinorAmount

__all__ = [
    "Currency",
    "CurrencyMismatch",
    "Money",
    "SubMinorAmount",
    "UnknownCurrency",
    "allocate",
    "cumulative_share",
    "share",
]
