"""What is watched of the warehouse: parcels on their way, by step."""

from libs.runtime.level import Level
from libs.runtime.watching import Watching

LEVELS = (
    Level(
        name="entrepot_fulfilment_orders",
        about="Parcels that have not arrived, been lost or cancelled, by state; 100000 at most.",
        labels=("state",),
        sql="""
            select state, count(*) from (
                select state from fulfilment_order
                where state in ('PLANNED', 'PICKING', 'PICKED', 'PACKED',
                                'HANDED_OVER', 'IN_TRANSIT', 'FAILED')
                limit 100000
            ) as open group by 1
        """,
    ),
)

WATCHING = Watching(levels=LEVELS)
