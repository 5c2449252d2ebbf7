"""Time, ids, chance and sleep come from `libs.runtime`: a system can be run on any clock."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

EXEMPT = {
    "libs/runtime": "it is where they come from",
    "libs/contracts": "generated, and its generator runs on a developer's machine",
    "deploy/local": "it starts and stops processes of the machine, in the machine's time",
}
"""Tests are not looked at: they may hold time in their hands."""

FORBIDDEN = {
    "asyncio.sleep",
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "os.getrandom",
    "os.urandom",
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "time.perf_counter_ns",
    "time.sleep",
    "time.time",
    "time.time_ns",
    "uuid.uuid1",
    "uuid.uuid4",
}
FORBIDDEN_MODULES = {"numpy.random", "random", "secrets"}


def uses(source: str) -> Iterator[str]:
    """Where a module reaches for time or chance, as `line: what`."""
    tree = ast.parse(source)
    names = dict(imported(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            whole = resolved(node, names)
            if whole is not None and forbidden(whole):
                yield f"{node.lineno}: {whole}"
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if forbidden(f"{node.module}.{alias.name}"):
                    yield f"{node.lineno}: {node.module}.{alias.name}"


def imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What each imported name stands for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (top, top)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def resolved(node: ast.expr, names: dict[str, str]) -> str | None:
    """`dt.now` as `datetime.datetime.now`, where `dt` was imported as that."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = resolved(node.value, names)
        return f"{owner}.{node.attr}" if owner else None
    return None


def forbidden(name: str) -> bool:
    return name in FORBIDDEN or any(
        name == module or name.startswith(f"{module}.") for module in FORBIDDEN_MODULES
    )


def sources(root: Path) -> Iterator[Path]:
    for top in ("libs", "services", "deploy"):
        for path in sorted((root / top).rglob("*.py")):
            if not any(path.is_relative_to(root / exempt) for exempt in EXEMPT):
                yield path


def breaches(root: Path) -> list[str]:
    return [
        f"{path.relative_to(root)}:{use}"
        for path in sources(root)
        for use in dict.fromkeys(uses(path.read_text()))
    ]


def test_time_and_chance_come_from_outside() -> None:
    assert breaches(ROOT) == []


@pytest.mark.parametrize("folder", EXEMPT)
def test_what_is_exempt_is_there(folder: str) -> None:
    assert (ROOT / folder).is_dir()


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("import time\ntime.time()", ["2: time.time"]),
        ("import time as t\nt.sleep(1)", ["2: time.sleep"]),
        ("from time import time_ns", ["1: time.time_ns"]),
        ("from time import sleep as nap", ["1: time.sleep"]),
        ("import datetime\ndatetime.datetime.now()", ["2: datetime.datetime.now"]),
        ("from datetime import datetime\ndatetime.now(UTC)", ["2: datetime.datetime.now"]),
        ("from datetime import datetime as dt\nf = dt.utcnow", ["2: datetime.datetime.utcnow"]),
        ("from datetime import date\ndate.today()", ["2: datetime.date.today"]),
        ("import uuid\nuuid.uuid4()", ["2: uuid.uuid4"]),
        ("from uuid import uuid1", ["1: uuid.uuid1"]),
        ("import asyncio\nawait_ = asyncio.sleep(0)", ["2: asyncio.sleep"]),
        ("import random\nrandom.random()", ["2: random.random", "2: random"]),
        ("from random import Random", ["1: random.Random"]),
        ("from secrets import token_bytes", ["1: secrets.token_bytes"]),
        ("import os\nos.urandom(8)", ["2: os.urandom"]),
        ("import numpy as np\nnp.random.default_rng()", ["2: numpy.random.default_rng"]),
    ],
)
def test_reaching_for_them_is_seen(source: str, seen: list[str]) -> None:
    assert set(seen) <= set(uses(source))


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import UTC, datetime\ndatetime(2026, 1, 1, tzinfo=UTC)",
        "from uuid import UUID, uuid5\nuuid5(UUID(int=0), 'x')",
        "from libs.runtime.clock import Clock\ndef f(clock: Clock): return clock.now()",
        "import asyncio\nasyncio.timeout(5)",
        "class Order:\n    def time(self): ...\nOrder().time()",
        "import asyncpg\nasyncpg.time",
    ],
)
def test_what_only_looks_alike_is_not(source: str) -> None:
    assert list(uses(source)) == []


def test_a_breach_is_seen_wherever_it_is_planted(tmp_path: Path) -> None:
    for name in ("libs/rpc/a.py", "services/order/b.py", "deploy/kubernetes/c.py"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("import time\ntime.time()\n")
    for name in EXEMPT:
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / name / "d.py").write_text("import time\ntime.time()\n")

    assert breaches(tmp_path) == [
        "libs/rpc/a.py:2: time.time",
        "services/order/b.py:2: time.time",
        "deploy/kubernetes/c.py:2: time.time",
    ]
