"""Replay: balances from an archive of facts, against plain sums over the same files."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from libs.runtime.clock import perf_counter
from services.ledger.replay import engine, rebuild
from tests.benchmarks.case import Result, Round, Size
from tests.benchmarks.servers import folder
from tests.services.ledger.synthetic_archive import write_archive

FACTS = {Size.SMALL: 10_000, Size.USUAL: 1_000_000, Size.FULL: 100_000_000}
ROUNDS = {Size.SMALL: 1, Size.USUAL: 5, Size.FULL: 3}
TENFOLD = 10


def measure(size: Size) -> list[Result]:
    """Facts a second; the yardstick only adds up every column of numbers. Each archive has a
    process of its own, so that what it holds at most is what the replay needs."""
    facts = FACTS[size]
    rounds, megabytes = _apart(facts, ROUNDS[size])
    tenth, megabytes_of_tenth = _apart(facts // TENFOLD, ROUNDS[size])
    growth = [Round(ten.value, one.value) for ten, one in zip(rounds, tenth, strict=True)]
    a_tenth = f"of {facts // TENFOLD:,} facts"
    return [
        Result.of("replay", "facts/s", "plain sums", rounds),
        Result.of("replay/growth", "facts/s", a_tenth, growth),
        Result.of("replay/memory", "MB", a_tenth, [Round(megabytes, megabytes_of_tenth)]),
    ]


def _apart(facts: int, rounds: int) -> tuple[list[Round], float]:
    with folder() as archive:
        write_archive(archive, facts=facts)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            return process.submit(replayed, archive, facts, rounds).result()


def replayed(archive: Path, facts: int, rounds: int) -> tuple[list[Round], float]:
    """What the process measured, and how many megabytes it held at most."""
    measured = list(_rounds(archive, facts, rounds))
    return measured, getrusage(RUSAGE_SELF).ru_maxrss * 1024 / 1e6


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
