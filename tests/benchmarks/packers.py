"""Packers: take every parcel that is planned at a node, in batches, all the way to its buyer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from libs.contracts.warehouse.v1 import warehouse_service_pb2 as warehouse
from libs.domain import derived_id
from libs.rpc import RpcRefused
from libs.runtime.waiting import pause
from tests.benchmarks.shop import LOOK_EVERY_S, Shop

PAGE = 500

STEPS: Sequence[tuple[str, dict[str, Any]]] = (  # values of fields of any type
    ("StartPicking", {}),
    ("ConfirmPick", {}),
    ("ConfirmPack", {}),
    ("HandOver", {"carrier": "Royal Mail", "tracking_number": "JD0002"}),
    ("TrackingUpdate", {"status": warehouse.TRACKING_STATUS_DELIVERED}),
)


async def pack(shop: Shop, seen: Callable[[int], None] = lambda _: None) -> None:
    """Until cancelled. `seen` is told how many parcels have arrived each time."""
    while True:
        planned = await shop.services.warehouse.ListFulfilmentOrders(
            warehouse.ListFulfilmentOrdersRequest(
                page_size=PAGE,
                node=f"nodes/{shop.slug}",
                state=warehouse.FULFILMENT_STATE_PLANNED,
            )
        )
        parcels = [it.name for it in planned.fulfilment_orders]
        if not parcels:
            await pause(LOOK_EVERY_S)
            continue
        for step, more in STEPS:
            await _all(shop, step, parcels, more)
        seen(len(parcels))


async def _all(shop: Shop, step: str, parcels: Sequence[str], more: dict[str, Any]) -> None:
    one = getattr(warehouse, f"{step}Request")
    many = getattr(warehouse, f"Batch{step}Request")
    ask = getattr(shop.services.warehouse, f"Batch{step}")
    answer = await ask(
        many(
            requests=[
                one(request_id=str(derived_id(step, name)), name=name, **more) for name in parcels
            ]
        )
    )
    for result in answer.results:
        if result.HasField("error"):
            raise RpcRefused.told(result.error)
