"""What returns does when it is asked: the order it is about, and the verb."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from libs.domain import derived_id
from libs.eventstore import Store, unchanged
from libs.runtime.clock import Clock
from services.returns.commands import (
    ApproveReturn,
    CloseCase,
    NoteArrival,
    NoteCancellation,
    NoteDelivery,
    NoteLoss,
    NotePayment,
    NoteRefund,
    NoteSale,
    OpenReturn,
    RecordInspection,
    RegisterShipBack,
    RejectReturn,
    WithdrawReturn,
)
from services.returns.domain import Deadlines, OrderReturns


class ReturnsApp:
    def __init__(self, store: Store, clock: Clock, deadlines: Deadlines) -> None:
        self._orders = store.repository(OrderReturns)
        self._clock = clock
        self._deadlines = deadlines

    def now(self) -> datetime:
        return self._clock.now()

    async def get(self, order_id: UUID) -> OrderReturns:
        return await self._orders.get(order_id)

    async def get_all(self, order_ids: Iterable[UUID]) -> dict[UUID, OrderReturns]:
        """Loads that are asked for together reach the store as one."""
        orders = await asyncio.gather(*(self._orders.get(order_id) for order_id in order_ids))
        return {order.id: order for order in orders}

    async def open_return(self, command: OpenReturn) -> OrderReturns:
        return await self._orders.update(
            command.order_id,
            lambda order: order.open_return(
                derived_id("return", command.request_id),
                party=command.party,
                line_id=command.line_id,
                quantity=command.quantity,
                kind=command.kind,
                reason=command.reason,
                outside_window=command.outside_window,
                agreed=command.agreed,
                deadlines=self._deadlines,
                now=self._clock.now(),
            ),
            command=command,
        )

    async def approve_return(self, command: ApproveReturn) -> OrderReturns:
        return await self._orders.update(
            command.order_id,
            lambda order: unchanged(order, command.etag).approve(
                command.return_id,
                party=command.party,
                fault=command.fault,
                now=self._clock.now(),
            ),
            command=command,
        )

    async def reject_return(self, command: RejectReturn) -> OrderReturns:
        return await self._orders.update(
            command.order_id,
            lambda order: unchanged(order, command.etag).reject(
                command.return_id, command.note, party=command.party
            ),
            command=command,
        )

    async def register_ship_back(self, command: RegisterShipBack) -> OrderReturns:
        return await self._orders.update(
            command.order_id,
            lambda order: order.ship_back(
                command.return_id,
                party=command.party,
                carrier=command.carrier,
                tracking_number=command.tracking_number,
                label_cost=command.label_cost,
                label_charged=command.label_charged,
            ),
            command=command,
        )

    async def record_inspection(self, command: RecordInspection) -> OrderReturns:
        return await self._orders.update(
            command.order_id,
            lambda order: order.inspect(
                command.return_id,
                party=command.party,
                node_id=command.node_id,
                findings=command.findings,
                fault=command.fault,
            ),
            command=command,
        )

    async def withdraw_return(self, command: WithdrawReturn) -> OrderReturns:
        return await self._orders.update(
            command.order_id,
            lambda order: order.withdraw(command.return_id, party=command.party),
            command=command,
        )

    async def close_case(self, command: CloseCase) -> OrderReturns:
        return await self._orders.update(
            command.order_id,
            lambda order: unchanged(order, command.etag).close(
                command.return_id, command.note, party=command.party
            ),
            command=command,
        )

    async def note_sale(self, command: NoteSale) -> OrderReturns:
        return await self._orders.update(
            command.order_id,
            lambda order: order.note_sale(
                buyer_id=command.buyer_id, currency=command.currency, lines=command.lines
            ),
            start=lambda: OrderReturns(id=command.order_id),
            command=command,
        )

    async def note_payment(self, command: NotePayment) -> OrderReturns:
        return await self._orders.update(
            command.order_id,
            lambda order: order.note_payment(command.payment_id),
            start=lambda: OrderReturns(id=command.order_id),
            command=command,
        )

    async def note_cancellation(self, command: NoteCancellation) -> OrderReturns:
        return await self._orders.update(
            command.order_id,
            lambda order: order.note_cancellation(command.cancellation_id, command.lines),
            start=lambda: OrderReturns(id=command.order_id),
            command=command,
        )

    async def note_delivery(self, command: NoteDelivery) -> OrderReturns:
        return await self._orders.update(
            command.order_id,
            lambda order: order.note_delivery(
                command.package_id, command.lines, delivered_at=command.delivered_at
            ),
            start=lambda: OrderReturns(id=command.order_id),
            command=command,
        )

    async def note_loss(self, command: NoteLoss) -> OrderReturns:
        return await self._orders.update(
            command.order_id,
            lambda order: order.note_loss(command.package_id, command.lines),
            start=lambda: OrderReturns(id=command.order_id),
            command=command,
        )

    async def note_arrival(self, command: NoteArrival) -> OrderReturns:
        return await self._orders.update(
            command.order_id,
            lambda order: order.note_arrival(command.return_id, now=self._clock.now()),
            start=lambda: OrderReturns(id=command.order_id),
            command=command,
        )

    async def note_refund(self, command: NoteRefund) -> OrderReturns:
        return await self._orders.update(
            command.order_id,
            lambda order: order.note_refund(command.refund_id, command.note),
            start=lambda: OrderReturns(id=command.order_id),
            command=command,
        )
