"""What payment does when it is asked: the payment or payout it is about, and the verb."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol
from uuid import UUID

from libs.domain import NotFound, derived_id
from libs.eventstore import Store, Unit, unchanged
from libs.runtime.clock import Clock
from services.payment import commands as c
from services.payment.domain import (
    Answer,
    Booked,
    CapturePolicy,
    Operation,
    OrderPayments,
    Payment,
    Payout,
    SettledLine,
    order_payments_id,
)


class Provider(Protocol):
    """Who moves money for us. Everything is done once for a key, however often it is asked.

    `TimeoutError` means that it may or may not have happened; only `inquire` can tell.
    """

    async def send(self, operation: Operation) -> Answer:
        """Do it, or say why not."""
        ...

    async def confirm(self, key: UUID) -> Answer:
        """The buyer has done what was asked of them: go on."""
        ...

    async def inquire(self, key: UUID) -> Answer:
        """What became of it; refused as `NEVER_RECEIVED` when it never arrived."""
        ...

    async def settle(self, settlement_id: UUID) -> Sequence[SettledLine]:
        """The settlement file of that name: captures and refunds that no earlier file has."""
        ...

    async def books(self, after: UUID | None, limit: int) -> Sequence[Booked]:
        """What the provider has booked, in the order of the keys."""
        ...


class PaymentApp:
    def __init__(self, store: Store, clock: Clock, provider: Provider) -> None:
        self._store = store
        self._clock = clock
        self._provider = provider
        self._payments = store.repository(Payment)
        self._payouts = store.repository(Payout)
        self._orders = store.repository(OrderPayments)

    async def get(self, payment_id: UUID) -> Payment:
        return await self._payments.get(payment_id)

    async def get_all(self, payment_ids: Iterable[UUID]) -> list[Payment]:
        """Loads that are asked for together reach the store as one."""
        return await asyncio.gather(*(self._payments.get(id) for id in payment_ids))

    async def get_payout(self, payout_id: UUID) -> Payout:
        return await self._payouts.get(payout_id)

    # What the orders, returns and ledger decide

    async def authorize_payment(self, command: c.AuthorizePayment) -> Payment:
        """Only payments that are captured at hand-over are looked for by their order later."""

        def requested() -> Payment:
            return Payment.requested(
                id=command.payment_id,
                order_id=command.order_id,
                buyer_id=command.buyer_id,
                amount=command.amount,
                method_token=command.method_token,
                capture_policy=command.capture_policy,
            )

        async def decide(unit: Unit) -> Payment:
            payment = await unit.begin(Payment, command.payment_id, requested)
            if command.capture_policy is CapturePolicy.AT_HAND_OVER:
                (await _order(unit, command.order_id)).note(payment.id)
            return payment

        return await self._store.transact(decide, command=command)

    async def withdraw_payment(self, command: c.WithdrawPayment) -> Payment:
        return await self._payments.update(
            command.payment_id, lambda payment: payment.withdraw(), command=command
        )

    async def cancel_lines(self, command: c.CancelLines) -> Payment:
        return await self._payments.update(
            command.payment_id,
            lambda payment: payment.cancel_lines(
                command.refund_id, command.refund, whole_order=command.whole_order
            ),
            command=command,
        )

    async def capture_at_hand_over(self, command: c.CaptureAtHandOver) -> OrderPayments | None:
        if await self._orders.find(order_payments_id(command.order_id)) is None:
            return None

        async def decide(unit: Unit) -> OrderPayments:
            order = await unit.get(OrderPayments, order_payments_id(command.order_id))
            for payment in (await unit.find_all(Payment, order.payment_ids)).values():
                payment.hand_over()
            return order

        return await self._store.transact(decide, command=command)

    async def give_back(self, command: c.GiveBack) -> Payment:
        return await self._payments.update(
            command.payment_id,
            lambda payment: payment.give_back(command.refund_id, command.amount),
            command=command,
        )

    async def submit_payout(self, command: c.SubmitPayout) -> Payout:
        return await self._payouts.update(
            command.payout_id,
            lambda payout: None,
            start=lambda: Payout.requested(
                id=command.payout_id,
                payee_id=command.payee_id,
                amount=command.amount,
                statement_id=command.statement_id,
            ),
            command=command,
        )

    # What people decide

    async def capture_payment(self, command: c.CapturePayment) -> Payment:
        return await self._payments.update(
            command.payment_id,
            lambda payment: unchanged(payment, command.etag).capture(command.amount),
            command=command,
        )

    async def void_payment(self, command: c.VoidPayment) -> Payment:
        return await self._payments.update(
            command.payment_id,
            lambda payment: unchanged(payment, command.etag).void(),
            command=command,
        )

    async def refund_payment(self, command: c.RefundPayment) -> Payment:
        return await self._payments.update(
            command.payment_id,
            lambda payment: payment.refund(command.refund_id, command.amount),
            command=command,
        )

    async def confirm_action(self, command: c.ConfirmAction) -> Payment:
        def confirm(payment: Payment) -> None:
            if command.buyer_id not in (None, payment.buyer_id):
                raise NotFound(f"no payment {payment.id}")
            payment.confirm_action()

        return await self._payments.update(command.payment_id, confirm, command=command)

    async def resolve_unknown(self, command: c.ResolveUnknown) -> Payment:
        return await self._payments.update(
            command.payment_id,
            lambda payment: payment.resolve(command.resolution, now=self._clock.now()),
            command=command,
        )

    # What the provider says

    async def hear_provider(self, command: c.HearProvider) -> Payment:
        return await self._payments.update(
            command.payment_id,
            lambda payment: payment.hear(now=self._clock.now()),
            command=command,
        )

    async def settle_provider(self, command: c.SettleProvider) -> Sequence[SettledLine]:
        """Sent again, it reads the same file again and records what is not recorded yet."""
        lines = await self._provider.settle(command.request_id)
        await asyncio.gather(
            *(
                self.record_settlement(
                    c.RecordSettlement(
                        request_id=derived_id("settlement", command.request_id, line.key),
                        payment_id=line.account,
                        key=line.key,
                        gross=line.gross,
                        fee=line.fee,
                    )
                )
                for line in lines
            )
        )
        return lines

    async def record_settlement(self, command: c.RecordSettlement) -> Payment:
        return await self._payments.update(
            command.payment_id,
            lambda payment: payment.record_settlement(
                command.key, gross=command.gross, fee=command.fee
            ),
            command=command,
        )

    async def record_success(self, command: c.RecordSuccess) -> Payment:
        return await self._payments.update(
            command.payment_id,
            lambda payment: payment.record_success(command.key, command.amount),
            command=command,
        )

    async def record_refusal(self, command: c.RecordRefusal) -> Payment:
        return await self._payments.update(
            command.payment_id,
            lambda payment: payment.record_refusal(command.key, command.code),
            command=command,
        )

    async def record_action(self, command: c.RecordAction) -> Payment:
        return await self._payments.update(
            command.payment_id,
            lambda payment: payment.record_action(
                command.key, action_url=command.action_url, expires_at=command.expires_at
            ),
            command=command,
        )

    async def record_doubt(self, command: c.RecordDoubt) -> Payment:
        return await self._payments.update(
            command.payment_id,
            lambda payment: payment.record_doubt(command.key, now=self._clock.now()),
            command=command,
        )

    async def record_payout_success(self, command: c.RecordPayoutSuccess) -> Payout:
        return await self._payouts.update(
            command.payout_id,
            lambda payout: payout.record_success(command.key),
            command=command,
        )

    async def record_payout_refusal(self, command: c.RecordPayoutRefusal) -> Payout:
        return await self._payouts.update(
            command.payout_id,
            lambda payout: payout.record_refusal(command.key, command.code),
            command=command,
        )

    async def record_payout_doubt(self, command: c.RecordPayoutDoubt) -> Payout:
        return await self._payouts.update(
            command.payout_id,
            lambda payout: payout.record_doubt(command.key, now=self._clock.now()),
            command=command,
        )


async def _order(unit: Unit, order_id: UUID) -> OrderPayments:
    order = await unit.find(OrderPayments, order_payments_id(order_id))
    if order is None:
        order = OrderPayments.of(order_id)
        unit.add(order)
    return order
