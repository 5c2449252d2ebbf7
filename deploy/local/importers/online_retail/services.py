"""Services: the five that an import speaks to, each by its stub."""

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Final, Self

from deploy.local.home import Home
from deploy.local.tokens import mint
from libs.contracts.catalog.v1.catalog_service_pb2_grpc import CatalogServiceStub
from libs.contracts.ledger.v1 import ledger_service_pb2 as ledger
from libs.contracts.ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub
from libs.contracts.order.v1.order_service_pb2_grpc import OrderServiceStub
from libs.contracts.returns.v1.returns_service_pb2_grpc import ReturnsServiceStub
from libs.contracts.warehouse.v1.warehouse_service_pb2_grpc import WarehouseServiceStub
from libs.rpc.client import Connection, connect

DEADLINE_S: Final = 60.0
SUBJECT: Final = "importer"

SCOPES: Final = (
    "merchants.write merchants.read terms.write products.write offers.write markets.write "
    "markets.read nodes.write stockItems.write inboundPlans.write fulfilmentOrders.read "
    "fulfilmentOrders.write orders.read orders.write returns.read returns.write "
    "returns.inspect ledger.read ledger.import"
).split()


class Services:
    """Open while the import runs. The token says who we are: another service of the platform."""

    def __init__(self, home: Home) -> None:
        self._at = home.running().services
        self._token = mint(home, role="service", subject=SUBJECT, scopes=SCOPES)
        self._open = AsyncExitStack()
        self.catalog = CatalogServiceStub(self._connect("catalog"))
        self.orders = OrderServiceStub(self._connect("order"))
        self.warehouse = WarehouseServiceStub(self._connect("warehouse"))
        self.returns = ReturnsServiceStub(self._connect("returns"))
        self.ledger = LedgerServiceStub(self._connect("ledger"))

    def _connect(self, name: str) -> Connection:
        connection = connect(self._at[name].address, self._token, deadline_s=DEADLINE_S)
        self._open.push_async_callback(connection.close)
        return connection

    async def entries_on(self, account: str, merchant: str) -> int:
        """How many entries the ledger has for the merchant on an account that is not kept by order
        line: an entry's lines are one there."""
        answer = await self.ledger.GetBalance(
            ledger.GetBalanceRequest(filter=ledger.AccountFilter(codes=[account], payee=merchant))
        )
        return sum(amount.lines for amount in answer.amounts)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._open.aclose()
