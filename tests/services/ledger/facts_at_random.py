"""Facts of every kind that posts, with amounts at random that balance.

Rules are linear in their amounts, so what a fact is off by can be put right in an amount that a
rule uses on one side of one currency of one book. Nothing here repeats what a rule says.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final, get_type_hints
from uuid import UUID

from libs.books import Book
from libs.domain import Started
from services.ledger.posting import Posting, posting_of
from services.ledger.rules import RULES, Fact, Rule

START: Final = datetime(2026, 3, 1, tzinfo=UTC)
VALUES: Final[dict[str, tuple[str, ...]]] = {
    "legal_entity": ("EU", "UK"),
    "currency": ("GBP",),
    "residue_currency": ("GBP/3",),
    "market": ("GB", "DE"),
    "payee": ("acme", "bento", "cobalt"),
    "mode": ("MARKETPLACE", "FULL_SERVICE"),
    "surface": ("LIVE", "VIDEO"),
    "creator": ("", "mia", "noor"),
    "agency": ("", "north"),
    "partner": ("", "stage"),
    "role": ("MERCHANT",),
    "reason": ("SHELF_FEE", "GOODWILL"),
}
_ENVELOPE = {"originator_id", "originator_version", "originator_topic", "timestamp", "TOPIC"}


def facts(seed: int, count: int) -> list[Fact]:
    return list(_facts(Random(seed), count))


def postings(seed: int, count: int) -> list[Posting]:
    return [posting for it in facts(seed, count) if (posting := posting_of(it))]


def _facts(chance: Random, count: int) -> Iterator[Fact]:
    kinds = list(RULES)
    for number in range(count):
        yield fact_of(kinds[number % len(kinds)], chance)


def fact_of(kind: type[Fact], chance: Random) -> Fact:
    rule = RULES[kind]
    hints = _fields(kind)
    values = {name: _value(name, hint, chance) for name, hint in hints.items() if name != "items"}
    values["effective_at"] = START + timedelta(minutes=chance.randrange(60 * 24 * 45))
    envelope: dict[str, Any] = {
        "originator_id": UUID(int=chance.getrandbits(128), version=4),
        "originator_version": 1,
        "timestamp": START,
    }
    if issubclass(kind, Started):
        envelope["originator_topic"] = "ledger.Any"

    def made(**amounts: Any) -> Fact:  # amounts, or rows of them
        fact: Fact = kind(**envelope, **{**values, **amounts})
        return fact

    if rule.row is None:
        names = _amounts(kind)
        return made(**_balanced({name: chance.randrange(9000) for name in names}, rule, made))
    return made(items=tuple(_row(rule, chance, made) for _ in range(chance.randint(1, 4))))


def _row(rule: Rule, chance: Random, made: Any) -> Any:
    assert rule.row is not None
    hints = _fields(rule.row)
    named = {k: _value(k, hint, chance) for k, hint in hints.items()}
    names = _amounts(rule.row)

    def one(**amounts: int) -> Fact:
        fact: Fact = made(items=(rule.row(**{**named, **amounts}),))  # type: ignore[misc]
        return fact

    amounts = _balanced({name: chance.randrange(9000) for name in names}, rule, one)
    return rule.row(**{**named, **amounts})


def _fields(kind: type) -> dict[str, Any]:
    """Names and types of what a fact or a row says, without what every fact has."""
    names = kind._fields if issubclass(kind, tuple) else kind.__dataclass_fields__  # type: ignore[attr-defined]
    hints = get_type_hints(kind)
    return {name: hints[name] for name in names if name not in _ENVELOPE}


def _amounts(kind: type) -> list[str]:
    return [name for name, hint in _fields(kind).items() if hint is int]


def _balanced(amounts: dict[str, int], rule: Rule, made: Any) -> dict[str, int]:
    zeros = dict.fromkeys(amounts, 0)
    off = _off(rule, made(**amounts))
    for book_currency, by in list(off.items()):
        for name in amounts:
            effect = _off(rule, made(**{**zeros, name: 1}))
            if set(effect) == {book_currency} and abs(effect[book_currency]) == 1:
                amounts[name] -= by * effect[book_currency]
                break
    assert not _off(rule, made(**amounts)), f"cannot balance {rule.name}"
    return amounts


def _off(rule: Rule, fact: Fact) -> dict[tuple[Book, str], int]:
    sums: defaultdict[tuple[Book, str], int] = defaultdict(int)
    for line in rule.lines(fact):
        sums[line.account.book, line.currency] += line.amount
    return {key: amount for key, amount in sums.items() if amount}


def _value(name: str, hint: Any, chance: Random) -> Any:
    if hint is int:
        return 0
    if hint is bool:
        return False
    if hint is UUID:
        return UUID(int=chance.randrange(1, 40), version=4)
    if name in VALUES:
        return chance.choice(VALUES[name])
    if name.endswith("_currency"):
        return "CNY"
    if name in {"order_line", "payment", "statement"}:
        return str(UUID(int=chance.getrandbits(128), version=4))
    return ""
