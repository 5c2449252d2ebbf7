"""What is watched of the catalog: streams on air, and goods that wait for approval."""

from libs.runtime.level import Level
from libs.runtime.watching import Watching

LEVELS = (
    Level(
        name="entrepot_live_sessions",
        about="Live sessions by state, those of the last 10000.",
        labels=("state",),
        sql="""
            select state, count(*) from (
                select state from live_session order by number desc limit 10000
            ) as latest group by 1
        """,
    ),
    Level(
        name="entrepot_products",
        about="Products by state, those of the last 10000.",
        labels=("state",),
        sql="""
            select state, count(*) from (
                select state from product order by number desc limit 10000
            ) as latest group by 1
        """,
    ),
)

WATCHING = Watching(levels=LEVELS)
