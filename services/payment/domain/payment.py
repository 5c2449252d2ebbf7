"""Payment: what the provider holds for an order, how much of it we took, and gave back.

Whatever is asked of the provider is a fact before it is asked. One operation is awaited at a time;
what is wanted meanwhile is noted and follows when that one has ended.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from libs.domain import Aggregate, RuleViolated, Started, derived_id, event
from libs.money import Money
from services.payment.domain.operation import (
    INQUIRIES,
    Awaited,
    Kind,
    NotInDoubt,
    Operation,
    Standing,
    operation_key,
)

EXCEEDS_CAPTURED = "exceeds_captured"
RESOLVED_BY_HAND = "resolved_by_hand"
TAKING = frozenset({Kind.AUTHORIZE, Kind.SALE, Kind.CAPTURE})


class OperationAwaited(RuleViolated):
    """The provider has not answered the operation before this one."""


class NotCapturable(RuleViolated):
    """Nothing, or more than the provider still holds, was asked for."""


class NotVoidable(RuleViolated):
    """The provider holds nothing."""


class NotRefundable(RuleViolated):
    """Nothing, or more than was captured and is not given back, was asked for."""


class NoActionRequired(RuleViolated):
    """The provider does not wait for the buyer."""


class CapturePolicy(StrEnum):
    AT_PLACEMENT = "AT_PLACEMENT"
    AT_HAND_OVER = "AT_HAND_OVER"


class PaymentState(StrEnum):
    CREATED = "CREATED"
    REQUIRES_ACTION = "REQUIRES_ACTION"
    UNKNOWN = "UNKNOWN"
    AUTHORIZED = "AUTHORIZED"
    PARTIALLY_CAPTURED = "PARTIALLY_CAPTURED"
    CAPTURED = "CAPTURED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"
    VOIDED = "VOIDED"
    DECLINED = "DECLINED"
    CONFLICTED = "CONFLICTED"


class RefundState(StrEnum):
    NOTED = "NOTED"
    REQUESTED = "REQUESTED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class Resolution(StrEnum):
    """What somebody knows of an operation in doubt."""

    ASK_PROVIDER = "ASK_PROVIDER"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Refund:
    amount: Money
    state: RefundState = RefundState.NOTED
    failure_code: str = ""


class Payment(Aggregate):
    TOPIC = "payment.Payment"

    order_id: UUID
    buyer_id: str
    amount: Money
    method_token: str
    capture_policy: CapturePolicy
    awaited: Awaited | None
    action_url: str
    decline_code: str
    authorized: Money
    captured: Money
    voided: Money
    refunded: Money
    settled: Money
    fees: Money
    settled_keys: set[UUID]
    refunds: dict[UUID, Refund]
    waived: dict[UUID, Money]
    withdrawn: bool
    void_refused: bool
    conflict: Money | None

    class AuthorizationRequested(Started):
        TOPIC = "payment.Payment.AuthorizationRequested"
        order_id: UUID
        buyer_id: str
        capture_policy: CapturePolicy
        operation: Operation

    class ActionRequired(Aggregate.Event):
        TOPIC = "payment.Payment.ActionRequired"
        order_id: UUID
        action_url: str
        expires_at: datetime

    class ActionConfirmed(Aggregate.Event):
        TOPIC = "payment.Payment.ActionConfirmed"
        operation: Operation

    class Doubted(Aggregate.Event):
        TOPIC = "payment.Payment.Doubted"
        order_id: UUID
        kind: Kind
        ask_at: datetime

    class InquiryRequested(Aggregate.Event):
        TOPIC = "payment.Payment.InquiryRequested"
        operation: Operation
        ask_at: datetime | None

    class Authorized(Aggregate.Event):
        TOPIC = "payment.Payment.Authorized"
        order_id: UUID
        key: UUID
        amount: Money

    class Declined(Aggregate.Event):
        TOPIC = "payment.Payment.Declined"
        order_id: UUID
        key: UUID
        decline_code: str

    class CaptureRequested(Aggregate.Event):
        TOPIC = "payment.Payment.CaptureRequested"
        operation: Operation

    class Captured(Aggregate.Event):
        TOPIC = "payment.Payment.Captured"
        order_id: UUID
        key: UUID
        amount: Money
        captured_total: Money

    class CaptureFailed(Aggregate.Event):
        TOPIC = "payment.Payment.CaptureFailed"
        order_id: UUID
        key: UUID
        failure_code: str
        amount: Money | None = None
        """What could not be taken; nothing in facts from before it was recorded."""

    class VoidRequested(Aggregate.Event):
        TOPIC = "payment.Payment.VoidRequested"
        operation: Operation

    class Voided(Aggregate.Event):
        TOPIC = "payment.Payment.Voided"
        order_id: UUID
        key: UUID
        amount: Money
        voided_total: Money

    class VoidFailed(Aggregate.Event):
        TOPIC = "payment.Payment.VoidFailed"
        key: UUID
        failure_code: str

    class RefundNoted(Aggregate.Event):
        TOPIC = "payment.Payment.RefundNoted"
        refund_id: UUID
        amount: Money

    class RefundRequested(Aggregate.Event):
        TOPIC = "payment.Payment.RefundRequested"
        refund_id: UUID
        operation: Operation

    class RefundSucceeded(Aggregate.Event):
        TOPIC = "payment.Payment.RefundSucceeded"
        order_id: UUID
        refund_id: UUID
        key: UUID
        amount: Money
        refunded_total: Money

    class RefundFailed(Aggregate.Event):
        TOPIC = "payment.Payment.RefundFailed"
        order_id: UUID
        refund_id: UUID
        key: UUID | None
        amount: Money
        failure_code: str

    class Withdrawn(Aggregate.Event):
        TOPIC = "payment.Payment.Withdrawn"

    class Waived(Aggregate.Event):
        """A cancelled part that was never captured: it is not taken in the first place."""

        TOPIC = "payment.Payment.Waived"
        refund_id: UUID
        amount: Money

    class Settled(Aggregate.Event):
        TOPIC = "payment.Payment.Settled"
        order_id: UUID
        key: UUID
        gross: Money
        fee: Money

    class Conflicted(Aggregate.Event):
        """The provider did it for another amount, or in another currency, than was asked."""

        TOPIC = "payment.Payment.Conflicted"
        order_id: UUID
        key: UUID
        kind: Kind
        amount: Money

    class ReversalRequested(Aggregate.Event):
        """Nothing is built on a conflict: all of it is to be released or given back."""

        TOPIC = "payment.Payment.ReversalRequested"
        operation: Operation

    class Reversed(Aggregate.Event):
        TOPIC = "payment.Payment.Reversed"
        order_id: UUID
        key: UUID
        kind: Kind
        amount: Money

    class ReversalFailed(Aggregate.Event):
        TOPIC = "payment.Payment.ReversalFailed"
        key: UUID
        failure_code: str

    @event(AuthorizationRequested)
    def __init__(
        self,
        *,
        id: UUID,
        order_id: UUID,
        buyer_id: str,
        capture_policy: CapturePolicy,
        operation: Operation,
    ) -> None:
        nothing = Money.zero(operation.amount.currency)
        self.order_id = order_id
        self.buyer_id = buyer_id
        self.amount = operation.amount
        self.method_token = operation.instrument
        self.capture_policy = capture_policy
        self.awaited = Awaited(operation=operation)
        self.action_url = ""
        self.decline_code = ""
        self.authorized = self.captured = self.voided = self.refunded = nothing
        self.settled = self.fees = nothing
        self.settled_keys = set()
        self.refunds = {}
        self.waived = {}
        self.withdrawn = False
        self.void_refused = False
        self.conflict = None

    @classmethod
    def requested(
        cls,
        *,
        id: UUID,
        order_id: UUID,
        buyer_id: str,
        amount: Money,
        method_token: str,
        capture_policy: CapturePolicy,
    ) -> "Payment":
        """Ask for the money; where it is captured at placement, hold and take it in one call."""
        at_once = capture_policy is CapturePolicy.AT_PLACEMENT
        operation = Operation(
            key=operation_key(id, cls.INITIAL_VERSION),
            kind=Kind.SALE if at_once else Kind.AUTHORIZE,
            account=id,
            amount=amount,
            instrument=method_token,
            reference=order_id,
        )
        return cls(
            id=id,
            order_id=order_id,
            buyer_id=buyer_id,
            capture_policy=capture_policy,
            operation=operation,
        )

    # How it stands

    @property
    def held(self) -> Money:
        return self.authorized - self.captured - self.voided

    @property
    def wanted(self) -> Money:
        """What is held and still to be captured."""
        if self.withdrawn:
            return self._nothing
        return max(self._nothing, self.held - self._still_waived)

    @property
    def refundable(self) -> Money:
        open_refunds = [
            refund.amount
            for refund in self.refunds.values()
            if refund.state in (RefundState.NOTED, RefundState.REQUESTED)
        ]
        return self.captured - self.refunded - sum(open_refunds, self._nothing)

    @property
    def state(self) -> PaymentState:
        if self.conflict is not None:
            return PaymentState.CONFLICTED
        if self.awaited and self.awaited.standing is Standing.IN_DOUBT:
            return PaymentState.UNKNOWN
        if self.awaited and self.awaited.standing is Standing.ACTION_REQUIRED:
            return PaymentState.REQUIRES_ACTION
        if self.decline_code:
            return PaymentState.DECLINED
        if self.refunded:
            whole = self.refunded == self.captured
            return PaymentState.REFUNDED if whole else PaymentState.PARTIALLY_REFUNDED
        if self.captured:
            return PaymentState.PARTIALLY_CAPTURED if self.held else PaymentState.CAPTURED
        if self.authorized:
            return PaymentState.AUTHORIZED if self.held else PaymentState.VOIDED
        return PaymentState.CREATED

    @property
    def due(self) -> datetime | None:
        return self.awaited.ask_at if self.awaited else None

    def fall_due(self, now: datetime) -> None:
        """Nobody answered, or the buyer did not confirm: the provider knows what became of it."""
        if self.due is not None and self.due <= now:
            self._inquire(now)

    # What others decide

    def withdraw(self) -> None:
        """The order will not be: what is held, now or later, is released.

        What is captured waits for the order to say under which id it goes back.
        """
        if not self.withdrawn:
            self._withdrawn()
            self._proceed()

    def cancel_lines(self, refund_id: UUID, refund: Money, *, whole_order: bool) -> None:
        if whole_order:
            self.withdraw()
        if self.captured or self._awaits(Kind.SALE, Kind.CAPTURE):
            self.give_back(refund_id, refund)
        elif refund and refund_id not in self.waived:
            self._waive(refund_id, refund)
            self._proceed()

    def give_back(self, refund_id: UUID, amount: Money) -> None:
        """Somebody decided it; if it is more than there is, that is a fact and not a refusal."""
        if amount and refund_id not in self.refunds:
            self._refund_noted(refund_id, amount)
            self._proceed()

    def hand_over(self) -> None:
        """The first parcel leaves: all that is not cancelled is captured."""
        at_hand_over = self.capture_policy is CapturePolicy.AT_HAND_OVER
        if at_hand_over and self.awaited is None and not self.captured and self.wanted:
            self._capture_requested(self._operation(Kind.CAPTURE, self.wanted))

    # What a person decides

    def capture(self, amount: Money | None = None) -> None:
        self._refuse_while_awaited()
        amount = self.wanted if amount is None else amount
        if amount.currency != self.amount.currency or not self._nothing < amount <= self.wanted:
            raise NotCapturable(f"{amount} asked, {self.wanted} held to capture", field="amount")
        self._capture_requested(self._operation(Kind.CAPTURE, amount))

    def void(self) -> None:
        self._refuse_while_awaited()
        if not self.held:
            raise NotVoidable("the provider holds nothing")
        if not self.withdrawn:
            self._withdrawn()
        self._void_requested(self._operation(Kind.VOID, self.held))

    def refund(self, refund_id: UUID, amount: Money) -> None:
        if refund_id in self.refunds:
            return
        same = amount.currency == self.amount.currency
        if not same or not self._nothing < amount <= self.refundable:
            raise NotRefundable(f"{amount} asked, {self.refundable} refundable", field="amount")
        self.give_back(refund_id, amount)

    def confirm_action(self) -> None:
        if not self.awaited or self.awaited.standing is not Standing.ACTION_REQUIRED:
            raise NoActionRequired("the provider does not wait for the buyer")
        self._action_confirmed(self.awaited.operation)

    def resolve(self, resolution: Resolution, *, now: datetime) -> None:
        if not self.awaited or self.awaited.standing is not Standing.IN_DOUBT:
            raise NotInDoubt("no operation is in doubt")
        key = self.awaited.operation.key
        match resolution:
            case Resolution.ASK_PROVIDER:
                self._inquire(now)
            case Resolution.SUCCEEDED:
                self.record_success(key, self.awaited.operation.amount)
            case Resolution.FAILED:
                self.record_refusal(key, RESOLVED_BY_HAND)

    # What the provider says

    def hear(self, *, now: datetime) -> None:
        """A provider's message is a hint that something happened; the provider itself is asked."""
        if self.awaited is not None:
            self._inquire(now)

    def record_success(self, key: UUID, amount: Money) -> None:
        """Done for what was asked it counts; done for anything else it is undone."""
        if (operation := self._answered(key)) is None:
            return
        if self.conflict is not None:
            self._reversed(self.order_id, key, operation.kind, operation.amount)
            return
        if operation.kind in TAKING and amount != operation.amount:
            self._conflicted(self.order_id, key, operation.kind, amount)
            self._reversal_requested(self._reversal(operation.kind, amount))
            return
        match operation.kind:
            case Kind.AUTHORIZE:
                self._authorize(operation)
            case Kind.SALE:
                self._authorize(operation)
                self._capture(operation)
            case Kind.CAPTURE:
                self._capture(operation)
            case Kind.VOID:
                self._voided(
                    order_id=self.order_id,
                    key=key,
                    amount=operation.amount,
                    voided_total=self.voided + operation.amount,
                )
            case Kind.REFUND:
                assert operation.refund_id is not None, "a refund has an id"
                self._refund_succeeded(
                    order_id=self.order_id,
                    refund_id=operation.refund_id,
                    key=key,
                    amount=operation.amount,
                    refunded_total=self.refunded + operation.amount,
                )
            case _:
                raise AssertionError(f"a payment does not ask for {operation.kind}")
        self._proceed()

    def record_refusal(self, key: UUID, code: str) -> None:
        if (operation := self._answered(key)) is None:
            return
        if self.conflict is not None:
            self._reversal_failed(key, code)
            return
        match operation.kind:
            case Kind.AUTHORIZE | Kind.SALE:
                self._declined(order_id=self.order_id, key=key, decline_code=code)
            case Kind.CAPTURE:
                self._capture_failed(
                    order_id=self.order_id,
                    key=key,
                    failure_code=code,
                    amount=operation.amount,
                )
            case Kind.VOID:
                self._void_failed(key=key, failure_code=code)
            case Kind.REFUND:
                assert operation.refund_id is not None, "a refund has an id"
                self._fail_refund(operation.refund_id, operation.amount, code, key=key)
            case _:
                raise AssertionError(f"a payment does not ask for {operation.kind}")
        self._proceed()

    def record_action(self, key: UUID, *, action_url: str, expires_at: datetime) -> None:
        waiting = self.awaited and self.awaited.standing is Standing.ACTION_REQUIRED
        if self._answered(key) is not None and not waiting:
            self._action_required(
                order_id=self.order_id, action_url=action_url, expires_at=expires_at
            )

    def record_doubt(self, key: UUID, *, now: datetime) -> None:
        """No answer: it may or may not have happened. Nobody sends it again; the sweeper asks."""
        operation = self._answered(key)
        if operation and self.awaited and self.awaited.standing is not Standing.IN_DOUBT:
            self._doubted(order_id=self.order_id, kind=operation.kind, ask_at=now + INQUIRIES[0])

    def record_settlement(self, key: UUID, *, gross: Money, fee: Money) -> None:
        if key not in self.settled_keys:
            self._settle(order_id=self.order_id, key=key, gross=gross, fee=fee)

    # Deciding

    def _proceed(self) -> None:
        """Ask for the next thing that is wanted, when nothing is awaited any more.

        A conflicted payment is frozen: what becomes of it beyond its reversal, a person decides.
        """
        if self.conflict is not None:
            return
        if self.awaited is None and self.held and not self.wanted and not self.void_refused:
            self._void_requested(self._operation(Kind.VOID, self.held))
        for refund_id, refund in list(self.refunds.items()):
            if self.awaited is not None:
                return
            if refund.state is RefundState.NOTED:
                self._execute(refund_id, refund.amount)

    def _execute(self, refund_id: UUID, amount: Money) -> None:
        if amount <= self.captured - self.refunded:
            operation = self._operation(Kind.REFUND, amount, refund_id)
            self._refund_requested(refund_id, operation)
        elif self.captured and not self.wanted:
            self._fail_refund(refund_id, amount, EXCEEDS_CAPTURED, key=None)

    def _reversal(self, kind: Kind, amount: Money) -> Operation:
        if kind is Kind.AUTHORIZE:
            return self._operation(Kind.VOID, amount)
        return self._operation(Kind.REFUND, amount, derived_id("conflict", self.id))

    def _operation(self, kind: Kind, amount: Money, refund_id: UUID | None = None) -> Operation:
        return Operation(
            key=operation_key(self.id, self.version + 1),
            kind=kind,
            account=self.id,
            amount=amount,
            instrument=self.method_token,
            reference=self.order_id,
            refund_id=refund_id,
        )

    def _inquire(self, now: datetime) -> None:
        assert self.awaited is not None, "there is something to ask about"
        self._inquiry_requested(self.awaited.operation, self.awaited.next_inquiry(now))

    def _authorize(self, operation: Operation) -> None:
        self._authorized(order_id=self.order_id, key=operation.key, amount=operation.amount)

    def _capture(self, operation: Operation) -> None:
        self._captured(
            order_id=self.order_id,
            key=operation.key,
            amount=operation.amount,
            captured_total=self.captured + operation.amount,
        )

    def _fail_refund(self, refund_id: UUID, amount: Money, code: str, *, key: UUID | None) -> None:
        self._refund_failed(
            order_id=self.order_id, refund_id=refund_id, key=key, amount=amount, failure_code=code
        )

    def _answered(self, key: UUID) -> Operation | None:
        """The operation that an answer is about, unless it was answered before."""
        operation = self.awaited.operation if self.awaited else None
        return operation if operation and operation.key == key else None

    def _awaits(self, *kinds: Kind) -> bool:
        return self.awaited is not None and self.awaited.operation.kind in kinds

    def _refuse_while_awaited(self) -> None:
        if self.awaited is not None:
            raise OperationAwaited(f"{self.awaited.operation.kind} has not been answered")

    @property
    def _nothing(self) -> Money:
        return Money.zero(self.amount.currency)

    @property
    def _still_waived(self) -> Money:
        return max(self._nothing, sum(self.waived.values(), self._nothing) - self.voided)

    # Recording

    @event(ActionRequired)
    def _action_required(self, order_id: UUID, action_url: str, expires_at: datetime) -> None:
        assert self.awaited is not None
        self.action_url = action_url
        self.awaited = replace(self.awaited, standing=Standing.ACTION_REQUIRED, ask_at=expires_at)

    @event(ActionConfirmed)
    def _action_confirmed(self, operation: Operation) -> None:
        self.action_url = ""
        self.awaited = Awaited(operation=operation)

    @event(Doubted)
    def _doubted(self, order_id: UUID, kind: Kind, ask_at: datetime) -> None:
        assert self.awaited is not None
        self.action_url = ""
        self.awaited = self.awaited.doubted(ask_at)

    @event(InquiryRequested)
    def _inquiry_requested(self, operation: Operation, ask_at: datetime | None) -> None:
        assert self.awaited is not None
        self.awaited = self.awaited.asked(ask_at)

    @event(Authorized)
    def _authorized(self, order_id: UUID, key: UUID, amount: Money) -> None:
        self.authorized += amount
        self.action_url = ""
        self.awaited = None

    @event(Declined)
    def _declined(self, order_id: UUID, key: UUID, decline_code: str) -> None:
        self.decline_code = decline_code
        self.action_url = ""
        self.awaited = None

    @event(CaptureRequested)
    def _capture_requested(self, operation: Operation) -> None:
        self.awaited = Awaited(operation=operation)

    @event(Captured)
    def _captured(self, order_id: UUID, key: UUID, amount: Money, captured_total: Money) -> None:
        self.captured = captured_total
        self.awaited = None

    @event(CaptureFailed)
    def _capture_failed(
        self, order_id: UUID, key: UUID, failure_code: str, amount: Money | None
    ) -> None:
        # The hold cannot be used any more; what is left of it is released.
        self.withdrawn = True
        self.awaited = None

    @event(VoidRequested)
    def _void_requested(self, operation: Operation) -> None:
        self.awaited = Awaited(operation=operation)

    @event(Voided)
    def _voided(self, order_id: UUID, key: UUID, amount: Money, voided_total: Money) -> None:
        self.voided = voided_total
        self.void_refused = False
        self.awaited = None

    @event(VoidFailed)
    def _void_failed(self, key: UUID, failure_code: str) -> None:
        self.void_refused = True
        self.awaited = None

    @event(RefundNoted)
    def _refund_noted(self, refund_id: UUID, amount: Money) -> None:
        self.refunds[refund_id] = Refund(amount)

    @event(RefundRequested)
    def _refund_requested(self, refund_id: UUID, operation: Operation) -> None:
        self.refunds[refund_id] = Refund(operation.amount, RefundState.REQUESTED)
        self.awaited = Awaited(operation=operation)

    @event(RefundSucceeded)
    def _refund_succeeded(
        self,
        order_id: UUID,
        refund_id: UUID,
        key: UUID,
        amount: Money,
        refunded_total: Money,
    ) -> None:
        self.refunds[refund_id] = Refund(amount, RefundState.SUCCEEDED)
        self.refunded = refunded_total
        self.awaited = None

    @event(RefundFailed)
    def _refund_failed(
        self,
        order_id: UUID,
        refund_id: UUID,
        key: UUID | None,
        amount: Money,
        failure_code: str,
    ) -> None:
        self.refunds[refund_id] = Refund(amount, RefundState.FAILED, failure_code)
        self.awaited = None

    @event(Withdrawn)
    def _withdrawn(self) -> None:
        self.withdrawn = True

    @event(Waived)
    def _waive(self, refund_id: UUID, amount: Money) -> None:
        self.waived[refund_id] = amount

    @event(Conflicted)
    def _conflicted(self, order_id: UUID, key: UUID, kind: Kind, amount: Money) -> None:
        self.conflict = amount
        self.withdrawn = True
        self.action_url = ""
        self.awaited = None

    @event(ReversalRequested)
    def _reversal_requested(self, operation: Operation) -> None:
        self.awaited = Awaited(operation=operation)

    @event(Reversed)
    def _reversed(self, order_id: UUID, key: UUID, kind: Kind, amount: Money) -> None:
        self.awaited = None

    @event(ReversalFailed)
    def _reversal_failed(self, key: UUID, failure_code: str) -> None:
        self.awaited = None

    @event(Settled)
    def _settle(self, order_id: UUID, key: UUID, gross: Money, fee: Money) -> None:
        self.settled_keys.add(key)
        # What a conflict took in another currency is not a part of this payment's amounts.
        if gross.currency == self.amount.currency:
            self.settled += gross
            self.fees += fee
