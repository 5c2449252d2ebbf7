"""A level that nobody counts, because the database knows it: declared by whoever owns the rows."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A metric that one bounded query finds: a row has the labels, then the number.

    `$1`, where the query has it, is the business time.
    """

    name: str
    about: str
    sql: str
    labels: tuple[str, ...] = ()
    kind: Literal["gauge", "counter"] = "gauge"


def age(interval: str) -> str:
    """The label `age` for an interval in SQL: how old something is at most."""
    return f"""
        case when {interval} < interval '1 minute' then '1m'
             when {interval} < interval '10 minutes' then '10m'
             when {interval} < interval '1 hour' then '1h'
             when {interval} < interval '1 day' then '1d'
             when {interval} < interval '7 days' then '7d' else 'older' end
    """
