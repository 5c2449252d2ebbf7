"""An archive of as many facts as one likes, for measuring replay: orders from capture to release.

Written as columns; a fact at a time would take longer to make than to replay.
"""

from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from services.ledger.archive import schema_of
from services.ledger.domain import OrderBook
from services.ledger.replay import Rebuilt, engine, rebuild
from services.ledger.rules import RULES

STORY: Final = (
    OrderBook.CaptureAllocated,
    OrderBook.EscrowHeld,
    OrderBook.LinesSettled,
    OrderBook.ReserveReleased,
    OrderBook.CommissionReleased,
)
MERCHANTS: Final = 10_000
CREATORS: Final = 500
CHUNK: Final = 200_000
Column: TypeAlias = "pa.Array[Any]"
MARCH: Final = 1_772_323_200_000_000
"""The first of March 2026, in microseconds since 1970."""


def write_archive(folder: Path, *, facts: int, seed: int = 1) -> None:
    """`facts` facts of `facts / 5` orders, each with one line."""
    folder.mkdir(parents=True, exist_ok=True)
    orders = facts // len(STORY)
    for version, kind in enumerate(STORY, 1):
        rule = RULES[kind]
        schema = schema_of(rule)
        with pq.ParquetWriter(folder / f"{rule.name}.parquet", schema, compression="zstd") as out:
            for start in range(0, orders, CHUNK):
                count = min(CHUNK, orders - start)
                out.write_table(_orders(schema, version, start, count, seed))
            out.add_key_value_metadata({"facts": str(orders)})


def rebuild_archive(folder: Path, *, engine_name: str = "duckdb") -> Rebuilt:
    return rebuild(engine(engine_name), folder)


def _orders(schema: pa.Schema, version: int, start: int, count: int, seed: int) -> pa.Table:
    """The same orders for every fact of the story: chance depends on seed and order alone."""
    chance = np.random.default_rng([seed, start])
    item = chance.integers(500, 20_000, count)
    referral, commission, reserve = item * 6 // 100, item // 10, item // 12
    amounts = {
        "charged": item + item // 12,
        "escrow": item,
        "sales_tax": item // 12,
        "gmv": item,
        "referral": referral,
        "commission": commission,
        "reserve": reserve,
        "available": item - referral - commission - reserve,
        "partner_share": item // 50,
    }
    merchant = chance.integers(0, MERCHANTS, count)
    merchants = pa.array([f"merchant-{i}" for i in range(MERCHANTS)])
    creators = pa.array([f"creator-{i}" for i in range(CREATORS)])
    words: dict[str, Column | str] = {
        "stream_id": pa.array([f"{i:032x}" for i in range(start, start + count)]),
        "payee": merchants.take(merchant),
        "creator": creators.take(merchant % CREATORS),
        "market": pa.array(["GB", "DE", "US"]).take(chance.integers(0, 3, count)),
        "legal_entity": "EU",
        "currency": "GBP",
        "mode": "MARKETPLACE",
        "surface": "LIVE",
        "partner": "stage",
    }
    words["order_line"] = words["reference"] = words["payment"] = words["stream_id"]
    moment = MARCH + chance.integers(0, 30 * 86_400, count) * 1_000_000

    def column(name: str, kind: pa.DataType) -> Column:
        found: Column | str | int = words.get(name, "")
        if name == "version":
            found = version
        elif name == "effective_at":
            found = pa.array(moment).cast(kind)
        elif pa.types.is_integer(kind):
            found = pa.array(amounts[name]) if name in amounts else pa.repeat(pa.scalar(0), count)
        return found if isinstance(found, pa.Array) else pa.repeat(found, count)

    return pa.table([column(it.name, it.type) for it in schema], schema=schema)
