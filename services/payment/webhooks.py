"""Webhooks: the built-in provider tells of what it booked as providers do, late, twice, disordered.

They are hints: whoever hears one asks the provider. One that is lost is made up for by the sweeper.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple, Protocol
from uuid import UUID

import structlog

from libs.contracts.payment.v1.payment_service_pb2 import IngestProviderEventRequest
from libs.contracts.payment.v1.payment_service_pb2_grpc import PaymentServiceStub
from libs.domain import derived_id
from libs.rpc.client import RpcRefused, connect
from libs.runtime.waiting import pause

log = structlog.get_logger(__name__)

PROVIDER = "simulator"
ATTEMPTS = 5


class Webhook(NamedTuple):
    """One message about a payment; `late` counts the delays that it is held back for."""

    payment_id: UUID
    event_id: str
    late: int = 0


class Webhooks(Protocol):
    def post(self, webhook: Webhook) -> None:
        """Send it some time."""
        ...


class NoWebhooks:
    """A provider that waits to be asked."""

    def post(self, webhook: Webhook) -> None:
        """Nobody is told."""


class Postman:
    """Delivers each webhook after its own delay, so that they overtake each other."""

    def __init__(self, deliver: Callable[[Webhook], Awaitable[None]], *, delay_s: float) -> None:
        self._deliver = deliver
        self._delay_s = delay_s
        self._posted: asyncio.Queue[Webhook] = asyncio.Queue()

    def post(self, webhook: Webhook) -> None:
        self._posted.put_nowait(webhook)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as rounds:
            while True:
                rounds.create_task(self._send(await self._posted.get()))

    async def _send(self, webhook: Webhook) -> None:
        await pause(self._delay_s * webhook.late)
        for _ in range(ATTEMPTS):
            try:
                await self._deliver(webhook)
            except RpcRefused as refused:
                log.warning("webhook_refused", event_id=webhook.event_id, reason=refused.reason)
                await pause(self._delay_s)
            else:
                return


def over_grpc(address: str, token: Path) -> Callable[[Webhook], Awaitable[None]]:
    """To the service's own door, where a provider would call; the token may be renewed."""
    connection = connect(address, token.read_text)
    payments = PaymentServiceStub(connection)

    async def deliver(webhook: Webhook) -> None:
        await payments.IngestProviderEvent(
            IngestProviderEventRequest(
                request_id=str(derived_id("webhook", webhook.event_id)),
                payment=f"payments/{webhook.payment_id}",
                provider=PROVIDER,
                event_id=webhook.event_id,
            )
        )

    return deliver
