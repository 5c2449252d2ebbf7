"""Order: one checkout and its one payment, from the wish to the end of the return window."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from libs.domain import Aggregate, Malformed, RuleViolated, Started, derived_id, event
from services.order.domain.amounts import NOTHING, Amounts, given_back
from services.order.domain.cancelling import NothingToCancel, Standing, all_free, named
from services.order.domain.progress import UNTOUCHED, Cancelled, GivenBack, Progress, Units
from services.order.domain.sale import Line, Sale
from services.order.domain.words import CapturePolicy, Fault

PAYMENT_ATTEMPTS = 3
OUT_OF_STOCK = "OUT_OF_STOCK"
CONFLICTED = "conflicted"


class MethodMissing(Malformed):
    """There is something to pay, and nothing to pay it with."""


class AwaitingPayment(RuleViolated):
    """What the buyer is being asked to pay cannot change: cancel the whole, or wait."""


class State(StrEnum):
    """Where an order is."""

    PENDING_RESERVATION = "PENDING_RESERVATION"
    PENDING_PAYMENT = "PENDING_PAYMENT"
    ACTION_REQUIRED = "ACTION_REQUIRED"
    ON_HOLD = "ON_HOLD"
    AWAITING_SHIPMENT = "AWAITING_SHIPMENT"
    PARTIALLY_SHIPPED = "PARTIALLY_SHIPPED"
    IN_TRANSIT = "IN_TRANSIT"
    DELIVERED = "DELIVERED"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


UNPAID = frozenset({State.PENDING_RESERVATION, State.PENDING_PAYMENT, State.ACTION_REQUIRED})
FULFILLING = frozenset(
    {State.AWAITING_SHIPMENT, State.PARTIALLY_SHIPPED, State.IN_TRANSIT, State.DELIVERED}
)
FINAL = frozenset({State.COMPLETED, State.REJECTED, State.EXPIRED, State.CANCELLED})


class Order(Aggregate):
    """The saga of one sale. What other services tell may come twice or late, and then changes
    nothing; only what a caller asks for is refused.
    """

    TOPIC = "order.Order"

    sale: Sale
    method_token: str
    vault_ref: UUID | None
    external_reference: str
    placed_at: datetime
    hold_until: datetime
    attempt: int
    rejection: str
    expired: bool
    payment_id: UUID | None
    payment_attempt: int
    payment_deadline: datetime | None
    action_url: str
    paid_at: datetime | None
    uncollected: bool
    released: bool
    delivered_at: datetime | None
    completed: bool
    late_payment: bool
    cancellations: int
    open_returns: tuple[str, ...]
    progress: dict[int, Progress]
    ordered: int
    cancelled: int
    shipped: int
    arrived: int
    delivered: int

    class Placed(Started):
        TOPIC = "order.Placed"
        sale: Sale
        method_token: str
        vault_ref: UUID | None
        external_reference: str
        placed_at: datetime
        hold_until: datetime
        attempt: int

    class PaymentAsked(Aggregate.Event):
        TOPIC = "order.PaymentAsked"
        payment_id: UUID
        attempt: int
        amount: int
        currency: str
        method_token: str
        capture_policy: CapturePolicy
        deadline: datetime
        buyer_id: str
        market: str
        legal_entity: str

    class Rejected(Aggregate.Event):
        TOPIC = "order.Rejected"
        reason: str

    class Expired(Aggregate.Event):
        TOPIC = "order.Expired"
        attempt: int
        payment_id: UUID | None

    class ActionAsked(Aggregate.Event):
        TOPIC = "order.ActionAsked"
        payment_id: UUID
        action_url: str

    class Declined(Aggregate.Event):
        TOPIC = "order.Declined"
        payment_id: UUID
        decline_code: str

    class Paid(Aggregate.Event):
        TOPIC = "order.Paid"
        payment_id: UUID | None
        paid_at: datetime

    class CaptureFailed(Aggregate.Event):
        """The provider held the money and does not give it."""

        TOPIC = "order.CaptureFailed"
        payment_id: UUID
        failure_code: str

    class CollectionGivenUp(Aggregate.Event):
        """Asked for once more, the money did not come."""

        TOPIC = "order.CollectionGivenUp"
        payment_id: UUID

    class Released(Aggregate.Event):
        TOPIC = "order.Released"
        attempt: int

    class LinesCancelled(Aggregate.Event):
        TOPIC = "order.LinesCancelled"
        lines: tuple[Cancelled, ...]
        refund: int
        currency: str
        fault: Fault
        whole_order: bool
        payment_id: UUID | None
        refund_id: UUID
        attempt: int

    class LatePaymentReturned(Aggregate.Event):
        TOPIC = "order.LatePaymentReturned"
        lines: tuple[Cancelled, ...]
        refund: int
        currency: str
        payment_id: UUID
        refund_id: UUID
        attempt: int

    class Picking(Aggregate.Event):
        TOPIC = "order.Picking"
        lines: tuple[Units, ...]

    class Shipped(Aggregate.Event):
        TOPIC = "order.Shipped"
        package_id: str
        lines: tuple[Units, ...]

    class PackageDelivered(Aggregate.Event):
        TOPIC = "order.PackageDelivered"
        package_id: str
        lines: tuple[Units, ...]

    class PackageLost(Aggregate.Event):
        TOPIC = "order.PackageLost"
        package_id: str
        lines: tuple[Units, ...]

    class Delivered(Aggregate.Event):
        TOPIC = "order.Delivered"
        buyer_id: str
        delivered_at: datetime

    class ReturnOpened(Aggregate.Event):
        TOPIC = "order.ReturnOpened"
        return_id: str

    class ReturnClosed(Aggregate.Event):
        TOPIC = "order.ReturnClosed"
        return_id: str

    class Refunded(Aggregate.Event):
        TOPIC = "order.Refunded"
        refund_id: str
        lines: tuple[GivenBack, ...]

    class Completed(Aggregate.Event):
        TOPIC = "order.Completed"

    @event(Placed)
    def __init__(
        self,
        *,
        id: UUID,
        sale: Sale,
        method_token: str,
        vault_ref: UUID | None,
        external_reference: str,
        placed_at: datetime,
        hold_until: datetime,
        attempt: int,
    ) -> None:
        self.sale = sale
        self.method_token = method_token
        self.vault_ref = vault_ref
        self.external_reference = external_reference
        self.placed_at = placed_at
        self.hold_until = hold_until
        self.attempt = attempt
        self.rejection = ""
        self.expired = False
        self.payment_id = None
        self.payment_attempt = 0
        self.payment_deadline = None
        self.action_url = ""
        self.paid_at = None
        self.uncollected = False
        self.released = False
        self.delivered_at = None
        self.completed = False
        self.late_payment = False
        self.cancellations = 0
        self.open_returns = ()
        self.progress = {}
        self.ordered = sum(line.quantity for line in sale.lines)
        self.cancelled = self.shipped = self.arrived = self.delivered = 0

    @classmethod
    def place(
        cls,
        order_id: UUID,
        sale: Sale,
        *,
        method_token: str,
        vault_ref: UUID | None,
        external_reference: str,
        now: datetime,
    ) -> "Order":
        """A checkout, with stock to be held for it."""
        if sale.total and not method_token:
            raise MethodMissing("say how it is paid", field="method_token")
        return cls(
            id=order_id,
            sale=sale,
            method_token=method_token,
            vault_ref=vault_ref,
            external_reference=external_reference,
            placed_at=now,
            hold_until=now + timedelta(minutes=sale.reservation_hold_minutes),
            attempt=1,
        )

    @property
    def state(self) -> State:
        """Derived from what has happened, above all from the quantities of the lines."""
        if self.cancelled == self.ordered:
            return State.CANCELLED
        if self.rejection:
            return State.REJECTED
        if self.expired:
            return State.EXPIRED
        if self.paid_at is None or (self.uncollected and not self.shipped):
            return self._unpaid_state()
        if not self.released:
            return State.ON_HOLD
        if self.completed:
            return State.COMPLETED
        if self.delivered_at is not None:
            return State.DELIVERED
        if self.shipped == 0:
            return State.AWAITING_SHIPMENT
        if self.shipped + self.cancelled < self.ordered:
            return State.PARTIALLY_SHIPPED
        return State.IN_TRANSIT

    def _unpaid_state(self) -> State:
        if self.payment_attempt == 0:
            return State.PENDING_RESERVATION
        return State.ACTION_REQUIRED if self.action_url else State.PENDING_PAYMENT

    @property
    def collecting(self) -> bool:
        """A second payment is awaited in place of one that could not be captured."""
        return self.uncollected and self.payment_deadline is not None

    @property
    def due(self) -> datetime | None:
        if self.collecting:
            return self.payment_deadline
        match self.state:
            case State.PENDING_RESERVATION:
                return self.hold_until
            case State.PENDING_PAYMENT | State.ACTION_REQUIRED:
                return self.payment_deadline
            case State.ON_HOLD:
                return self.release_at
            case State.DELIVERED:
                return self.completes_at
            case _:
                return None

    def fall_due(self, now: datetime) -> None:
        if self.due is None or self.due > now:
            return
        if self.collecting:
            self._give_up_collecting()
        elif self.state in UNPAID:
            self._expired(attempt=self.attempt, payment_id=self.payment_id)
        elif self.state is State.ON_HOLD:
            self._released(attempt=self.attempt)
        else:
            self._completed()

    @property
    def release_at(self) -> datetime | None:
        """When the risk and remorse hold ends."""
        hold = timedelta(minutes=self.sale.remorse_hold_minutes)
        return self.paid_at + hold if self.paid_at else None

    @property
    def completes_at(self) -> datetime | None:
        """When the return window is over, unless a return is open."""
        if self.delivered_at is None or self.open_returns:
            return None
        return self.delivered_at + timedelta(days=self.sale.return_window_days)

    # Reservation and payment

    def take_reservation(self, *, attempt: int, now: datetime) -> None:
        """All stock is held: what the buyer owes is due. What costs nothing is paid."""
        if self.state is not State.PENDING_RESERVATION or attempt != self.attempt:
            return
        if self.sale.total == 0:
            self._pay(payment_id=None, paid_at=now, now=now)
        else:
            self._ask_for_payment(
                self.sale.total, self.sale.capture_policy, deadline=now + self.sale.payment_timeout
            )

    def reject(self, *, attempt: int, reason: str) -> None:
        """Stock is short, and the order is for all or nothing."""
        if self.state is State.PENDING_RESERVATION and attempt == self.attempt:
            self._rejected(reason=reason)

    @event(Rejected)
    def _rejected(self, reason: str) -> None:
        self.rejection = reason

    def lose_reservation(self, *, attempt: int) -> None:
        """The hold ran out, so a payment would come too late; what is paid does not run out."""
        if self.state in UNPAID and not self.uncollected and attempt == self.attempt:
            self._expired(attempt=self.attempt, payment_id=self.payment_id)

    @event(Expired)
    def _expired(self, attempt: int, payment_id: UUID | None) -> None:
        self.expired = True

    def _ask_for_payment(
        self, amount: int, capture_policy: CapturePolicy, *, deadline: datetime
    ) -> None:
        attempt = self.payment_attempt + 1
        self._payment_asked(
            payment_id=derived_id("payment", self.id, attempt),
            attempt=attempt,
            amount=amount,
            currency=self.sale.currency,
            method_token=self.method_token,
            capture_policy=capture_policy,
            deadline=deadline,
            buyer_id=self.sale.buyer_id,
            market=self.sale.market,
            legal_entity=self.sale.legal_entity,
        )

    @event(PaymentAsked)
    def _payment_asked(
        self,
        payment_id: UUID,
        attempt: int,
        amount: int,
        currency: str,
        method_token: str,
        capture_policy: CapturePolicy,
        deadline: datetime,
        buyer_id: str,
        market: str,
        legal_entity: str,
    ) -> None:
        self.payment_id = payment_id
        self.payment_attempt = attempt
        self.payment_deadline = deadline
        self.action_url = ""

    def require_action(self, *, payment_id: UUID, action_url: str) -> None:
        """The buyer must confirm before the deadline."""
        if self._awaits(payment_id) and not self.action_url:
            self._action_asked(payment_id=payment_id, action_url=action_url)

    @event(ActionAsked)
    def _action_asked(self, payment_id: UUID, action_url: str) -> None:
        self.action_url = action_url

    def decline(self, *, payment_id: UUID, decline_code: str, now: datetime) -> None:
        """Nothing is held by the provider: try again, as often as allowed, before the deadline.

        After the last attempt the order waits for its deadline, where it expires. What could not
        be captured is asked for only once more.
        """
        if not self._awaits(payment_id) or self.payment_deadline is None:
            return
        self._declined(payment_id=payment_id, decline_code=decline_code)
        if self.collecting:
            self._give_up_collecting()
        elif self.payment_attempt < PAYMENT_ATTEMPTS and now < self.payment_deadline:
            self._ask_for_payment(
                self.sale.total, self.sale.capture_policy, deadline=self.payment_deadline
            )

    def _awaits(self, payment_id: UUID) -> bool:
        return (self.state in UNPAID or self.collecting) and payment_id == self.payment_id

    @event(Declined)
    def _declined(self, payment_id: UUID, decline_code: str) -> None:
        self.action_url = ""

    def authorize(self, *, payment_id: UUID, authorized_at: datetime, now: datetime) -> None:
        """Money is held; that is payment enough where it is captured at hand-over."""
        if self.sale.capture_policy is CapturePolicy.AT_HAND_OVER:
            self.pay(payment_id=payment_id, paid_at=authorized_at, now=now)

    def pay(self, *, payment_id: UUID, paid_at: datetime, now: datetime) -> None:
        """The money is there. When the order is not waiting for it any more, it goes back."""
        came_after_all = self.uncollected and payment_id == self.payment_id
        if self.state in UNPAID or (came_after_all and self.cancelled < self.ordered):
            self._pay(payment_id=payment_id, paid_at=paid_at, now=now)
        elif self.paid_at is None and not self.late_payment:
            self._return_late_payment(payment_id)

    def _pay(self, *, payment_id: UUID | None, paid_at: datetime, now: datetime) -> None:
        self._paid(payment_id=payment_id, paid_at=paid_at)
        self.fall_due(now)

    @event(Paid)
    def _paid(self, payment_id: UUID | None, paid_at: datetime) -> None:
        self.payment_id = payment_id
        self.paid_at = paid_at
        self.uncollected = False
        self.action_url = ""

    def fail_capture(
        self, *, payment_id: UUID, amount: int, failure_code: str, now: datetime
    ) -> None:
        """What was held cannot be taken: ask for it once more, to be taken at once.

        A second hold could be refused in the same way, and the goods may have left already.
        """
        amount = min(amount, self._payable)
        if self.paid_at is None or payment_id != self.payment_id or not amount:
            return
        self._capture_failed(payment_id=payment_id, failure_code=failure_code)
        if self.payment_attempt < PAYMENT_ATTEMPTS:
            self._ask_for_payment(
                amount, CapturePolicy.AT_PLACEMENT, deadline=now + self.sale.payment_timeout
            )
        else:
            self._give_up_collecting()

    def conflict(self, *, payment_id: UUID) -> None:
        """The provider took another amount than was due, and gives it back: nothing is sent."""
        if payment_id != self.payment_id or self.cancelled == self.ordered:
            return
        if self.collecting:
            self._give_up_collecting(fault=Fault.PLATFORM)
        elif self.state in UNPAID:
            self._cancel(self._here, fault=Fault.PLATFORM)
        elif self.paid_at is not None:
            self._capture_failed(payment_id=payment_id, failure_code=CONFLICTED)
            self._give_up_collecting(fault=Fault.PLATFORM)

    @event(CaptureFailed)
    def _capture_failed(self, payment_id: UUID, failure_code: str) -> None:
        self.uncollected = True
        self.payment_deadline = None

    @property
    def _payable(self) -> int:
        """What the buyer owes in all for what was not cancelled."""
        cancelled = (progress.refunded_cancelling for progress in self.progress.values())
        return self.sale.total - sum(amounts.charged for amounts in cancelled)

    @property
    def _here(self) -> dict[int, int]:
        """Units that have not left, by line."""
        return {
            number: self._progress(number).here_of(line.quantity)
            for number, line in enumerate(self.sale.lines, start=1)
        }

    def _give_up_collecting(self, *, fault: Fault = Fault.BUYER) -> None:
        """Nothing more leaves unpaid; what has left already cannot be called back."""
        assert self.payment_id is not None, "a payment could not be captured"
        self._collection_given_up(payment_id=self.payment_id)
        if any(self._here.values()):
            self._cancel(self._here, fault=fault)

    @event(CollectionGivenUp)
    def _collection_given_up(self, payment_id: UUID) -> None:
        self.payment_deadline = None
        self.action_url = ""

    @event(Released)
    def _released(self, attempt: int) -> None:
        self.released = True

    def _return_late_payment(self, payment_id: UUID) -> None:
        lines = tuple(
            Cancelled(number, line.quantity - self._progress(number).cancelled, line.amounts)
            for number, line in enumerate(self.sale.lines, start=1)
        )
        self._late_payment_returned(
            lines=lines,
            refund=self.sale.total,
            currency=self.sale.currency,
            payment_id=payment_id,
            refund_id=derived_id("refund", self.id, self.cancellations + 1),
            attempt=self.attempt,
        )

    @event(LatePaymentReturned)
    def _late_payment_returned(
        self,
        lines: tuple[Cancelled, ...],
        refund: int,
        currency: str,
        payment_id: UUID,
        refund_id: UUID,
        attempt: int,
    ) -> None:
        self._take_off(lines)
        self.payment_id = payment_id
        self.late_payment = True

    # Cancelling

    def cancel(self, wanted: Sequence[Units], *, fault: Fault, merchant_id: str = "") -> None:
        """Cancel these units, or, when none are named, all that are free to be cancelled.

        A merchant cancels units of their own lines only.
        """
        if self.state in FINAL:
            raise NothingToCancel(f"the order is {self.state.lower()}")
        within = [
            Standing(number, line, self._progress(number))
            for number, line in enumerate(self.sale.lines, start=1)
            if not merchant_id or line.merchant_id == merchant_id
        ]
        units = named(wanted, within) if wanted else all_free(within)
        if self.state in UNPAID and sum(units.values()) < self.ordered:
            raise AwaitingPayment("before it is paid, an order can only be cancelled as a whole")
        self._cancel(units, fault=fault)

    def cancel_shortages(self, shortages: Sequence[Units], *, fault: Fault) -> None:
        """The warehouse cannot supply after all: these units go back to the buyer as money."""
        if self.state not in FULFILLING:
            return
        units = {short.number: min(short.quantity, self.free(short.number)) for short in shortages}
        if any(units.values()):
            self._cancel(units, fault=fault)

    def _cancel(self, units: Mapping[int, int], *, fault: Fault) -> None:
        lines = tuple(
            Cancelled(number, quantity, self._refund_of(number, quantity))
            for number, quantity in units.items()
            if quantity
        )
        self._lines_cancelled(
            lines=lines,
            refund=sum(line.refund.charged for line in lines),
            currency=self.sale.currency,
            fault=fault,
            whole_order=self.cancelled + sum(units.values()) == self.ordered,
            payment_id=self.payment_id,
            refund_id=derived_id("refund", self.id, self.cancellations + 1),
            attempt=self.attempt,
        )
        self._conclude(at=self.modified_on)

    def _refund_of(self, number: int, quantity: int) -> Amounts:
        """Nothing is given back where nothing was paid."""
        if self.paid_at is None:
            return NOTHING
        line, progress = self.line(number)
        return given_back(
            line.amounts,
            units=progress.cancelled + quantity,
            of=line.quantity,
            already=progress.refunded_cancelling,
        )

    @event(LinesCancelled)
    def _lines_cancelled(
        self,
        lines: tuple[Cancelled, ...],
        refund: int,
        currency: str,
        fault: Fault,
        whole_order: bool,
        payment_id: UUID | None,
        refund_id: UUID,
        attempt: int,
    ) -> None:
        self._take_off(lines)

    def _take_off(self, lines: Iterable[Cancelled]) -> None:
        self.cancellations += 1
        for line in lines:
            self.progress[line.number] = self._progress(line.number).cancel(
                line.quantity, line.refund
            )
            self.cancelled += line.quantity

    # Fulfilment

    def start_picking(self, lines: Sequence[Units]) -> None:
        """From here on these units are not free to be cancelled."""
        self._picking(lines=tuple(lines))

    @event(Picking)
    def _picking(self, lines: tuple[Units, ...]) -> None:
        for line in lines:
            self.progress[line.number] = self._progress(line.number).pick(line.quantity)

    def ship(self, *, package_id: str, lines: Sequence[Units]) -> None:
        self._shipped(package_id=package_id, lines=tuple(lines))

    @event(Shipped)
    def _shipped(self, package_id: str, lines: tuple[Units, ...]) -> None:
        for line in lines:
            self.progress[line.number] = self._progress(line.number).ship(line.quantity)
            self.shipped += line.quantity

    def deliver(self, *, package_id: str, lines: Sequence[Units], delivered_at: datetime) -> None:
        self._package_delivered(package_id=package_id, lines=tuple(lines))
        self._conclude(at=delivered_at)

    @event(PackageDelivered)
    def _package_delivered(self, package_id: str, lines: tuple[Units, ...]) -> None:
        for line in lines:
            self.progress[line.number] = self._progress(line.number).deliver(line.quantity)
            self.delivered += line.quantity
            self.arrived += line.quantity

    def lose(self, *, package_id: str, lines: Sequence[Units], lost_at: datetime) -> None:
        """The carrier gave a parcel up; returns gives the buyer the money."""
        self._package_lost(package_id=package_id, lines=tuple(lines))
        self._conclude(at=lost_at)

    @event(PackageLost)
    def _package_lost(self, package_id: str, lines: tuple[Units, ...]) -> None:
        for line in lines:
            self.progress[line.number] = self._progress(line.number).lose(line.quantity)
            self.arrived += line.quantity

    def _conclude(self, at: datetime) -> None:
        """The order is delivered once nothing is open or under way, and something arrived."""
        if self._all_arrived and self.delivered and self.delivered_at is None:
            self._delivered(buyer_id=self.sale.buyer_id, delivered_at=at)

    @property
    def _all_arrived(self) -> bool:
        """Nothing is open or under way; some of it may have been lost."""
        return self.arrived + self.cancelled >= self.ordered

    @event(Delivered)
    def _delivered(self, buyer_id: str, delivered_at: datetime) -> None:
        self.delivered_at = delivered_at

    @event(Completed)
    def _completed(self) -> None:
        self.completed = True

    # Returns

    def open_return(self, return_id: str) -> None:
        """The order is not done while a return is open."""
        if return_id not in self.open_returns:
            self._return_opened(return_id=return_id)

    @event(ReturnOpened)
    def _return_opened(self, return_id: str) -> None:
        self.open_returns = (*self.open_returns, return_id)

    def close_return(self, return_id: str) -> None:
        if return_id in self.open_returns:
            self._return_closed(return_id=return_id)

    @event(ReturnClosed)
    def _return_closed(self, return_id: str) -> None:
        self.open_returns = tuple(known for known in self.open_returns if known != return_id)

    def note_refund(self, *, refund_id: str, lines: Sequence[GivenBack]) -> None:
        """What the returns service gave back; it has decided, and this only shows it.

        An order of which nothing arrived is done once all of it was given back.
        """
        self._refunded(refund_id=refund_id, lines=tuple(lines))
        nothing_comes = self.arrived and not self.delivered and self._all_arrived
        if nothing_comes and not self.completed and self.refunded_of("") == self.sale.total:
            self._completed()

    @event(Refunded)
    def _refunded(self, refund_id: str, lines: tuple[GivenBack, ...]) -> None:
        for line in lines:
            self.progress[line.number] = self._progress(line.number).give_back(
                line.quantity, line.refund
            )

    # Looking

    def line(self, number: int) -> tuple[Line, Progress]:
        """The nth line as it was sold, and what became of it."""
        return self.sale.lines[number - 1], self._progress(number)

    def free(self, number: int) -> int:
        """Units of the nth line that may still be cancelled."""
        return self._progress(number).free_of(self.sale.lines[number - 1].quantity)

    def kept(self, offer_id: str) -> int:
        """Units bought through an offer that count against the buyer's cap."""
        if self.rejection or self.expired:
            return 0
        return sum(
            line.quantity - self._progress(number).cancelled
            for number, line in enumerate(self.sale.lines, start=1)
            if line.offer_id == offer_id
        )

    def total_of(self, merchant_id: str) -> int:
        """What the buyer pays for a merchant's lines; empty for all."""
        if not merchant_id:
            return self.sale.total
        return sum(
            line.amounts.charged for line in self.sale.lines if line.merchant_id == merchant_id
        )

    def refunded_of(self, merchant_id: str) -> int:
        """What the buyer got back for a merchant's lines; empty for all."""
        return sum(
            progress.refunded
            for number, progress in self.progress.items()
            if not merchant_id or self.sale.lines[number - 1].merchant_id == merchant_id
        )

    @property
    def merchants(self) -> set[str]:
        """Who sells or supplies in it."""
        return {line.merchant_id for line in self.sale.lines}

    def _progress(self, number: int) -> Progress:
        return self.progress.get(number, UNTOUCHED)
