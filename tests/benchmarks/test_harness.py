"""What the benchmarks say follows from what they measured."""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from rich.console import Console

from tests.benchmarks import figures
from tests.benchmarks.__main__ import Case, measure_of
from tests.benchmarks.case import Result, Round, percentile
from tests.benchmarks.pgbench import tps_of
from tests.benchmarks.processes import cpu_seconds, resident_megabytes
from tests.benchmarks.profile import by_process
from tests.benchmarks.stages import ELSEWHERE, stages_of
from tests.benchmarks.tail import Seen
from tests.benchmarks.targets import TARGETS, target_of

ONE, OTHER = UUID(int=1), UUID(int=2)


def result(case: str = "store", *, value: float = 40_000, ratio: float = 5) -> Result:
    return Result(
        case=case,
        value=value,
        unit="commands/s",
        yardstick="pgbench",
        yardstick_value=8_000,
        ratio=ratio,
        spread=0.1,
    )


def test_a_result_is_of_the_middle_round_and_its_own_yardstick() -> None:
    rounds = [Round(10, 5), Round(40, 10), Round(20, 2)]

    found = Result.of("store", "commands/s", "pgbench", rounds)

    assert (found.value, found.yardstick_value, found.ratio, found.spread) == (20, 5, 4, 1.5)


def test_nothing_beside_nothing_is_a_figure_too() -> None:
    found = Result.of("tail/wrong", "facts", "careless", [Round(0, 0)])

    assert (found.value, found.ratio, found.spread) == (0, 0, 0)


def test_a_percentile_is_one_of_the_values() -> None:
    assert percentile(range(100, 0, -1), 0.99) == 100
    assert percentile([7.0], 0.5) == 7.0


def test_a_reader_that_sees_everything_in_order_sees_nothing_wrong() -> None:
    seen = Seen()

    for stream, version in [(ONE, 1), (OTHER, 1), (ONE, 2)]:
        seen.take(stream, version)

    assert seen.wrong(3) == 0


@pytest.mark.parametrize(
    ("versions", "of"),
    [
        pytest.param([1, 3], 3, id="a gap"),
        pytest.param([1, 2], 3, id="the last is missed"),
        pytest.param([1, 3, 2], 3, id="inverted"),
        pytest.param([1, 2, 2], 2, id="twice"),
    ],
)
def test_a_reader_that_misses_inverts_or_doubles_a_fact_is_found_out(
    versions: list[int], of: int
) -> None:
    seen = Seen()

    for version in versions:
        seen.take(ONE, version)

    assert seen.wrong(of) == 1


def test_a_target_binds_the_value_and_the_ratio() -> None:
    target = TARGETS["store"]

    assert target.is_met(result(value=30_000, ratio=4))
    assert not target.is_met(result(value=29_999))
    assert not target.is_met(result(ratio=3.9))
    assert target.said("commands/s") == "≥ 30,000 commands/s and ≥ 4 of the yardstick"


def test_a_step_of_growth_has_the_target_of_its_kind_and_a_case_none_of_another() -> None:
    assert target_of("growth/store/100000") is TARGETS["growth/store"]
    assert target_of("saga/paid-p50") is None
    assert target_of("tail") is None


def test_every_target_is_of_a_case_that_there_is() -> None:
    assert {figures.kind_of(name) for name in TARGETS} <= set(Case)


@pytest.mark.parametrize("case", Case)
def test_every_case_can_be_measured(case: Case) -> None:
    assert callable(measure_of(case))


def test_a_case_that_is_measured_again_takes_the_place_of_its_rows_only(tmp_path: Path) -> None:
    latest = tmp_path / "bench" / "latest.json"
    figures.keep([result("store"), result("ledger/batch"), result("ledger/hot")], latest)

    figures.keep([result("ledger/batch", value=1)], latest)

    assert [(it.case, it.value) for it in figures.load(latest)] == [
        ("ledger/batch", 1),
        ("store", 40_000),
    ]


def test_figures_of_before_they_said_where_they_come_from_can_be_read(tmp_path: Path) -> None:
    latest = tmp_path / "latest.json"
    latest.write_bytes(msgspec.json.encode([result("replay").as_json()]))

    figures.keep([result("store")], latest)

    assert [it.case for it in figures.load(latest)] == ["replay", "store"]


def test_the_table_is_written_where_the_readme_has_room_for_it(tmp_path: Path) -> None:
    readme, latest = tmp_path / "README.md", tmp_path / "latest.json"
    readme.write_text(f"before\n{figures.BEGIN}old\n{figures.END}after\n")
    figures.keep([result(ratio=3)], latest)

    figures.record(readme, latest)
    figures.record(readme, latest)

    text = readme.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert text.count("| `store` | ≥ 30,000 commands/s and ≥ 4 of the yardstick | 40,000") == 1
    assert "| no |" in text


def test_rows_of_cases_that_were_not_measured_again_stay_where_they_are(tmp_path: Path) -> None:
    readme, latest = tmp_path / "README.md", tmp_path / "latest.json"
    run = "2026-11-24, 4923382, another machine:"
    store, replay = (f"| `{case}` |  | 1 |\n" for case in ("store", "replay/memory"))
    readme.write_text(f"{figures.BEGIN}\n{run}\n\n{figures.HEAD}{replay}{store}\n{figures.END}")
    figures.keep([result("store")], latest)

    figures.record(readme, latest)

    text = readme.read_text()
    assert f"{run}\n\n{figures.HEAD}{replay}\n" in text
    assert store not in text
    assert "| `store` | ≥ 30,000 commands/s" in text


def test_the_readme_of_the_benchmarks_has_room_for_the_table() -> None:
    text = figures.README.read_text()

    assert text.index(figures.BEGIN) < text.index(figures.END)
    assert all(f"`{case}`" in text for case in Case)


def test_transactions_a_second_are_read_from_what_pgbench_says() -> None:
    said = "latency average = 2.1 ms\ntps = 7538.25 (without initial connection time)\n"

    assert tps_of(said) == 7538.25


def test_samples_count_for_the_innermost_code_of_ours() -> None:
    loop, send = "run (/py/asyncio/runners.py:1)", "send (/x/site-packages/aiokafka/p.py:3)"
    relay = "handle (/repo/libs/messaging/relay.py:9)"
    placed = "place (/repo/services/order/domain/order.py:5)"

    found = stages_of([f"{loop};{relay};{send} 3", f"{loop};{placed} 2", f"{loop} 1", "nonsense"])

    assert found == {"relay": 3, "domain": 2, ELSEWHERE: 1}


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc here")
def test_a_process_knows_what_it_uses() -> None:
    before = cpu_seconds({"me": os.getpid()})["me"]

    sum(range(3_000_000))

    assert cpu_seconds({"me": os.getpid()})["me"] > before
    assert 5 < resident_megabytes(os.getpid()) < 5_000


def test_the_time_of_each_process_is_shown_per_order() -> None:
    console = Console(width=100, file=StringIO())

    console.print(by_process({"order": 2.0, "kafka": 1.0}, orders=1_000, seconds=4))

    assert isinstance(console.file, StringIO)
    shown = console.file.getvalue()
    rows = [line.split("│")[1:-1] for line in shown.splitlines() if "│" in line]
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["order", "2.00", "50%", "2.000"],
        ["kafka", "1.00", "25%", "1.000"],
        ["all", "3.00", "75%", "3.000"],
    ]
