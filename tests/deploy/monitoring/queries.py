"""Every query of the dashboards and of the rules, and what it asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from deploy.monitoring.dashboards import OTHERWISE, dashboards
from deploy.monitoring.objectives import RULES

FILES = (RULES, RULES.with_name("alerts.yml"))
OTHERS = {
    "up": frozenset({"service"}),
    "process_cpu_seconds_total": frozenset({"service", "instance"}),
    "process_resident_memory_bytes": frozenset({"service", "instance"}),
}
"""Series that Prometheus and its client make themselves."""

SERIES = re.compile(r"\b(entrepot_\w+|process_\w+|up)\b(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"')
GROUPED = re.compile(r"\b(?:by|without|ignoring|on) \(([^)]+)\)")


class Query(NamedTuple):
    where: str
    text: str
    legend: str = ""
    quiet: bool = False
    """Its panel says that nothing is to be seen while all is well."""

    @property
    def own(self) -> str:
        """Without the 0 that is shown where it finds nothing."""
        return self.text.partition(OTHERWISE)[0]

    def series(self) -> list[tuple[str, frozenset[str]]]:
        """Each with the labels that it is chosen by."""
        return [
            (name, frozenset(MATCHER.findall(matchers)))
            for name, matchers in SERIES.findall(self.text)
        ]

    def groups(self) -> set[str]:
        """Labels that it groups by or that its legend shows."""
        names = {name.strip() for it in GROUPED.findall(self.text) for name in it.split(",")}
        return names | set(re.findall(r"{{(\w+)}}", self.legend))


def of_dashboards() -> Iterator[Query]:
    for file, text in dashboards().items():
        for panel in json.loads(text)["panels"]:
            quiet = "description" in panel
            for it in panel["targets"]:
                yield Query(f"{file}: {panel['title']}", it["expr"], it["legendFormat"], quiet)


def of_rules() -> Iterator[Query]:
    for file in FILES:
        rules: Any = yaml.safe_load(file.read_text())
        for group in rules["groups"]:
            for rule in group["rules"]:
                yield Query(rule.get("alert") or rule["record"], rule["expr"])
