"""The warehouse's aggregates, their facts and their refusals, a file for each."""

from services.warehouse.domain.fulfilment import (
    Carriage,
    FulfilmentOrder,
    FulfilmentState,
    Report,
)
from services.warehouse.domain.goods import Line, OutOfSequence, Parcel, Units, Wanted
from services.warehouse.domain.inbound import (
    InboundPlan,
    InboundState,
    NotOnPlan,
    SkuUnits,
    merged,
)
from services.warehouse.domain.network import (
    NETWORK_ID,
    Directory,
    Network,
    Node,
    NodeExists,
    Rate,
    RateCard,
)
from services.warehouse.domain.reservation import (
    Reservation,
    ReservationState,
    fulfilment_order_id,
    reservation_id,
)
from services.warehouse.domain.returned import (
    ExpectedReturn,
    MoreThanExpected,
    NotReceived,
    ReturnState,
)
from services.warehouse.domain.sourcing import covers, demand, source
from services.warehouse.domain.stock import (
    Cause,
    Condition,
    NotFree,
    StockItem,
    stock_item_id,
    units_by_item,
)

__all__ = [
    "NETWORK_ID",
    "Carriage",
    "Cause",
    "Condition",
    "Directory",
    "ExpectedReturn",
    "FulfilmentOrder",
    "FulfilmentState",
    "InboundPlan",
    "InboundState",
    "Line",
    "MoreThanExpected",
    "Network",
    "Node",
    "NodeExists",
    "NotFree",
    "NotOnPlan",
    "NotReceived",
    "OutOfSequence",
    "Parcel",
    "Rate",
    "RateCard",
    "Report",
    "Reservation",
    "ReservationState",
    "ReturnState",
    "SkuUnits",
    "StockItem",
    "Units",
    "Wanted",
    "covers",
    "demand",
    "fulfilment_order_id",
    "merged",
    "reservation_id",
    "source",
    "stock_item_id",
    "units_by_item",
]
