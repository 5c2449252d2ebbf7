"""What is watched of returns: open cases, by who has to act next."""

from libs.runtime.level import Level
from libs.runtime.watching import Watching
from services.returns.domain.case import OPEN

_STATES = ", ".join(f"'{state}'" for state in OPEN)

LEVELS = (
    Level(
        name="entrepot_return_cases",
        about="Return cases that are not closed, by state; 100000 at most.",
        labels=("state",),
        sql=f"""
            select state, count(*) from (
                select state from return_case where state in ({_STATES}) limit 100000
            ) as open group by 1
        """,
    ),
)

WATCHING = Watching(levels=LEVELS)
