"""Players: the six services as each of those who take part sees them, with a token of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from functools import cache
from typing import TypeVar

from google.protobuf.descriptor import ServiceDescriptor

from deploy.local.home import Home, State
from deploy.local.tokens import mint
from libs.contracts.catalog.v1 import catalog_service_pb2
from libs.contracts.catalog.v1.catalog_service_pb2_grpc import CatalogServiceStub
from libs.contracts.common.v1 import options_pb2
from libs.contracts.fake.v1 import fake_service_pb2
from libs.contracts.ledger.v1 import ledger_service_pb2
from libs.contracts.ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub
from libs.contracts.order.v1 import order_service_pb2
from libs.contracts.order.v1.order_service_pb2_grpc import OrderServiceStub
from libs.contracts.payment.v1 import payment_service_pb2
from libs.contracts.payment.v1.payment_service_pb2_grpc import PaymentServiceStub
from libs.contracts.returns.v1 import returns_service_pb2
from libs.contracts.returns.v1.returns_service_pb2_grpc import ReturnsServiceStub
from libs.contracts.warehouse.v1 import warehouse_service_pb2
from libs.contracts.warehouse.v1.warehouse_service_pb2_grpc import WarehouseServiceStub
from libs.rpc import Connection, RpcRefused, connect

T = TypeVar("T")

PATIENCE_S = 20.0
"""A call may find a machine that is busy with six services that have only just started."""

_PROTOS = (
    catalog_service_pb2,
    order_service_pb2,
    payment_service_pb2,
    warehouse_service_pb2,
    returns_service_pb2,
    ledger_service_pb2,
    fake_service_pb2,
)


class Player:
    """One caller: a role, a name, and what they may do by both."""

    def __init__(self, state: State, token: str) -> None:
        self._state = state
        self._token = token
        self.connections: list[Connection] = []
        self.catalog = CatalogServiceStub(self._to("catalog"))
        self.orders = OrderServiceStub(self._to("order"))
        self.payments = PaymentServiceStub(self._to("payment"))
        self.warehouse = WarehouseServiceStub(self._to("warehouse"))
        self.returns = ReturnsServiceStub(self._to("returns"))
        self.ledger = LedgerServiceStub(self._to("ledger"))

    def _to(self, service: str) -> Connection:
        address = self._state.services[service].address
        connection = connect(address, self._token, deadline_s=PATIENCE_S)
        self.connections.append(connection)
        return connection


class Players:
    """Everybody who has come on so far; the same name is the same caller."""

    def __init__(self, home: Home, state: State) -> None:
        self._home = home
        self._state = state
        self._known: dict[tuple[str, str], Player] = {}

    @property
    def ops(self) -> Player:
        return self._as("ops", "demo-operations")

    @property
    def finance(self) -> Player:
        return self._as("finance", "demo-finance")

    @property
    def storefront(self) -> Player:
        return self._as("service", "demo-storefront")

    def buyer(self, subject: str) -> Player:
        return self._as("buyer", subject)

    def merchant(self, merchant_id: str) -> Player:
        return self._as("merchant", f"{merchant_id}-staff", merchant=merchant_id)

    async def leave(self) -> None:
        everybody = self._known.values()
        await asyncio.gather(*(it.close() for player in everybody for it in player.connections))

    def _as(self, role: str, subject: str, *, merchant: str | None = None) -> Player:
        known = self._known.get((role, subject))
        if known is None:
            token = mint(
                self._home, role=role, subject=subject, scopes=scopes_of(role), merchant=merchant
            )
            known = self._known[role, subject] = Player(self._state, token)
        return known


async def found(answer: Awaitable[T]) -> T | None:
    """The answer, or None as long as the service has not heard of what is asked for."""
    try:
        return await answer
    except RpcRefused as refused:
        if refused.reason != "NOT_FOUND":
            raise
        return None


@cache
def scopes_of(role: str) -> tuple[str, ...]:
    """Whatever a role may ask for anywhere, as the protos say: the demo has no list of its own."""
    number = options_pb2.Role.Value(f"ROLE_{role.upper()}")
    return tuple(sorted({it.scope for it in _accesses() if number in it.roles}))


def _accesses() -> Iterator[options_pb2.Access]:
    for proto in _PROTOS:
        services: list[ServiceDescriptor] = list(proto.DESCRIPTOR.services_by_name.values())
        for service in services:
            for method in service.methods:
                yield method.GetOptions().Extensions[options_pb2.access]
