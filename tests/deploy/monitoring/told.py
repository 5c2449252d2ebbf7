"""The table of metrics, as the README tells it."""

from __future__ import annotations

import re
from typing import NamedTuple

from deploy.monitoring.objectives import RULES

README = RULES.parents[1] / "README.md"
ROW = re.compile(r"^\| `(entrepot_\w+)` \| (\w+) \| ([\w, ]*?) ?\| ", re.MULTILINE)


class Told(NamedTuple):
    kind: str
    labels: tuple[str, ...]


def told() -> dict[str, Told]:
    rows = ROW.findall(README.read_text())
    table = {
        name: Told(kind, tuple(labels.split(", ") if labels else ())) for name, kind, labels in rows
    }
    assert len(table) == len(rows), "a metric stands in the table twice"
    return table


def series() -> dict[str, frozenset[str]]:
    """What a query may ask for, and by which labels: a histogram is three series."""
    found: dict[str, frozenset[str]] = {}
    for name, it in told().items():
        labels = frozenset({*it.labels, "service"})
        if it.kind == "histogram":
            found |= {f"{name}_bucket": labels | {"le"}, f"{name}_count": labels}
            found |= {f"{name}_sum": labels}
        else:
            found[name] = labels
    return found
