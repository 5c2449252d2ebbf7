"""The public workflow runs what the project runs, with actions that nobody can exchange."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
WORKFLOW: Any = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
STEPS = [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]


def test_every_action_is_pinned_to_a_commit() -> None:
    used = [step["uses"] for step in STEPS if "uses" in step]

    assert used
    assert [it for it in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", it)] == []


def test_it_may_read_and_nothing_else() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in WORKFLOW["jobs"].values())


def test_it_runs_the_projects_own_run_and_builds_the_image_that_is_described() -> None:
    told = "\n".join(step.get("run", "") for step in STEPS)

    assert ".ci/run" in told.splitlines()
    assert (ROOT / ".ci/run").stat().st_mode & 0o111
    assert "podman build --file deploy/image/Containerfile" in told
    assert (
        "podman build --file deploy/image/Containerfile"
        in (ROOT / "deploy/image/README.md").read_text()
    )
