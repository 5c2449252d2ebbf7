"""Parcels: from the shelf to the buyer's door, as the warehouse and the carrier report it.

All of it goes by the batch methods, as a warehouse of some size does it: one step for many.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from deploy.local.demo.world import Purchase, World
from libs.contracts.warehouse.v1 import warehouse_service_pb2 as pb
from libs.observability.tracing import SpanKind, span
from libs.rpc import RpcRefused

CARRIER = "example-parcels"


async def dispatch(world: World, *purchases: Purchase) -> int:
    """Pick, pack and hand over; returns how many parcels it took."""
    warehouse, run = world.players.ops.warehouse, world.run
    parcels = await _parcels(world, purchases)
    with span("parcels leave", kind=SpanKind.CLIENT, parent=purchases[0].traceparent):
        started = await warehouse.BatchStartPicking(
            pb.BatchStartPickingRequest(
                requests=[
                    pb.StartPickingRequest(request_id=run.request("start", it), name=it)
                    for it in parcels
                ]
            )
        )
        all_done(started.results)
        picked = await warehouse.BatchConfirmPick(
            pb.BatchConfirmPickRequest(
                requests=[
                    pb.ConfirmPickRequest(request_id=run.request("pick", it), name=it)
                    for it in parcels
                ]
            )
        )
        all_done(picked.results)
        packed = await warehouse.BatchConfirmPack(
            pb.BatchConfirmPackRequest(
                requests=[
                    pb.ConfirmPackRequest(request_id=run.request("pack", it), name=it)
                    for it in parcels
                ]
            )
        )
        all_done(packed.results)
        left = await warehouse.BatchHandOver(
            pb.BatchHandOverRequest(
                requests=[
                    pb.HandOverRequest(
                        request_id=run.request("hand-over", it),
                        name=it,
                        carrier=CARRIER,
                        tracking_number=it.removeprefix("fulfilmentOrders/")[:8].upper(),
                    )
                    for it in parcels
                ]
            )
        )
        all_done(left.results)
    return len(parcels)


async def deliver(world: World, *purchases: Purchase) -> None:
    """The carrier reports that the buyers have their parcels."""
    parcels = await _parcels(world, purchases)
    with span("parcels arrive", kind=SpanKind.CLIENT, parent=purchases[0].traceparent):
        reported = await world.players.ops.warehouse.BatchTrackingUpdate(
            pb.BatchTrackingUpdateRequest(
                requests=[
                    pb.TrackingUpdateRequest(
                        request_id=world.run.request("arrival", it),
                        name=it,
                        status=pb.TRACKING_STATUS_DELIVERED,
                    )
                    for it in parcels
                ]
            )
        )
    all_done(reported.results)


def all_done(results: Iterable[pb.FulfilmentOrderResult]) -> None:
    """In a batch each stands or falls alone; here all should stand."""
    for result in results:
        if result.HasField("error"):
            raise RpcRefused.told(result.error)


async def _parcels(world: World, purchases: Sequence[Purchase]) -> list[str]:
    return [
        parcel
        for parcels in await asyncio.gather(*(_planned(world, it) for it in purchases))
        for parcel in parcels
    ]


async def _planned(world: World, purchase: Purchase) -> list[str]:
    """The order's parcels, once the warehouse has allocated its goods: one a seller and node."""
    found: list[str] = []

    async def there() -> bool:
        answer = await world.players.ops.warehouse.ListFulfilmentOrders(
            pb.ListFulfilmentOrdersRequest(order=purchase.name)
        )
        found[:] = [it.name for it in answer.fulfilment_orders]
        return bool(found)

    await world.wait(f"{purchase.who}'s order {purchase.id} has no parcel", there)
    return found
