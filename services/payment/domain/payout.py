"""Payout: money that the ledger ordered to be sent to a payee, sent once."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from libs.domain import Aggregate, Started, event
from libs.money import Money
from services.payment.domain.operation import (
    INQUIRIES,
    Awaited,
    Kind,
    Operation,
    Standing,
    operation_key,
)


class PayoutState(StrEnum):
    SUBMITTED = "SUBMITTED"
    UNKNOWN = "UNKNOWN"
    PAID = "PAID"
    FAILED = "FAILED"


class Payout(Aggregate):
    TOPIC = "payment.Payout"

    payee_id: str
    amount: Money
    statement_id: UUID
    state: PayoutState
    failure_code: str
    awaited: Awaited | None

    class Requested(Started):
        TOPIC = "payment.Payout.Requested"
        payee_id: str
        statement_id: UUID
        operation: Operation

    class Doubted(Aggregate.Event):
        TOPIC = "payment.Payout.Doubted"
        ask_at: datetime

    class InquiryRequested(Aggregate.Event):
        TOPIC = "payment.Payout.InquiryRequested"
        operation: Operation
        ask_at: datetime | None

    class Paid(Aggregate.Event):
        TOPIC = "payment.Payout.Paid"
        payee_id: str
        key: UUID
        amount: Money

    class Failed(Aggregate.Event):
        TOPIC = "payment.Payout.Failed"
        payee_id: str
        key: UUID
        amount: Money
        failure_code: str

    @event(Requested)
    def __init__(
        self, *, id: UUID, payee_id: str, statement_id: UUID, operation: Operation
    ) -> None:
        self.payee_id = payee_id
        self.amount = operation.amount
        self.statement_id = statement_id
        self.state = PayoutState.SUBMITTED
        self.failure_code = ""
        self.awaited = Awaited(operation=operation)

    @classmethod
    def requested(cls, *, id: UUID, payee_id: str, amount: Money, statement_id: UUID) -> "Payout":
        operation = Operation(
            key=operation_key(id, cls.INITIAL_VERSION),
            kind=Kind.PAYOUT,
            account=id,
            amount=amount,
            instrument=payee_id,
            reference=statement_id,
        )
        return cls(id=id, payee_id=payee_id, statement_id=statement_id, operation=operation)

    @property
    def due(self) -> datetime | None:
        return self.awaited.ask_at if self.awaited else None

    def fall_due(self, now: datetime) -> None:
        if self.awaited and self.due is not None and self.due <= now:
            self._inquiry_requested(self.awaited.operation, self.awaited.next_inquiry(now))

    def record_success(self, key: UUID) -> None:
        if self.awaited and self.awaited.operation.key == key:
            self._paid(self.payee_id, key, self.amount)

    def record_refusal(self, key: UUID, code: str) -> None:
        if self.awaited and self.awaited.operation.key == key:
            self._failed(self.payee_id, key, self.amount, code)

    def record_doubt(self, key: UUID, *, now: datetime) -> None:
        awaited = self.awaited
        if awaited and awaited.operation.key == key and awaited.standing is Standing.PENDING:
            self._doubted(now + INQUIRIES[0])

    @event(Doubted)
    def _doubted(self, ask_at: datetime) -> None:
        assert self.awaited is not None
        self.state = PayoutState.UNKNOWN
        self.awaited = self.awaited.doubted(ask_at)

    @event(InquiryRequested)
    def _inquiry_requested(self, operation: Operation, ask_at: datetime | None) -> None:
        assert self.awaited is not None
        self.awaited = self.awaited.asked(ask_at)

    @event(Paid)
    def _paid(self, payee_id: str, key: UUID, amount: Money) -> None:
        self.state = PayoutState.PAID
        self.awaited = None

    @event(Failed)
    def _failed(self, payee_id: str, key: UUID, amount: Money, failure_code: str) -> None:
        self.state = PayoutState.FAILED
        self.failure_code = failure_code
        self.awaited = None
