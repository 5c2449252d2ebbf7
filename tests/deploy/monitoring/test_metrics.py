"""The table of metrics names what the code declares, and nothing else."""

import re

from deploy.monitoring.objectives import RULES

ROOT = RULES.parents[3]
README = RULES.parents[1] / "README.md"


def declared() -> set[str]:
    files = [file for folder in ("libs", "services") for file in (ROOT / folder).rglob("*.py")]
    return {name for f in files for name in re.findall(r'"(entrepot_[a-z_]+)"', f.read_text())}


def test_the_table_names_every_metric_once() -> None:
    told = re.findall(r"^\| `(entrepot_\w+)` \|", README.read_text(), re.MULTILINE)

    assert len(told) == len(set(told))
    assert {name.removesuffix("_total") for name in told} == declared()
