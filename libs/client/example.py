"""A first conversation: `ENTREPOT_TOKEN=… python -m libs.client.example 127.0.0.1:8090`.

Registers a merchant twice and gets one, asks for what is not there, puts goods on shelves of which
one does not exist, and reads a long list. The token is that of operations.
"""

import asyncio
import os
import sys

from libs.client import Connection, NotFound, RpcRefused, connect, each, identified, pages
from libs.contracts.catalog.v1 import catalog_service_pb2 as catalog
from libs.contracts.catalog.v1.catalog_service_pb2_grpc import CatalogServiceStub
from libs.contracts.warehouse.v1 import warehouse_service_pb2 as warehouse
from libs.contracts.warehouse.v1.warehouse_service_pb2_grpc import WarehouseServiceStub


async def main(address: str) -> None:
    async with connect(address, lambda: os.environ["ENTREPOT_TOKEN"]) as channel:
        await register(channel)
        await stock(channel)


async def register(channel: Connection) -> None:
    stub = CatalogServiceStub(channel)
    for merchant_id, name in (("thistle", "Thistle Mill"), ("aurora", "Aurora Lighting")):
        request = identified(
            catalog.RegisterMerchantRequest(
                merchant_id=merchant_id, display_name=name, country="GB"
            )
        )
        first = await stub.RegisterMerchant(request)
        again = await stub.RegisterMerchant(request)
        print(f"registered {first.name}, and asked again got the same: {first == again}")
    try:
        await stub.GetMerchant(catalog.GetMerchantRequest(name="merchants/nobody"))
    except NotFound as refused:
        print(f"asked for nobody: {refused.reason}")
    everybody = pages(stub.ListMerchants, catalog.ListMerchantsRequest(page_size=1))
    names = [merchant.name async for merchant in everybody]
    print(f"in pages of one: {', '.join(names)}")


async def stock(channel: Connection) -> None:
    stub = WarehouseServiceStub(channel)
    await stub.OpenNode(
        identified(warehouse.OpenNodeRequest(node_id="leeds", title="Leeds", country_code="GB"))
    )
    counted = [
        identified(
            warehouse.AdjustStockRequest(
                sku="THROW",
                node=f"nodes/{node}",
                owner_id="thistle",
                delta=10,
                condition=warehouse.STOCK_CONDITION_SELLABLE,
                cause=warehouse.ADJUSTMENT_CAUSE_COUNT,
            )
        )
        for node in ("leeds", "atlantis")
    ]
    async for request, item in each(
        stub.BatchAdjustStock, warehouse.BatchAdjustStockRequest, counted
    ):
        told = item.reason if isinstance(item, RpcRefused) else f"{item.on_hand} on hand"
        print(f"{request.sku} in {request.node}: {told}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
