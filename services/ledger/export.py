"""The journal for other tools: as Parquet, or as text for hledger or beancount.

The texts end with the balances that we keep, as assertions: a tool that accepts the file has added
up every line itself and come to our totals. The memo book has commodities of its own, as the tools
know just one book: `STAT-GBP` counts what the money accounts do not.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol, TextIO

from libs.books import Account, Book
from libs.money.currency import exponent
from services.ledger.archive import archive, facts_in
from services.ledger.chain import Leaf
from services.ledger.chart import CHART, LEAF, REFERENCES
from services.ledger.live import LiveLedger
from services.ledger.reading import Position, PostedEntry, PostedLine

_PAGE: Final = 500
_ROOTS: Final = {
    "1": "Assets",
    "2": "Liabilities",
    "4": "Income",
    "5": "Expenses",
    "9": "Equity",
}


class Format(Protocol):
    """How a tool wants it written."""

    def opening(self, accounts: set[tuple[str, str]]) -> Iterator[str]: ...

    def entry(self, entry: PostedEntry) -> Iterator[str]: ...

    def closing(self, day: str, totals: dict[tuple[str, str], int]) -> Iterator[str]: ...


async def export_text(live: LiveLedger, into: TextIO, *, form: Format) -> int:
    """Write the journal; returns how many entries it has."""
    totals: defaultdict[tuple[str, str], int] = defaultdict(int)
    async for *leaf, amount, _, _ in live.balances():
        totals[account_name(Leaf(*leaf)), commodity(Leaf(*leaf))] += amount
    into.writelines(f"{line}\n" for line in form.opening(set(totals)))
    entries, last = 0, None
    async for entry in _entries(live):
        into.writelines(f"{line}\n" for line in form.entry(entry))
        entries += 1
        last = max(last or entry.heading.effective_at, entry.heading.effective_at)
    if last is not None:
        day = (last + timedelta(days=1)).strftime("%Y-%m-%d")
        into.writelines(f"{line}\n" for line in form.closing(day, dict(sorted(totals.items()))))
    return entries


async def export_parquet(live: LiveLedger, folder: Path) -> int:
    """Lines with their entries, balances, and the facts that they follow from."""
    await archive(live.facts(), folder / "facts")
    await live.write_lines(folder / "lines.parquet")
    await live.write_balances(folder / "balances.parquet")
    return facts_in(folder / "facts")


async def _entries(live: LiveLedger) -> AsyncIterator[PostedEntry]:
    after: Position | None = None
    while page := (await live.reader.entries(after=after, limit=_PAGE)).rows:
        for entry in page:
            yield entry
        after = (page[-1].heading.legal_entity, page[-1].heading.sequence)


class Hledger:
    """A journal that `hledger check --strict` accepts."""

    def opening(self, accounts: set[tuple[str, str]]) -> Iterator[str]:
        yield "decimal-mark ."
        yield from (f"account {name}" for name in sorted({name for name, _ in accounts}))
        for unit in sorted({unit for _, unit in accounts}):
            yield f"commodity {decimal(1000 * 10 ** digits(unit), unit)} {_quoted(unit)}"

    def entry(self, entry: PostedEntry) -> Iterator[str]:
        heading = entry.heading
        yield ""
        yield (
            f"{heading.effective_at:%Y-%m-%d} * ({heading.legal_entity} {heading.sequence})"
            f" {heading.rule}  ; reference:{heading.reference},"
            f" fact:{heading.stream_id}/{heading.version}"
        )
        for line in entry.lines:
            tags = ", ".join(f"{name}:{value}" for name, value in labels(line))
            amount = f"{decimal(line.amount, commodity(line.leaf))} {_quoted(commodity(line.leaf))}"
            yield f"    {account_name(line.leaf)}  {amount}" + (f"  ; {tags}" if tags else "")

    def closing(self, day: str, totals: dict[tuple[str, str], int]) -> Iterator[str]:
        yield ""
        yield f"{day} * balances as the ledger keeps them"
        for (name, unit), amount in totals.items():
            nothing = f"{decimal(0, unit)} {_quoted(unit)}"
            yield f"    {name}  {nothing} = {decimal(amount, unit)} {_quoted(unit)}"


class Beancount:
    """A file that `bean-check` accepts."""

    def opening(self, accounts: set[tuple[str, str]]) -> Iterator[str]:
        yield 'option "title" "Entrepot"'
        yield from (f"1970-01-01 open {name}" for name in sorted({name for name, _ in accounts}))

    def entry(self, entry: PostedEntry) -> Iterator[str]:
        heading = entry.heading
        yield ""
        yield f'{heading.effective_at:%Y-%m-%d} * "{heading.legal_entity}" "{heading.rule}"'
        yield f'  sequence: "{heading.sequence}"'
        yield f'  reference: "{heading.reference}"'
        yield f'  fact: "{heading.stream_id}/{heading.version}"'
        for line in entry.lines:
            unit = commodity(line.leaf)
            yield f"  {account_name(line.leaf)}  {decimal(line.amount, unit)} {unit}"
            yield from (f'    {name}: "{value}"' for name, value in labels(line))

    def closing(self, day: str, totals: dict[tuple[str, str], int]) -> Iterator[str]:
        yield ""
        for (name, unit), amount in totals.items():
            yield f"{day} balance {name}  {decimal(amount, unit)} {unit}"


FORMATS: Final[dict[str, type[Hledger] | type[Beancount]]] = {
    "hledger": Hledger,
    "beancount": Beancount,
}


def account_name(leaf: Leaf) -> str:
    """`Liabilities:2110-Escrow-undelivered:UK`: what both tools take for an account."""
    return f"{_ROOTS[leaf.code[0]]}:{_slug(CHART[leaf.code])}:{_component(leaf.legal_entity)}"


def commodity(leaf: Leaf) -> str:
    """The currency, or in the memo book a commodity that is not money."""
    plain = leaf.currency.replace("/", "-")
    return plain if CHART[leaf.code].book is Book.MONEY else f"STAT-{plain}"


def labels(line: PostedLine) -> Iterator[tuple[str, str]]:
    """What an account's name does not say of a line."""
    for name in LEAF:
        if value := getattr(line.leaf, name):
            yield name, value
    for name in REFERENCES:
        if (id := getattr(line, name)) is not None:
            yield name, str(id)


def digits(unit: str) -> int:
    """Decimal places: of the currency, or as many as the unit itself says (`GBP-3`)."""
    currency, _, finer = unit.removeprefix("STAT-").partition("-")
    return int(finer) if finer else exponent(currency)


def decimal(amount: int, unit: str) -> str:
    places = digits(unit)
    sign, text = "-" if amount < 0 else "", str(abs(amount)).rjust(places + 1, "0")
    return f"{sign}{text[:-places]}.{text[-places:]}" if places else f"{sign}{text}"


def _slug(account: Account) -> str:
    words = "".join(letter if letter.isalnum() else " " for letter in account.name).split()
    return "-".join([account.code, *words])


def _component(text: str) -> str:
    """Letters, digits and dashes, not beginning with a small letter."""
    kept = "".join(letter if letter.isalnum() else "-" for letter in text)
    return kept[:1].upper() + kept[1:]


def _quoted(unit: str) -> str:
    return unit if unit.isalpha() else f'"{unit}"'
