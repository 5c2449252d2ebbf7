"""Replay: balances from an archive of facts, against plain sums over the same files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from libs.runtime.clock import perf_counter
from services.ledger.replay import engine, rebuild
from tests.benchmarks.case import Result, Round
from tests.services.ledger.synthetic_archive import write_archive

FACTS = 1_000_000
ROUNDS = 5


def measure(*, facts: int = FACTS, rounds: int = ROUNDS) -> Result:
    """Facts a second; the yardstick only adds up every column of numbers."""
    with TemporaryDirectory(prefix="replay-") as folder:
        archive = Path(folder)
        write_archive(archive, facts=facts)
        return Result.of("replay", "facts/s", "plain sums", _rounds(archive, facts, rounds))


def _rounds(archive: Path, facts: int, rounds: int) -> Iterator[Round]:
    for _ in range(rounds):
        rebuilt = rebuild(engine(), archive)
        assert (rebuilt.facts, rebuilt.off) == (facts, 0), f"the books are off: {rebuilt}"
        yield Round(facts / rebuilt.seconds, facts / _seconds_to_sum(archive))


def _seconds_to_sum(archive: Path) -> float:
    sums = {path: _amounts(path) for path in archive.glob("*.parquet")}
    start = perf_counter()
    with duckdb.connect() as connection:
        for path, amounts in sums.items():
            connection.execute(f"select {amounts} from read_parquet(?)", [str(path)]).fetchall()
    return perf_counter() - start


def _amounts(path: Path) -> str:
    numbers = [it.name for it in pq.read_schema(path) if pa.types.is_integer(it.type)]
    return ", ".join(f'sum("{name}")' for name in numbers)
