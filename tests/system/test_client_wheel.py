"""The wheel for callers, as they would have it: built, installed where nothing else is, and run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.demo.players import scopes_of
from deploy.local.tokens import mint
from tests.architecture.tree import ROOT
from tests.system.test_thin_path import open_home, running_fake

UV = shutil.which("uv") or str(ROOT / ".uv/bin/uv")
PATIENCE_S = 200


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that knows the wheel, what the wheel asks for, and nothing of this checkout."""
    folder = tmp_path_factory.mktemp("caller")
    uv("build", "--wheel", str(ROOT / "deploy/client"), "--out-dir", str(folder))
    uv("venv", "--python", sys.executable, str(folder / "venv"))
    python = folder / "venv/bin/python"
    (wheel,) = folder.glob("*.whl")
    uv("pip", "install", "--python", str(python), str(wheel))
    return python


def uv(*arguments: str) -> None:
    subprocess.run([UV, *arguments], check=True, capture_output=True, timeout=PATIENCE_S)


def test_its_example_runs_against_the_fake(python: Path) -> None:
    with open_home() as home, running_fake(home):
        address = home.running().services["catalog"].address
        token = mint(home, role="ops", scopes=scopes_of("ops"))
        told = subprocess.run(
            [python, "-m", "entrepot_client.example", address],
            cwd=python.parent,
            env={"ENTREPOT_TOKEN": token, "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )

    assert told.stdout.splitlines() == [
        "registered merchants/thistle, and asked again got the same: True",
        "registered merchants/aurora, and asked again got the same: True",
        "asked for nobody: NOT_FOUND",
        "in pages of one: merchants/thistle, merchants/aurora",
        "THROW in nodes/leeds: 10 on hand",
        "THROW in nodes/atlantis: NOT_FOUND",
    ], told.stderr


def test_it_brings_its_types_and_nothing_of_ours(python: Path) -> None:
    look = "import entrepot_client; print(entrepot_client.__file__)"
    package = Path(
        subprocess.run([python, "-c", look], capture_output=True, text=True, check=True).stdout
    ).parent

    assert (package / "py.typed").exists()
    assert (package / "contracts/order/v1/order_service_pb2.pyi").exists()
    sources = [it for it in package.rglob("*.py*") if it.suffix in {".py", ".pyi"}]
    assert not [it.name for it in sources if "libs." in it.read_text()]
