"""Report: what finance sees at the end. Asked of the ledger, never added up on the way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from google.type import money_pb2
from rich.bar import Bar
from rich.table import Table

from deploy.local.demo.books import figure
from deploy.local.demo.cast import COUNTRIES
from deploy.local.demo.world import World
from libs.contracts.ledger.v1 import events_pb2
from libs.contracts.ledger.v1 import ledger_service_pb2 as pb
from libs.money import Money
from libs.rpc.convert import timestamp, to_money

BAR = 32
REPLAY_PATIENCE_S = 60.0


# GMV


@dataclass(frozen=True, slots=True)
class Sold:
    """GMV of one part, what was given back of it, and what is left."""

    key: tuple[str, ...]
    gross: Money
    net: Money


async def gmv(
    world: World, evening: datetime, *dimensions: pb.GmvDimension.ValueType
) -> list[Sold]:
    """Of the demo's markets since the evening began."""
    found: list[Sold] = []
    for country in COUNTRIES:
        answer = await world.players.finance.ledger.GetGmv(
            pb.GetGmvRequest(
                dimensions=dimensions,
                filter=pb.AccountFilter(legal_entity=country.legal_entity),
                period=pb.Period(start=timestamp(evening)),
            )
        )
        found += [Sold(tuple(it.key), to_money(it.gross), to_money(it.net)) for it in answer.parts]
    return found


def as_chart(title: str, names: Sequence[str], parts: Sequence[Sold]) -> Table:
    """A bar for each part: all of it sold, the bright end of it kept."""
    largest: dict[str, int] = {}
    for it in parts:
        largest[it.gross.currency] = max(largest.get(it.gross.currency, 1), it.gross.amount)
    table = _table(title, names, ("GMV", "net"))
    table.add_column("net of the currency's largest", no_wrap=True)
    for it in parts:
        part = it.net.amount / largest[it.gross.currency]
        table.add_row(
            *(word or "nobody" for word in it.key),
            str(it.gross),
            str(it.net),
            Bar(1, 0, part, width=BAR, color="cyan"),
        )
    return table


# Trial balance


@dataclass(frozen=True, slots=True)
class Balances:
    """Every account of the demo's legal entities, by book, currency and code."""

    amounts: Mapping[tuple[str, str, str], int]
    names: Mapping[str, str]

    @property
    def sums(self) -> Mapping[tuple[str, str], int]:
        """By book and currency; 0 where debits equal credits."""
        sums: defaultdict[tuple[str, str], int] = defaultdict(int)
        for (book, unit, _), amount in self.amounts.items():
            sums[book, unit] += amount
        return sums

    @property
    def balance(self) -> bool:
        return bool(self.amounts) and not any(self.sums.values())


async def trial_balance(world: World) -> Balances:
    amounts: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    names: dict[str, str] = {}
    for country in COUNTRIES:
        answer = await world.players.finance.ledger.TrialBalance(
            pb.TrialBalanceRequest(filter=pb.AccountFilter(legal_entity=country.legal_entity))
        )
        for it in answer.accounts:
            amounts[it.book, it.amount.unit, it.code] += it.amount.minor
            names[it.code] = it.account_name
    return Balances(dict(sorted(amounts.items())), names)


def as_trial_balance(balances: Balances) -> Table:
    """One column a currency and book would be wide; one block each is long, and reads."""
    table = _table("Trial balance", ("", "code", "account"), ("debit", "credit"))
    for book, unit in balances.sums:
        debits = credits = 0
        for (its_book, its_unit, code), amount in balances.amounts.items():
            if (its_book, its_unit) == (book, unit) and amount:
                debits, credits = debits + max(amount, 0), credits + max(-amount, 0)
                left = figure(amount, unit) if amount > 0 else ""
                right = figure(-amount, unit) if amount < 0 else ""
                table.add_row(unit, code, balances.names[code], left, right)
        label = "memo" if book == "STAT" else "money"
        table.add_row(
            unit, "", f"[bold]{label}[/]", figure(debits, unit), figure(credits, unit), style="bold"
        )
        table.add_section()
    return table


# Statements


async def statements(world: World, payees: Iterable[str]) -> list[pb.Statement]:
    """All that were cut for these payees, with what moved."""
    ledger = world.players.finance.ledger
    found = []
    for payee in payees:
        listed = await ledger.ListStatements(pb.ListStatementsRequest(payee=payee))
        found += [
            await ledger.GetStatement(pb.GetStatementRequest(name=it.name))
            for it in listed.statements
        ]
    return sorted(found, key=lambda it: (it.payee.payee, it.cut_at.seconds, it.payee.currency))


def as_statements(found: Sequence[pb.Statement]) -> Table:
    table = _table("Statements", ("payee", "as", "cut"), ("opening",))
    table.add_column("what moved")
    table.add_column("closing", justify="right", no_wrap=True)
    for it in found:
        moved = ", ".join(f"{group.title} {_bare(group.amount)}" for group in it.groups)
        table.add_row(
            it.payee.payee,
            _role(it.payee.role),
            f"{it.cut_at.ToDatetime():%d %b}",
            _bare(it.opening),
            moved,
            str(to_money(it.closing)),
        )
    return table


def ties(statement: pb.Statement) -> bool:
    """Opening and what moved come to the closing."""
    moved = sum(to_money(it.amount).amount for it in statement.groups)
    return to_money(statement.opening).amount + moved == to_money(statement.closing).amount


# Replay


async def replay(world: World) -> pb.ReplayCheckResponse:
    """The ledger rebuilds its books from the facts by the column engine, and compares."""
    return await world.players.finance.ledger.ReplayCheck(
        pb.ReplayCheckRequest(), timeout=REPLAY_PATIENCE_S
    )


def as_replay(answer: pb.ReplayCheckResponse, seconds: float) -> Table:
    table = Table(title="Replay", title_justify="left", show_header=False)
    table.add_row("facts", f"{answer.facts:,}")
    table.add_row("lines", f"{answer.lines:,}")
    table.add_row("seconds", f"{seconds:.2f}")
    verdict = "[green]equal to the live books[/]" if answer.equal else "[red]they differ[/]"
    table.add_row("rebuilt books", verdict)
    for it in answer.differences:
        place = "/".join(filter(None, it.place))
        table.add_row(f"[red]{it.what}[/] {place}", f"replayed {it.replayed:,}, live {it.live:,}")
    return table


def _bare(amount: money_pb2.Money) -> str:
    return f"{to_money(amount).decimal():,}"


def _role(role: events_pb2.PayeeRole.ValueType) -> str:
    return events_pb2.PayeeRole.Name(role).removeprefix("PAYEE_ROLE_").lower()


def _table(title: str, words: Iterable[str], figures: Iterable[str]) -> Table:
    table = Table(title=title, title_justify="left")
    for name in words:
        table.add_column(name)
    for name in figures:
        table.add_column(name, justify="right", no_wrap=True)
    return table
