"""The promises, each with the checks that stand for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from tests.faults.checker import answers, books, goods, orders, provider, stores, topics
from tests.faults.checker.evidence import Evidence

Check = Callable[[Evidence], Iterator[str]]
TOLD_MAX = 20
"""One bug breaks a promise many times over: so many are told, of each check."""

PROMISES: Mapping[str, tuple[Check, ...]] = {
    "acknowledged commands are kept": (
        stores.acknowledged_is_recorded,
        stores.streams_have_no_gaps,
        stores.everything_has_a_cause,
        topics.facts_are_told,
    ),
    "money is neither made nor lost": (
        books.entries_balance,
        books.balances_are_sums,
        books.captured_money_is_in_the_books,
    ),
    "nothing is sold twice": (goods.nothing_is_sold_twice, goods.goods_follow_orders),
    "every order ends": (
        orders.every_order_ends,
        orders.no_timer_is_missed,
        stores.nothing_is_parked,
    ),
    "nothing is paid twice": (
        stores.nothing_happens_twice,
        provider.nothing_is_taken_or_given_twice,
        provider.orders_are_paid_once,
        provider.provider_was_asked_for_it,
        provider.nobody_pays_for_nothing,
    ),
    "books follow from facts": (books.entries_follow_from_facts, books.the_chain_holds),
    "order is kept": (
        topics.only_facts_are_told,
        topics.partitions_have_no_gaps,
        topics.keys_are_told_in_order,
        topics.keys_are_heard_in_order,
    ),
    "answers are true": (answers.every_no_has_a_name, answers.reads_never_go_back),
}


class Violation(NamedTuple):
    promise: str
    check: str
    what: str


def judge(evidence: Evidence) -> list[Violation]:
    return [
        Violation(promise, check.__name__, what)
        for promise, checks in PROMISES.items()
        for check in checks
        for what in islice(check(evidence), TOLD_MAX)
    ]
