"""Gateway: asks the provider for what the facts say is wanted, and turns answers into commands."""

from collections.abc import Awaitable, Sequence
from typing import TypeAlias
from uuid import UUID

from libs.domain import derived_id
from libs.eventstore import Recorded
from services.payment.app import Provider
from services.payment.commands import (
    RecordAction,
    RecordDoubt,
    RecordPayoutDoubt,
    RecordPayoutRefusal,
    RecordPayoutSuccess,
    RecordRefusal,
    RecordSuccess,
)
from services.payment.domain import (
    ActionRequired,
    Answer,
    Kind,
    Operation,
    Payment,
    Payout,
    Refused,
    Succeeded,
)

Word: TypeAlias = Answer | None
"""An answer, or None when none came."""
Record: TypeAlias = (
    RecordSuccess
    | RecordRefusal
    | RecordAction
    | RecordDoubt
    | RecordPayoutSuccess
    | RecordPayoutRefusal
    | RecordPayoutDoubt
)


class Gateway:
    """Facts may come twice; key and request id follow from the fact, so it still happens once."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def react(self, recorded: Recorded) -> Sequence[Record]:
        match recorded.fact:
            case (
                Payment.AuthorizationRequested()
                | Payment.CaptureRequested()
                | Payment.VoidRequested()
                | Payment.RefundRequested()
                | Payment.ReversalRequested()
                | Payout.Requested()
            ) as wanted:
                operation = wanted.operation
                word = await _word(self._provider.send(operation))
            case Payment.ActionConfirmed() as confirmed:
                operation = confirmed.operation
                word = await _word(self._provider.confirm(operation.key))
            case (Payment.InquiryRequested() | Payout.InquiryRequested()) as inquiry:
                operation = inquiry.operation
                word = await _word(self._provider.inquire(operation.key))
            case _:
                return ()
        request_id = derived_id("answer", recorded.event_id)
        if operation.kind is Kind.PAYOUT:
            return (_payout_record(request_id, operation, word),)
        return (_payment_record(request_id, operation, word),)


async def _word(answer: Awaitable[Answer]) -> Word:
    try:
        return await answer
    except TimeoutError:
        return None


def _payment_record(request_id: UUID, operation: Operation, word: Word) -> Record:
    payment_id, key = operation.account, operation.key
    match word:
        case Succeeded(amount):
            return RecordSuccess(
                request_id=request_id, payment_id=payment_id, key=key, amount=amount
            )
        case Refused(code):
            return RecordRefusal(request_id=request_id, payment_id=payment_id, key=key, code=code)
        case ActionRequired(url, expires_at):
            return RecordAction(
                request_id=request_id,
                payment_id=payment_id,
                key=key,
                action_url=url,
                expires_at=expires_at,
            )
        case None:
            return RecordDoubt(request_id=request_id, payment_id=payment_id, key=key)


def _payout_record(request_id: UUID, operation: Operation, word: Word) -> Record:
    payout_id, key = operation.account, operation.key
    match word:
        case Succeeded():
            return RecordPayoutSuccess(request_id=request_id, payout_id=payout_id, key=key)
        case Refused(code):
            return RecordPayoutRefusal(
                request_id=request_id, payout_id=payout_id, key=key, code=code
            )
        case None:
            return RecordPayoutDoubt(request_id=request_id, payout_id=payout_id, key=key)
        case ActionRequired():
            raise AssertionError("nobody confirms a payout")
