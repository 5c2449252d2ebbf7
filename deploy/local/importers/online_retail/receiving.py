"""Receiving: a month's goods come in before the month's first order asks for them."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Final

from deploy.local.importers.online_retail.calls import all_of
from deploy.local.importers.online_retail.draft import parts
from deploy.local.importers.online_retail.shop import Shop
from libs.contracts.warehouse.v1 import warehouse_service_pb2 as pb

if TYPE_CHECKING:
    from libs.contracts.warehouse.v1.warehouse_service_pb2_grpc import WarehouseServiceAsyncStub

PLAN_LINES: Final = 200
UNITS_MAX: Final = 1_000_000

Units = list[tuple[str, int]]


class Receiving:
    """One inbound plan for so many codes, from draft to closed, and several plans at a time."""

    def __init__(self, shop: Shop, warehouse: "WarehouseServiceAsyncStub") -> None:
        self._shop = shop
        self._warehouse = warehouse

    async def receive(self, month: str, units: Mapping[str, int]) -> None:
        await all_of(
            self._plan(f"{month}/{number}", part)
            for number, part in enumerate(_slices(sorted(units.items())))
        )

    async def _plan(self, key: str, units: Units) -> None:
        def request_id(step: str) -> str:
            return self._shop.request_id(f"inbound-{step}", key)

        lines = [
            pb.SkuQuantity(sku=code, quantity=part)
            for code, needed in units
            for part in parts(needed, UNITS_MAX)
        ]
        plan = await self._warehouse.CreateInboundPlan(
            pb.CreateInboundPlanRequest(
                request_id=request_id("plan"),
                node=self._shop.node,
                owner_id=self._shop.slug,
                lines=lines,
            )
        )
        name = plan.name
        await self._warehouse.ActivateInboundPlan(
            pb.ActivateInboundPlanRequest(request_id=request_id("activate"), name=name)
        )
        await self._warehouse.ShipInboundPlan(
            pb.ShipInboundPlanRequest(request_id=request_id("ship"), name=name)
        )
        await self._warehouse.CheckInInboundPlan(
            pb.CheckInInboundPlanRequest(request_id=request_id("check-in"), name=name)
        )
        await self._warehouse.ReceiveLines(
            pb.ReceiveLinesRequest(request_id=request_id("receive"), name=name, lines=lines)
        )
        await self._warehouse.CloseInboundPlan(
            pb.CloseInboundPlanRequest(request_id=request_id("close"), name=name)
        )


def _slices(units: Units) -> Iterator[Units]:
    rest = iter(units)
    while part := list(islice(rest, PLAN_LINES)):
        yield part
