"""Rebuild the books from facts with a column engine, and compare them with the live ones.

A posting rule that is given columns in place of amounts yields expressions, which a dataframe
engine evaluates for all facts of a kind at once. The rules are the same objects that post a
single fact; nothing of them is written down twice.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, Final, Protocol

import ibis  # type: ignore[import-untyped]
import ibis.expr.types as ir  # type: ignore[import-untyped]
from ibis.backends import BaseBackend  # type: ignore[import-untyped]

from libs.runtime.clock import perf_counter
from services.ledger.archive import archive, facts_in
from services.ledger.chart import LEAF, REFERENCES
from services.ledger.rules import RULES, Fact, Rule

PLACE: Final = ("code", "currency", "legal_entity", *LEAF)
"""What a balance is kept by: the fields of a leaf account."""

LINE: Final = ("stream_id", "version", "rule", *PLACE, *REFERENCES)
"""What tells one line of the journal from every other."""

DIFFERENCES_MAX: Final = 100


def engine(name: str = "duckdb") -> BaseBackend:
    """DuckDB in this process, or Spark (the extra `spark`) where facts outgrow one machine."""
    if name == "duckdb":
        return ibis.duckdb.connect()
    if name == "pyspark":
        return ibis.pyspark.connect()
    raise ValueError(f"{name!r} is not an engine: choose duckdb or pyspark")


def legs_of(rule: Rule, facts: ir.Table) -> ir.Table:
    """The rule's legs for every row, before those of one entry on one place are put together."""
    columns = {name: facts[name] for name in facts.columns}
    places: Any = {  # columns where a line takes text
        name: columns[name] for name in (*rule.fact_places, *rule.row_places)
    }
    legs = [leg.placed(places) for leg in rule.legs(SimpleNamespace(**columns))]
    return ibis.union(
        *(
            facts.select(
                stream_id=facts["stream_id"],
                version=facts["version"],
                rule=ibis.literal(rule.name),
                code=ibis.literal(leg.account.code),
                currency=_text(leg.currency),
                legal_entity=facts["legal_entity"],
                **{name: _text(leg.at(name)) for name in (*LEAF, *REFERENCES)},
                amount=leg.amount,
            ).filter(ibis._.amount != 0)
            for leg in legs
        )
    )


def _text(value: str | ir.Value) -> ir.Value:
    return ibis.literal(value) if isinstance(value, str) else value


def lines_of(legs: ir.Table) -> ir.Table:
    """Legs on one place of one entry are one line, and a line of nothing is none."""
    sums = legs.group_by(list(LINE)).aggregate(amount=legs["amount"].sum())
    return sums.filter(sums["amount"] != 0)


def balances_of(lines: ir.Table) -> ir.Table:
    return lines.group_by(list(PLACE)).aggregate(amount=lines["amount"].sum())


def legs(backend: BaseBackend, folder: Path) -> ir.Table:
    """The legs of all facts of an archive."""
    parts = [
        legs_of(rule, backend.read_parquet(str(path)))
        for rule in RULES.values()
        if (path := folder / f"{rule.name}.parquet").exists()
    ]
    assert parts, f"{folder} holds no facts that post"
    return ibis.union(*parts)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Balances from facts alone: what an archive comes to."""

    facts: int
    lines: int
    accounts: int
    off: int
    """Sum of all lines; anything but 0 would be a rule that does not balance."""
    seconds: float

    @property
    def facts_per_second(self) -> int:
        return round(self.facts / self.seconds)


def rebuild(backend: BaseBackend, folder: Path) -> Rebuilt:
    """The balance of every leaf account. Legs are summed as they come: that lines of one place
    are one line does not change a balance, and saves the engine a row for each."""
    start = perf_counter()
    posted = legs(backend, folder)
    balances = (
        posted.group_by(list(PLACE))
        .aggregate(amount=posted["amount"].sum(), lines=posted.count())
        .to_pyarrow()
    )
    seconds = perf_counter() - start
    return Rebuilt(
        facts=facts_in(folder),
        lines=sum(balances["lines"].to_pylist()),
        accounts=balances.num_rows,
        off=int(sum(balances["amount"].to_pylist())),
        seconds=seconds,
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """A line or a balance that the facts give otherwise than the live books have it."""

    what: str
    place: tuple[str, ...]
    replayed: int
    live: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of a replay."""

    facts: int
    lines: int
    seconds: float
    differences: Sequence[Difference]

    @property
    def equal(self) -> bool:
        return not self.differences

    @property
    def facts_per_second(self) -> int:
        return round(self.facts / self.seconds) if self.seconds else 0


def compare(
    backend: BaseBackend, folder: Path, *, lines: ir.Table, balances: ir.Table
) -> Comparison:
    """Replay an archive and set it against live lines, entry by entry, and live balances."""
    start = perf_counter()
    replayed = _computed_once(backend, lines_of(legs(backend, folder)))
    count = replayed.count().to_pyarrow().as_py()
    seconds = perf_counter() - start
    differences = [
        *_differing("line", LINE, replayed, lines),
        *_differing("balance", PLACE, balances_of(replayed), balances),
    ]
    return Comparison(facts_in(folder), count, seconds, differences)


def _computed_once(backend: BaseBackend, lines: ir.Table) -> ir.Table:
    """Ibis would drop its own cache in DuckDB by a statement that DuckDB does not understand."""
    if backend.name == "duckdb":
        return backend.create_table("replayed", lines, temp=True)
    return lines.cache()


def _differing(
    what: str, names: Sequence[str], replayed: ir.Table, live: ir.Table
) -> Sequence[Difference]:
    """Both sides in one pile, and what does not come out even in it."""
    nothing = ibis.literal(0, "int64")
    pile = ibis.union(
        replayed.select(*names, replayed=ibis._.amount.cast("int64"), live=nothing),
        live.select(*names, replayed=nothing, live=ibis._.amount.cast("int64")),
    )
    sums = pile.group_by(list(names)).aggregate(
        replayed=pile["replayed"].sum(), live=pile["live"].sum()
    )
    uneven = sums.filter(sums["replayed"] != sums["live"]).order_by(list(names))
    rows = uneven.limit(DIFFERENCES_MAX).to_pyarrow().to_pylist()
    return [
        Difference(what, tuple(str(row[name]) for name in names), row["replayed"], row["live"])
        for row in rows
    ]


class Books(Protocol):
    """What a replay is set against, all of it true at one moment."""

    def facts(self) -> AsyncIterator[Fact]: ...

    async def write_lines(self, path: Path) -> None: ...

    async def write_balances(self, path: Path) -> None: ...


async def replay(
    live: Books, *, engine_name: str = "duckdb", archived: Path | None = None
) -> Comparison:
    """Replay the store's facts, or an archive of them, against the live books."""
    with TemporaryDirectory(prefix="replay-") as temporary:
        folder = Path(temporary)
        facts = archived or folder / "facts"
        if archived is None:
            await archive(live.facts(), facts)
        await live.write_lines(folder / "lines.parquet")
        await live.write_balances(folder / "balances.parquet")
        return await asyncio.to_thread(_compare_files, engine_name, facts, folder)


def _compare_files(engine_name: str, facts: Path, live: Path) -> Comparison:
    """In a thread, as the engine keeps it busy for as long as it takes."""
    backend = engine(engine_name)
    return compare(
        backend,
        facts,
        lines=backend.read_parquet(str(live / "lines.parquet")),
        balances=backend.read_parquet(str(live / "balances.parquet")),
    )
