"""A client that keeps every request, answer and doubt, and asks again under the same request id."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

import grpc

from deploy.local.home import Home
from deploy.local.tokens import mint
from libs.client.waking import woken_once
from libs.contracts.catalog.v1.catalog_service_pb2_grpc import CatalogServiceStub
from libs.contracts.order.v1.order_service_pb2_grpc import OrderServiceStub
from libs.contracts.payment.v1.payment_service_pb2_grpc import PaymentServiceStub
from libs.contracts.warehouse.v1.warehouse_service_pb2_grpc import WarehouseServiceStub
from libs.rpc.client import RpcRefused
from libs.runtime.clock import monotonic
from libs.runtime.waiting import pause
from tests.faults.checker.history import Attempt, Call, History

STUBS: Mapping[str, Any] = {  # As generated.
    "catalog": CatalogServiceStub,
    "order": OrderServiceStub,
    "payment": PaymentServiceStub,
    "warehouse": WarehouseServiceStub,
}
SCOPES = (
    "markets.write merchants.write terms.write products.write offers.write nodes.write "
    "stockItems.read stockItems.write orders.read orders.write payments.read "
    "fulfilmentOrders.read fulfilmentOrders.write"
).split()
PASSING = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
    }
)
"""The client asks again. Whether a server may say that at all is for the checker to tell."""

AGAIN_S = (0.05, 0.1, 0.2, 0.5)


class GivenUp(Exception):
    """No answer within the client's patience: it may or may not have happened."""


class Recorder:
    """Open as a context. Channels do not retry by themselves: every attempt is on record."""

    def __init__(
        self, home: Home, history: History, *, seed: int = 0, at: Mapping[str, str] | None = None
    ) -> None:
        self.history = history
        self._token = mint(home, role="service", subject="trial", scopes=SCOPES)
        known = home.load().services
        self._addresses = {name: known[name].address for name in known} | dict(at or {})
        self._stubs: dict[str, Any] = {}
        self._chance = random.Random(seed)
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for name, stub in STUBS.items():
            with woken_once():
                channel = grpc.aio.insecure_channel(
                    self._addresses[name],
                    [
                        ("grpc.enable_retries", 0),
                        ("grpc.min_reconnect_backoff_ms", 50),
                        ("grpc.initial_reconnect_backoff_ms", 50),
                        ("grpc.max_reconnect_backoff_ms", 500),
                    ],
                )
            self._open.push_async_callback(channel.close, None)
            self._stubs[name] = stub(channel)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._open.aclose()

    async def ask(
        self,
        service: str,
        method: str,
        request: Any,
        *,
        patience: float = 60,
        deadline: float = 5,
        again: bool = True,
    ) -> Any:
        """The answer. Raises `RpcRefused` for a definite no, `GivenUp` when patience ends."""
        call = Call(service, method, getattr(request, "request_id", ""), _named(request))
        self.history.calls.append(call)
        until = monotonic() + patience
        for wait in _waits():
            try:
                return await self._attempt(call, request, deadline)
            except RpcRefused as refused:
                if refused.code not in PASSING or not again:
                    raise
                if monotonic() > until:
                    raise GivenUp(f"{method}: {refused}") from refused
                await pause(max(wait, refused.retry_after_s or 0) * self._chance.uniform(0.5, 1.5))

    async def twice(self, service: str, method: str, request: Any) -> Any:
        """The same request from two impatient fingers."""
        answers = await asyncio.gather(
            self.ask(service, method, request), self.ask(service, method, request)
        )
        return answers[0]

    async def _attempt(self, call: Call, request: Any, deadline: float) -> Any:
        attempt = Attempt(began=monotonic())
        call.attempts.append(attempt)
        send = getattr(self._stubs[call.service], call.method)
        try:
            answer = await send(
                request, timeout=deadline, metadata=(("authorization", f"Bearer {self._token}"),)
            )
        except grpc.aio.AioRpcError as error:
            refused = RpcRefused.of(error)
            attempt.end(code=refused.code.name, reason=refused.reason, text=refused.message)
            attempt.advised = refused.retry_after_s is not None
            raise refused from error
        attempt.end(code="OK", name=_named(answer), version=_version(answer))
        return answer


def _waits() -> Iterator[float]:
    yield from AGAIN_S
    while True:
        yield AGAIN_S[-1]


def _named(message: Any) -> str:
    return getattr(message, "name", "")


def _version(message: Any) -> int:
    return int(getattr(message, "etag", "") or 0)
