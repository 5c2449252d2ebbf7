"""The first week of a real retailer, through real servers, killed on the way, to the last digit."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.home import Home
from deploy.local.importers.online_retail.progress import ProgressFile
from deploy.local.importers.online_retail.reading import read

ROOT = Path(__file__).parents[3]
WEEK = Path(__file__).with_name("data") / "online_retail_first_week.csv.zst"
ENTREPOT = [sys.executable, "-m", "deploy.local"]
IMPORT = [*ENTREPOT, "import", "online-retail", str(WEEK), "--json"]
PATIENCE_S = 300


@pytest.fixture
def home() -> Iterator[Home]:
    """A stack that has seen nothing."""
    folder = Path(tempfile.mkdtemp(prefix="entrepot-"))
    folder.chmod(0o755)
    home = Home(folder)
    run(home, [*ENTREPOT, "up", "--detach"])
    try:
        yield home
    finally:
        run(home, [*ENTREPOT, "down"])
        shutil.rmtree(folder)


def test_an_import_that_was_killed_ties_to_the_last_digit_and_adds_nothing_twice(
    home: Home,
) -> None:
    kill_after_the_first_day(home)

    report = json.loads(run(home, IMPORT))

    assert report["equal"]
    assert report["warnings"] == []
    assert report["file"] == report["ledger"] == "280766.480"
    assert report["classes"][0] == {
        "class": "sale",
        "file": {"lines": 16_617, "sum": "314887.450"},
        "ledger": {"entries": 608, "sum": "314887.450"},
        "residue": "0.000",
    }


def kill_after_the_first_day(home: Home) -> None:
    """And lose what it noted, so that only the requests' ids protect from doing it twice."""
    notes = ProgressFile(home, read(WEEK).digest)
    process = subprocess.Popen(IMPORT, cwd=ROOT, env=environment(home), stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE_S
    while notes.load().played.year == 1:
        assert process.poll() is None, "the import ended before it could be killed"
        assert time.monotonic() < deadline, "the first day takes too long"
        time.sleep(0.1)
    time.sleep(1)
    process.kill()
    process.wait()
    notes.forget()


def run(home: Home, command: list[str]) -> str:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def environment(home: Home) -> dict[str, str]:
    return {**os.environ, "ENTREPOT_HOME": str(home.folder), "PYTHONPATH": str(ROOT)}
