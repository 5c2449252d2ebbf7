"""Dashboards say what the code says, fit where they should, and ask for what there is."""

import json

import pytest

from deploy.monitoring.dashboards import FOLDER, WIDTH, dashboards
from tests.deploy.monitoring.queries import OTHERS, Query, of_dashboards, of_rules
from tests.deploy.monitoring.told import series

KNOWN = {**series(), **OTHERS}
SCREEN = 25


def test_the_files_are_what_the_code_writes() -> None:
    assert {file.name: file.read_text() for file in FOLDER.glob("*.json")} == dashboards()


@pytest.mark.parametrize("query", [*of_dashboards(), *of_rules()], ids=lambda it: it.where)
def test_a_query_asks_for_metrics_and_labels_that_there_are(query: Query) -> None:
    assert faults(query) == []


@pytest.mark.parametrize(
    "query",
    [
        Query("no such metric", "max(entrepot_order)"),
        Query("no such matcher", 'max(entrepot_orders{stage="PAID"})'),
        Query("no such group", "max by (stage) (entrepot_orders)"),
        Query("no such legend", "max by (state) (entrepot_orders)", "{{stage}}"),
        Query("a histogram is no series", "max(entrepot_rpc_seconds)"),
    ],
    ids=lambda it: it.where,
)
def test_a_query_for_what_there_is_not_is_noticed(query: Query) -> None:
    assert faults(query)


def faults(query: Query) -> list[str]:
    asked = query.series()
    known = frozenset().union(*(KNOWN.get(name, ()) for name, _ in asked))
    return [
        *(f"no metric {name}" for name, _ in asked if name not in KNOWN),
        *(
            f"{name} has no label {label}"
            for name, labels in asked
            for label in labels - KNOWN.get(name, frozenset())
        ),
        *(f"nothing has a label {label}" for label in query.groups() - known),
    ]


@pytest.mark.parametrize("file", dashboards())
def test_panels_lie_within_the_grid_and_beside_each_other(file: str) -> None:
    cells = [
        (x, y)
        for panel in json.loads(dashboards()[file])["panels"]
        for at in (panel["gridPos"],)
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]

    assert max(x for x, _ in cells) < WIDTH
    assert len(cells) == len(set(cells))


def test_the_overview_fits_one_screen() -> None:
    panels = json.loads(dashboards()["overview.json"])["panels"]

    assert max(it["gridPos"]["y"] + it["gridPos"]["h"] for it in panels) <= SCREEN
