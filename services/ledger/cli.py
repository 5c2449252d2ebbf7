"""`ledger`: finance's way into the books. Reads the ledger's database, and never writes.

Every question can be asked as of a moment, and as far as was known at another or at a sequence;
every answer says the sequence at which it is true.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn, TypeVar
from uuid import UUID

import typer
from rich.bar import Bar
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from libs.domain import Refusal

if TYPE_CHECKING:
    from services.ledger.live import LiveLedger
    from services.ledger.reading import Axes, ClosedStatement, Period, PostedEntry
    from services.ledger.reports import Gmv

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
out: Final = Console(highlight=False)
progress: Final = Console(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
AsOf = Annotated[
    str, typer.Option(help="As things were at this moment (ISO 8601; without a zone, UTC).")
]
KnownAt = Annotated[str, typer.Option(help="As far as was known at this moment.")]
Sequence_ = Annotated[
    int, typer.Option("--sequence", help="As far as was known at this sequence of one entity.")
]
Entity = Annotated[str, typer.Option("--legal-entity", help="Of this legal entity only.")]
Currency = Annotated[str, typer.Option(help="In this currency only.")]
Market = Annotated[str, typer.Option(help="In this market only.")]
PayeeName = Annotated[str, typer.Option("--payee", help="Of this payee only.")]
From = Annotated[str, typer.Option("--from", help="What happened from this moment on.")]
Until = Annotated[str, typer.Option("--until", help="What happened before this moment.")]


class By(StrEnum):
    """What GMV is broken down by."""

    MARKET = "market"
    DAY = "day"
    MONTH = "month"
    MODE = "mode"
    SURFACE = "surface"
    MERCHANT = "merchant"
    CREATOR = "creator"
    ENTITY = "legal-entity"


class View(StrEnum):
    """What dates a reversal: its own day, or the day of the sale that it takes back."""

    POSTED = "posted"
    COHORT = "cohort"


class Form(StrEnum):
    PARQUET = "parquet"
    HLEDGER = "hledger"
    BEANCOUNT = "beancount"


class Engine(StrEnum):
    DUCKDB = "duckdb"
    PYSPARK = "pyspark"


@app.command()
def balance(
    codes: Annotated[
        list[str] | None, typer.Argument(help="Codes of the chart; none: all.")
    ] = None,
    legal_entity: Entity = "",
    currency: Currency = "",
    market: Market = "",
    payee: PayeeName = "",
    as_of: AsOf = "",
    known_at: KnownAt = "",
    sequence: Sequence_ = 0,
    as_json: AsJson = False,
) -> None:
    """What stands on accounts, by payee."""

    async def ask(live: "LiveLedger") -> Answered:
        from services.ledger.reading import Where

        answer = await live.reader.sums(
            "code",
            "payee",
            "currency",
            where=Where(
                codes=codes or (),
                legal_entity=legal_entity,
                currency=currency,
                market=market,
                payee=payee,
            ),
            axes=_axes(as_of, known_at, sequence),
        )
        rows = [(*it.key, _amount(it.amount, it.key[2])) for it in answer.rows]
        return Answered(("code", "payee", "currency", "balance"), rows, answer.true_at)

    _tell(_run(ask), as_json, title="Balances (debit positive)")


@app.command("trial-balance")
def trial_balance(
    legal_entity: Entity = "",
    currency: Currency = "",
    as_of: AsOf = "",
    known_at: KnownAt = "",
    sequence: Sequence_ = 0,
    as_json: AsJson = False,
) -> None:
    """Every account that was ever touched; debits equal credits in each currency and book."""

    async def ask(live: "LiveLedger") -> Answered:
        from services.ledger.reading import Where
        from services.ledger.reports import trial_balance

        answer = await trial_balance(
            live.reader,
            where=Where(legal_entity=legal_entity, currency=currency),
            axes=_axes(as_of, known_at, sequence),
        )
        rows = [
            (
                str(it.account.book),
                it.currency,
                it.account.code,
                it.account.name,
                _amount(it.debit, it.currency) if it.debit else "",
                _amount(it.credit, it.currency) if it.credit else "",
            )
            for it in answer.rows
        ]
        sums: dict[tuple[str, str], list[int]] = {}
        for it in answer.rows:
            total = sums.setdefault((str(it.account.book), it.currency), [0, 0])
            total[0] += it.debit
            total[1] += it.credit
        totals = [
            (book, unit, "", "total", _amount(debit, unit), _amount(credit, unit))
            for (book, unit), (debit, credit) in sums.items()
        ]
        names = ("book", "currency", "code", "account", "debit", "credit")
        return Answered(names, rows, answer.true_at, totals)

    _tell(_run(ask), as_json, title="Trial balance")


@app.command()
def entries(
    reference: Annotated[str, typer.Option("--order", help="About this order only.")] = "",
    payee: PayeeName = "",
    code: Annotated[str, typer.Option(help="With a line on this account only.")] = "",
    legal_entity: Entity = "",
    start: From = "",
    end: Until = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    as_of: AsOf = "",
    known_at: KnownAt = "",
    sequence: Sequence_ = 0,
    as_json: AsJson = False,
) -> None:
    """Entries with their lines."""

    async def ask(live: "LiveLedger") -> Answered:
        from services.ledger.reading import EntryFilter

        answer = await live.reader.entries(
            EntryFilter(
                reference=reference,
                payee=payee,
                code=code,
                legal_entity=legal_entity,
                period=_period(start, end),
            ),
            axes=_axes(as_of, known_at, sequence),
            limit=limit,
        )
        rows = [row for entry in answer.rows for row in _entry_rows(entry)]
        names = ("entity", "sequence", "effective", "rule", "account", "of", "debit", "credit")
        return Answered((*names, "currency"), rows, answer.true_at)

    _tell(_run(ask), as_json, title="Entries")


@app.command()
def gmv(
    by: Annotated[list[By] | None, typer.Option(help="Break down by; may be repeated.")] = None,
    view: Annotated[View, typer.Option(help="What dates a reversal.")] = View.POSTED,
    legal_entity: Entity = "",
    currency: Currency = "",
    market: Market = "",
    start: From = "",
    end: Until = "",
    as_of: AsOf = "",
    known_at: KnownAt = "",
    sequence: Sequence_ = 0,
    as_json: AsJson = False,
) -> None:
    """GMV, what was given back of it, and net GMV, with a bar for each part."""
    dimensions = by or [By.MARKET]

    async def ask(live: "LiveLedger") -> Answered:
        from services.ledger.reading import Where
        from services.ledger.reports import gmv

        answer = await gmv(
            live.reader,
            *(COLUMNS.get(dimension, str(dimension)) for dimension in dimensions),
            where=Where(legal_entity=legal_entity, currency=currency, market=market),
            axes=_axes(as_of, known_at, sequence),
            period=_period(start, end),
            dated_by="capture" if view is View.COHORT else "entry",
        )
        rows = [
            (
                *it.key,
                it.currency,
                *(_amount(x, it.currency) for x in (it.gross, it.reversed, it.net)),
            )
            for it in answer.rows
        ]
        names = (*map(str, dimensions), "currency", "gmv", "reversed", "net")
        return Answered(names, rows, answer.true_at, bars=_bars(answer.rows))

    _tell(_run(ask), as_json, title="GMV")


COLUMNS: Final[Mapping[By, str]] = {By.MERCHANT: "payee", By.ENTITY: "legal_entity"}


@app.command()
def statement(
    id: Annotated[str, typer.Argument(help="A statement's id; without one, they are listed.")] = "",
    payee: PayeeName = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """A closed statement with what moved between its cuts, or the list of statements."""

    async def ask(live: "LiveLedger") -> Answered:
        from services.ledger.reports import statement

        if not id:
            closed = await live.reader.statements(payee=payee, limit=limit)
            return Answered(STATEMENT, [_statement_row(it) for it in closed], {})
        found = await statement(live.reader, await live.reader.statement(_uuid(id)))
        closed_at = found.closed
        rows = [
            ("opening", _amount(closed_at.opening, closed_at.currency)),
            *((title, _amount(x, closed_at.currency)) for title, x in found.groups.items()),
            ("closing", _amount(closed_at.closing, closed_at.currency)),
        ]
        through = {closed_at.legal_entity: closed_at.through_sequence}
        return Answered((closed_at.payee, closed_at.currency), rows, through)

    _tell(_run(ask), as_json, title="Statement" if id else "Statements")


STATEMENT: Final = ("id", "payee", "role", "currency", "cut", "opening", "closing", "through")


@app.command()
def replay(
    engine: Annotated[Engine, typer.Option(help="What evaluates the rules.")] = Engine.DUCKDB,
    archived: Annotated[
        Path | None, typer.Option("--from", help="Facts as exported to Parquet, not the store's.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Rebuild the books from facts by the column engine, and compare them with the live ones."""
    from services.ledger.replay import replay

    with progress.status("Rebuilding the books …"):
        found = _run(lambda live: replay(live, engine_name=str(engine), archived=archived))
    if as_json:
        _print_json(
            {
                "equal": found.equal,
                "facts": found.facts,
                "lines": found.lines,
                "seconds": round(found.seconds, 3),
                "facts_per_second": found.facts_per_second,
                "differences": [
                    {
                        "what": it.what,
                        "place": "/".join(filter(None, it.place)),
                        "replayed": it.replayed,
                        "live": it.live,
                    }
                    for it in found.differences
                ],
            }
        )
    else:
        out.print(
            f"{found.facts:,} facts to {found.lines:,} lines in {found.seconds:.2f} s "
            f"({found.facts_per_second:,} facts/s): "
            + ("[green]equal to the live books[/]" if found.equal else "[red]they differ[/]")
        )
        for it in found.differences:
            place = "/".join(filter(None, it.place))
            out.print(f"  {it.what} {place}: replayed {it.replayed:,}, live {it.live:,}")
    raise typer.Exit(0 if found.equal else 1)


@app.command()
def check(as_json: AsJson = False) -> None:
    """Derive everything that is stored again; exit 1 and a list if anything differs."""
    from services.ledger.checks import check

    async def ask(live: "LiveLedger") -> list[dict[str, str]]:
        with Progress(console=progress, transient=True) as bar:
            task = bar.add_task("entries", total=await live.entries())
            found = check(live, walked=lambda count: bar.advance(task, count))
            return [
                {"what": it.what, "where": it.where, "problem": it.problem} async for it in found
            ]

    findings = _run(ask)
    if as_json:
        _print_json({"sound": not findings, "findings": findings})
    elif findings:
        for it in findings:
            out.print(f"[red]{it['what']}[/] {it['where']}: {it['problem']}")
    else:
        out.print("[green]sound[/]: everything stored follows from the facts")
    raise typer.Exit(1 if findings else 0)


@app.command()
def export(
    form: Annotated[Form, typer.Option("--format", help="For which tool.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A file; of Parquet, a folder.")],
    as_json: AsJson = False,
) -> None:
    """The whole journal for other tools, with our balances as assertions."""
    from services.ledger.export import FORMATS, export_parquet, export_text

    async def write(live: "LiveLedger") -> int:
        if form is Form.PARQUET:
            return await export_parquet(live, output)
        with output.open("w", encoding="utf-8") as file:
            return await export_text(live, file, form=FORMATS[form]())

    count = _run(write)
    if as_json:
        _print_json({"format": str(form), "output": str(output), "entries": count})
    else:
        out.print(f"{count:,} entries in {output}")


# How an answer looks


@dataclass(frozen=True, slots=True)
class Answered:
    """Rows under names, the sequences at which they are true, totals and bars where they help."""

    names: Sequence[str]
    rows: Sequence[Sequence[str]]
    true_at: Mapping[str, int]
    totals: Sequence[Sequence[str]] = ()
    bars: Sequence[float] = ()


def _tell(answered: Answered, as_json: bool, *, title: str) -> None:
    if as_json:
        rows = [dict(zip(answered.names, row, strict=True)) for row in answered.rows]
        totals = [dict(zip(answered.names, row, strict=True)) for row in answered.totals]
        _print_json({"rows": rows, "totals": totals, "true_at": answered.true_at})
        return
    at = ", ".join(f"{name} at {sequence:,}" for name, sequence in answered.true_at.items())
    table = Table(title=title, caption=f"true for {at}" if at else None, caption_justify="left")
    for name in answered.names:
        numeric = name in NUMBERS or name.isupper()
        table.add_column(name, justify="right" if numeric else "left")
    if answered.bars:
        table.add_column("")
    for i, row in enumerate(answered.rows):
        bar = [Bar(1, 0, answered.bars[i], width=BAR)] if answered.bars else []
        table.add_row(*row, *bar)
    if answered.totals:
        table.add_section()
    for row in answered.totals:
        table.add_row(*row, style="bold")
    out.print(table)


NUMBERS: Final = {"balance", "debit", "credit", "gmv", "reversed", "net", "opening", "closing"}
BAR: Final = 30


def _bars(parts: "Iterable[Gmv]") -> Sequence[float]:
    """Net GMV of each part against the largest of its currency."""
    parts = list(parts)
    largest: dict[str, int] = {}
    for it in parts:
        largest[it.currency] = max(largest.get(it.currency, 0), it.net)
    return [max(it.net, 0) / largest[it.currency] if largest[it.currency] else 0 for it in parts]


def _entry_rows(entry: "PostedEntry") -> Iterable[Sequence[str]]:
    heading = entry.heading
    first = (
        heading.legal_entity,
        str(heading.sequence),
        f"{heading.effective_at:%Y-%m-%d %H:%M}",
        heading.rule,
    )
    for line in entry.lines:
        leaf = line.leaf
        amount = _amount(abs(line.amount), leaf.currency)
        sides = (amount, "") if line.amount > 0 else ("", amount)
        whose = "/".join(filter(None, (*leaf[3:], str(line.order_line or "")[:8])))
        yield (*first, leaf.code, whose, *sides, leaf.currency)


def _statement_row(it: "ClosedStatement") -> Sequence[str]:
    return (
        str(it.id),
        it.payee,
        it.role,
        it.currency,
        f"{it.cut_at:%Y-%m-%d}",
        _amount(it.opening, it.currency),
        _amount(it.closing, it.currency),
        str(it.through_sequence),
    )


def _amount(minor: int, currency: str) -> str:
    from services.ledger.export import decimal

    return decimal(minor, currency.replace("/", "-"))


def _print_json(value: Any) -> None:  # whatever json.dumps takes
    print(json.dumps(value, indent=2))


# How a question is read


def _axes(as_of: str, known_at: str, sequence: int) -> "Axes":
    from services.ledger.reading import Axes

    return Axes(as_of=_moment(as_of), known_at=_moment(known_at), sequence=sequence or None)


def _period(start: str, end: str) -> "Period":
    from services.ledger.reading import Period

    return Period(start=_moment(start), end=_moment(end))


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        _refuse(f"{text!r} is not a moment: write it as 2026-03-01 or 2026-03-01T12:00:00Z")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text.removeprefix("statements/"))
    except ValueError:
        _refuse(f"{text!r} is not the id of a statement")


# Where the ledger is


def _run(ask: "Callable[[LiveLedger], Awaitable[T]]") -> T:
    """Ask one snapshot of the ledger's database; what can be foreseen to fail is one sentence."""

    async def asked() -> T:
        async with _live() as live:
            return await ask(live)

    try:
        return asyncio.run(asked())
    except Refusal as refusal:
        _refuse(str(refusal))


@asynccontextmanager
async def _live() -> "AsyncIterator[LiveLedger]":
    import asyncpg

    from services.ledger.live import live_ledger

    dsn = _dsn()
    try:
        async with live_ledger(dsn) as live:
            yield live
    except (OSError, asyncpg.InvalidAuthorizationSpecificationError, asyncpg.CannotConnectNowError):
        _refuse("the ledger's database does not answer: is the stack up (`entrepot up`)?")
    except asyncpg.UndefinedTableError:
        _refuse("this database holds no ledger: it was not migrated")


def _dsn() -> str:
    """Named by the environment, as in the ledger's pods too; or else the local stack's, as its
    state file has it."""
    if dsn := os.environ.get("ENTREPOT_LEDGER_DATABASE") or os.environ.get("ENTREPOT_DATABASE"):
        return dsn
    home = Path(os.environ.get("ENTREPOT_HOME") or ".entrepot")
    try:
        state = json.loads((home / "run" / "state.json").read_text())
        return str(state["services"]["ledger"]["database"])
    except (FileNotFoundError, KeyError):
        _refuse("no ledger here: start a stack (`entrepot up`) or set ENTREPOT_LEDGER_DATABASE")


def _refuse(why: str) -> NoReturn:
    print(why, file=sys.stderr)
    raise typer.Exit(2)


def main() -> None:
    app()
