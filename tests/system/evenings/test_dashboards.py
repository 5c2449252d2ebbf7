"""No panel is empty: a real Prometheus has looked at two evenings, and at what went wrong after."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from deploy.local.process import finish, until
from tests.deploy.monitoring.queries import Query, of_dashboards
from tests.system.evenings.played import Evenings
from tests.system.evenings.troubles import Troubles

pytestmark = pytest.mark.timeout(600)

QUERIES = tuple(of_dashboards())
MADE = ("Calls failing by our fault", "Keys parked", "In doubt, by age", "Asked of the provider")
"""What panels are called that the troubles fill."""
NOT_MADE = ("Deadlines late by", "Payouts under way", "Unposted, by age")
"""And those that fill with what passes in less time than it takes to look."""
PATIENCE_S = 30.0


def test_every_query_of_every_panel_has_an_answer(evenings: Evenings) -> None:
    unanswered = [it.where for it in QUERIES if not evenings.prometheus.shows(it.text)]

    assert len(QUERIES) > 150
    assert unanswered == []


def test_every_panel_shows_what_happened_unless_it_says_what_it_waits_for(
    evenings: Evenings, troubles: Troubles
) -> None:
    assert _empty(evenings, [it for it in QUERIES if not it.quiet]) == []


def test_a_panel_that_waits_for_trouble_shows_it(evenings: Evenings, troubles: Troubles) -> None:
    waiting = [it for it in QUERIES if it.quiet]

    assert all(_title(it).startswith((*MADE, *NOT_MADE)) for it in waiting)
    assert _empty(evenings, [it for it in waiting if _title(it).startswith(MADE)]) == []


def test_every_rule_can_be_evaluated(evenings: Evenings) -> None:
    rules = evenings.prometheus.rules()

    assert len(rules) > 30
    assert {name for name, health in rules.items() if health != "ok"} == set()


def _empty(evenings: Evenings, queries: Sequence[Query]) -> list[str]:
    """Panels that show nothing but the 0 in place of nothing, however long one waits."""
    empty = list(queries)

    async def none() -> bool:
        empty[:] = [it for it in empty if not evenings.prometheus.shows(it.own)]
        return not empty

    finish(until(none, patience=PATIENCE_S, every=1))
    return [it.where for it in empty]


def _title(query: Query) -> str:
    return query.where.partition(": ")[2]
