"""Facts that post, as Parquet: a file for each rule, a row for each row that the rule sees.

What replay reads, and what an archive keeps: amounts and names as columns, beside what every fact
has. Nothing but what a posting rule may look at is in it.
"""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, get_type_hints

import pyarrow as pa
import pyarrow.parquet as pq

from services.ledger.posting import reference_of
from services.ledger.rules import RULES, Fact, Rule

HEADING: Final[dict[str, pa.DataType]] = {
    "stream_id": pa.string(),
    "version": pa.int64(),
    "effective_at": pa.timestamp("us", tz="UTC"),
    "legal_entity": pa.string(),
    "reference": pa.string(),
}
_CHUNK: Final = 65_536


def schema_of(rule: Rule) -> pa.Schema:
    """The columns of a rule's file: heading, where its lines belong, and all that its row says."""
    columns: dict[str, pa.DataType] = dict(HEADING)
    columns |= dict.fromkeys(rule.fact_places, pa.string())
    shown = rule.row or rule.fact
    hints = get_type_hints(shown)
    names = rule.row._fields if rule.row else rule.fact.__dataclass_fields__  # type: ignore[attr-defined]
    for name in names:
        if hints[name] is int and name != "originator_version":
            columns[name] = pa.int64()
        elif isinstance(hints[name], type) and issubclass(hints[name], str):
            columns[name] = pa.string()
    return pa.schema(list(columns.items()))


class Archive:
    """Writes facts into a folder, a chunk at a time, so that memory does not grow with them."""

    def __init__(self, folder: Path) -> None:
        self.facts = Counter[str]()
        self._folder = folder
        self._schemas = {rule.name: schema_of(rule) for rule in RULES.values()}
        self._waiting: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self._writers: dict[str, pq.ParquetWriter] = {}

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name in list(self._waiting):
            self._write(name)
        for name, writer in self._writers.items():
            writer.add_key_value_metadata({"facts": str(self.facts[name])})
            writer.close()

    def add(self, fact: Fact) -> None:
        rule = RULES.get(type(fact))
        if rule is None:
            return
        waiting = self._waiting[rule.name]
        waiting.extend(_rows(rule, fact, self._schemas[rule.name].names))
        self.facts[rule.name] += 1
        if len(waiting) >= _CHUNK:
            self._write(rule.name)

    def _write(self, name: str) -> None:
        table = pa.Table.from_pylist(self._waiting.pop(name), self._schemas[name])
        if name not in self._writers:
            path = self._folder / f"{name}.parquet"
            self._writers[name] = pq.ParquetWriter(path, table.schema, compression="zstd")
        self._writers[name].write_table(table)


def _rows(rule: Rule, fact: Fact, names: list[str]) -> Iterator[dict[str, Any]]:
    header = {name: value for name, value in vars(fact).items() if name in names}
    header["stream_id"] = str(fact.originator_id)
    header["version"] = fact.originator_version
    header["reference"] = reference_of(fact)
    if rule.row is None:
        yield header
        return
    for row in vars(fact)["items"]:
        yield header | row._asdict()


async def archive(facts: AsyncIterator[Fact], folder: Path) -> None:
    """Write all of them that post."""
    with Archive(folder) as written:
        async for fact in facts:
            written.add(fact)


def facts_in(folder: Path) -> int:
    """How many facts an archive holds; a fact may have many rows."""
    files = (pq.read_metadata(path).metadata or {} for path in folder.glob("*.parquet"))
    return sum(int(metadata[b"facts"]) for metadata in files)
