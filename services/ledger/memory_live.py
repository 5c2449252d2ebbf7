"""The ledger in memory as the replay reads it: facts, lines and balances at one moment."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from libs.eventstore.index import Streams
from services.ledger.chain import Leaf
from services.ledger.chart import REFERENCES
from services.ledger.memory import MemoryJournal
from services.ledger.rules import RULES, Fact

_TEXTS = ("stream_id", "rule", *Leaf._fields, *REFERENCES)
_LINES: dict[str, pa.DataType] = {
    "version": pa.int64(),
    "amount": pa.int64(),
    **{name: pa.string() for name in _TEXTS},
}
_BALANCES: dict[str, pa.DataType] = {
    "amount": pa.int64(),
    **{name: pa.string() for name in Leaf._fields},
}


class MemoryLedger:
    def __init__(self, streams: Streams, journal: MemoryJournal) -> None:
        self._streams = streams
        self._journal = journal

    async def facts(self) -> AsyncIterator[Fact]:
        for recorded in await self._streams.facts():
            if type(recorded.fact) in RULES:
                yield recorded.fact

    async def write_lines(self, path: Path) -> None:
        rows = [
            {
                "stream_id": str(entry.heading.stream_id),
                "version": entry.heading.version,
                "rule": entry.heading.rule,
                "amount": line.amount,
                **line.leaf._asdict(),
                **{name: str(getattr(line, name) or "") for name in REFERENCES},
            }
            for entry in self._journal.posted()
            for line in entry.lines
        ]
        pq.write_table(pa.Table.from_pylist(rows, pa.schema(list(_LINES.items()))), path)

    async def write_balances(self, path: Path) -> None:
        balances: Counter[Leaf] = Counter()
        for entry in self._journal.posted():
            for line in entry.lines:
                balances[line.leaf] += line.amount
        rows = [{**leaf._asdict(), "amount": amount} for leaf, amount in balances.items()]
        pq.write_table(pa.Table.from_pylist(rows, pa.schema(list(_BALANCES.items()))), path)
