"""OrderReturns: the returns of one order, and what they may not exceed.

What was sold, paid, cancelled and delivered is told by several services, in any order. The cases
of an order share one stream, because its rules are about all of them together: no unit is in two
open cases, no more comes back than was delivered, and nobody gets back more than they paid.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from libs.domain import (
    Aggregate,
    Forbidden,
    Malformed,
    NotFound,
    RuleViolated,
    Started,
    derived_id,
    event,
)
from libs.money import Money
from services.returns.domain.case import (
    BEFORE_INSPECTION,
    BEFORE_REFUND,
    OPEN,
    CaseState,
    Deadlines,
    Decision,
    Finding,
    Label,
    Request,
    ReturnCase,
    accepted_of,
)
from services.returns.domain.line import (
    Eligibility,
    Goods,
    LineCancelled,
    LineLost,
    LineUnits,
    NotDelivered,
    Progress,
    SoldLine,
    TooManyUnits,
)
from services.returns.domain.party import Party
from services.returns.domain.refund import Cleared
from services.returns.domain.words import Fault, ReturnKind, ReturnReason

RULES = {
    ReturnKind.REFUND_ONLY: "refund-only/1",
    ReturnKind.RETURN_AND_REFUND: "return-and-refund/1",
}
UNINSPECTED = "return-uninspected/1"
LOST_PARCEL = "lost-parcel/1"


class WrongCaseState(RuleViolated):
    """The case does not stand where the step begins."""


class WrongCurrency(Malformed):
    """Amounts of an order are in its currency."""


class OrderReturns(Aggregate):
    TOPIC = "returns.OrderReturns"

    buyer_id: str
    currency: str
    paid: bool
    payment_id: UUID | None
    sold: dict[UUID, SoldLine]
    progress: dict[UUID, Progress]
    cases: dict[UUID, ReturnCase]
    packages: set[str]
    losses: dict[str, tuple[LineUnits, ...]]
    cancellations: set[str]

    class Begun(Started):
        """The first that was heard of the order."""

        TOPIC = "returns.OrderReturnsBegun"

    class Sold(Aggregate.Event):
        TOPIC = "returns.OrderSold"
        buyer_id: str
        currency: str
        lines: tuple[SoldLine, ...]

    class Paid(Aggregate.Event):
        TOPIC = "returns.OrderPaid"
        payment_id: UUID | None

    class Delivered(Aggregate.Event):
        TOPIC = "returns.PackageDelivered"
        package_id: str
        lines: tuple[LineUnits, ...]
        delivered_at: datetime

    class Lost(Aggregate.Event):
        TOPIC = "returns.PackageLost"
        package_id: str
        lines: tuple[LineUnits, ...]

    class LossRefunded(Aggregate.Event):
        """Nobody has to ask for what never arrived."""

        TOPIC = "returns.LossRefunded"
        refund_id: UUID
        payment_id: UUID | None
        package_id: str
        currency: str
        lines: tuple[LineLost, ...]
        rule: str

    class Cancelled(Aggregate.Event):
        TOPIC = "returns.LinesCancelled"
        cancellation_id: str
        lines: tuple[LineCancelled, ...]

    class Requested(Aggregate.Event):
        TOPIC = "returns.ReturnRequested"
        request: Request
        buyer_id: str
        merchant_id: str
        decide_by: datetime

    class Approved(Aggregate.Event):
        TOPIC = "returns.ReturnApproved"
        return_id: UUID
        goods: Goods
        quantity: int
        refund_only: bool
        auto: bool
        fault: Fault
        ship_by: datetime | None

    class Rejected(Aggregate.Event):
        TOPIC = "returns.ReturnRejected"
        return_id: UUID
        line_id: UUID
        note: str

    class Shipped(Aggregate.Event):
        TOPIC = "returns.ReturnShipped"
        return_id: UUID
        carrier: str
        tracking_number: str
        label: Label

    class Received(Aggregate.Event):
        TOPIC = "returns.ReturnReceived"
        return_id: UUID
        inspect_by: datetime

    class Inspected(Aggregate.Event):
        TOPIC = "returns.ReturnInspected"
        return_id: UUID
        goods: Goods
        node_id: str
        finding: Finding

    class RefundDecided(Aggregate.Event):
        TOPIC = "returns.RefundDecided"
        return_id: UUID
        decision: Decision

    class Withdrawn(Aggregate.Event):
        TOPIC = "returns.ReturnWithdrawn"
        return_id: UUID
        line_id: UUID

    class Lapsed(Aggregate.Event):
        TOPIC = "returns.ReturnLapsed"
        return_id: UUID
        line_id: UUID

    class Closed(Aggregate.Event):
        TOPIC = "returns.ReturnClosed"
        return_id: UUID
        line_id: UUID
        goods_back: int
        note: str

    @event(Begun)
    def __init__(self, *, id: UUID) -> None:
        self.buyer_id = ""
        self.currency = ""
        self.paid = False
        self.payment_id = None
        self.sold = {}
        self.progress = {}
        self.cases = {}
        self.packages = set()
        self.losses = {}
        self.cancellations = set()

    # What the others tell, in any order and perhaps twice.

    def note_sale(self, *, buyer_id: str, currency: str, lines: tuple[SoldLine, ...]) -> None:
        if not self.sold:
            self._sold(buyer_id, currency, lines)
            self._refund_losses()

    def note_payment(self, payment_id: UUID | None) -> None:
        """A later payment stands for one that could not be captured; refunds come out of it."""
        if not self.paid or payment_id != self.payment_id:
            self._paid(payment_id)
            self._refund_losses()

    def note_loss(self, package_id: str, lines: tuple[LineUnits, ...]) -> None:
        """The carrier gave a parcel up: the buyer gets all of it back, and need not ask."""
        if package_id not in self.packages:
            self._lost(package_id, lines)
            self._refund_losses()

    def note_delivery(
        self, package_id: str, lines: tuple[LineUnits, ...], *, delivered_at: datetime
    ) -> None:
        if package_id not in self.packages:
            self._delivered(package_id, lines, delivered_at)

    def note_cancellation(self, cancellation_id: str, lines: tuple[LineCancelled, ...]) -> None:
        if cancellation_id not in self.cancellations:
            self._cancelled(cancellation_id, lines)

    def note_arrival(self, return_id: UUID, *, now: datetime) -> None:
        """A parcel came back; one that nobody waits for any more changes nothing."""
        case = self.cases.get(return_id)
        if case and case.state in {CaseState.AWAITING_BUYER_SHIP, CaseState.IN_TRANSIT}:
            self._received(return_id, now + case.request.deadlines.inspect)

    def note_refund(self, refund_id: UUID, note: str) -> None:
        """Payment is done with a refund; one that was not decided here changes nothing."""
        for case in list(self.cases.values()):
            decided = case.decision is not None and case.decision.refund_id == refund_id
            if decided and case.state is CaseState.REFUNDING:
                self._close(case, note=note)

    # What can be asked.

    def line(self, line_id: UUID, *, party: Party) -> SoldLine:
        """The line, for its buyer, its merchant and the platform; a stranger finds nothing."""
        line = self.sold.get(line_id)
        if line is None or not party.may_see(buyer_id=self.buyer_id, merchant_id=line.merchant_id):
            raise NotFound("no such line", field="line_id")
        return line

    def case(self, return_id: UUID, *, party: Party) -> ReturnCase:
        """The case, for who may see its line."""
        if return_id not in self.cases:
            raise NotFound("no such return", field="name")
        case = self.cases[return_id]
        self.line(case.line_id, party=party)
        return case

    def eligibility(
        self,
        line_id: UUID,
        quantity: int,
        *,
        party: Party,
        now: datetime,
        outside_window: bool = False,
    ) -> Eligibility:
        line = self.line(line_id, party=party)
        if not self.paid:
            return Eligibility(0, None, NotDelivered("it has not been paid", field="line_id"))
        claimed = sum(
            case.quantity
            for case in self.cases.values()
            if case.line_id == line_id and case.state in BEFORE_REFUND
        )
        return self._progress(line_id).eligibility(
            line, quantity, claimed=claimed, now=now, outside_window=outside_window
        )

    def worth(self, line_id: UUID, units: int, *, fault: Fault, party: Party) -> Cleared:
        """What the buyer would get for that many more units of a line."""
        line = self.line(line_id, party=party)
        return self._progress(line_id).worth(line, units, fault=fault)

    # What a case goes through.

    def open_return(
        self,
        return_id: UUID,
        *,
        party: Party,
        line_id: UUID,
        quantity: int,
        kind: ReturnKind,
        reason: ReturnReason,
        outside_window: bool,
        agreed: bool,
        deadlines: Deadlines,
        now: datetime,
    ) -> None:
        """`outside_window` and `agreed` are exceptions that only the platform makes."""
        eligibility = self.eligibility(
            line_id, quantity, party=party, now=now, outside_window=outside_window
        )
        if (outside_window or agreed) and not party.is_platform:
            raise Forbidden("only the platform makes exceptions", field="outside_window")
        if eligibility.obstacle:
            raise eligibility.obstacle
        request = Request(
            return_id=return_id,
            line_id=line_id,
            kind=kind,
            reason=reason,
            quantity=quantity,
            requested_at=now,
            deadlines=deadlines,
        )
        merchant_id = self.sold[line_id].merchant_id
        self._requested(request, self.buyer_id, merchant_id, now + deadlines.decide)
        if agreed:
            self._approve(self.cases[return_id], now=now)

    def approve(self, return_id: UUID, *, party: Party, fault: Fault | None, now: datetime) -> None:
        case = self._case_in(return_id, CaseState.REQUESTED, party=party)
        if fault is not None and not party.is_platform:
            raise Forbidden("only the platform says who answers for it", field="fault")
        self._approve(case, fault=fault, now=now)

    def reject(self, return_id: UUID, note: str, *, party: Party) -> None:
        case = self._case_in(return_id, CaseState.REQUESTED, party=party)
        self._rejected(return_id, case.line_id, note)

    def ship_back(
        self,
        return_id: UUID,
        *,
        party: Party,
        carrier: str,
        tracking_number: str,
        label_cost: Money | None,
        label_charged: Money | None,
    ) -> None:
        self._case_in(return_id, CaseState.AWAITING_BUYER_SHIP, party=party)
        if (label_cost or label_charged) and not party.is_platform:
            raise Forbidden("only the platform buys labels", field="label_cost")
        label = Label(
            cost=self._amount(label_cost, field="label_cost"),
            charged=self._amount(label_charged, field="label_charged"),
        )
        self._shipped(return_id, carrier, tracking_number, label)

    def inspect(
        self,
        return_id: UUID,
        *,
        party: Party,
        node_id: str,
        findings: tuple[Finding, ...],
        fault: Fault | None,
    ) -> None:
        """Look at what came back. Units that were claimed and did not come stay with the buyer."""
        case = self._case_in(return_id, *BEFORE_INSPECTION, party=party)
        came_back = sum(finding.quantity for finding in findings)
        if came_back > case.quantity:
            raise TooManyUnits(f"the case is about {case.quantity}", field="findings")
        goods = self.sold[case.line_id].goods
        for finding in findings:
            self._inspected(return_id, goods, node_id, finding)
        at_fault = fault or case.fault
        accepted = accepted_of(findings, at_fault)
        self._decide(
            case,
            units=accepted,
            refused=came_back - accepted,
            fault=at_fault,
            rule=RULES[case.request.kind],
        )

    def withdraw(self, return_id: UUID, *, party: Party) -> None:
        case = self._case_in(
            return_id, CaseState.REQUESTED, CaseState.AWAITING_BUYER_SHIP, party=party
        )
        self._withdrawn(return_id, case.line_id)

    def close(self, return_id: UUID, note: str, *, party: Party) -> None:
        self._close(self._case_in(return_id, *OPEN, party=party), note=note)

    @property
    def due(self) -> datetime | None:
        return min((case.due_at for case in self.cases.values() if case.due_at), default=None)

    def fall_due(self, now: datetime) -> None:
        """Who does not decide approves, who does not send gives up, who does not look accepts."""
        for case in list(self.cases.values()):
            if case.due_at is None or now < case.due_at:
                continue
            match case.state:
                case CaseState.REQUESTED:
                    self._approve(case, auto=True, now=now)
                case CaseState.AWAITING_BUYER_SHIP:
                    self._lapsed(case.id, case.line_id)
                case CaseState.RECEIVED:
                    self._decide(case, units=case.quantity, fault=case.fault, rule=UNINSPECTED)
                case _:
                    raise AssertionError(f"nothing falls due for a case that is {case.state}")

    def _approve(
        self, case: ReturnCase, *, fault: Fault | None = None, auto: bool = False, now: datetime
    ) -> None:
        at_fault = fault or case.fault
        ship_by = None if case.refund_only else now + case.request.deadlines.ship
        goods = self.sold[case.line_id].goods
        self._approved(case.id, goods, case.quantity, case.refund_only, auto, at_fault, ship_by)
        if case.refund_only:
            self._decide(
                case, units=case.quantity, fault=at_fault, rule=RULES[ReturnKind.REFUND_ONLY]
            )

    def _decide(
        self, case: ReturnCase, *, units: int, fault: Fault, rule: str, refused: int = 0
    ) -> None:
        decision = Decision(
            refund_id=derived_id("refund", case.id),
            payment_id=self.payment_id,
            line_id=case.line_id,
            currency=self.currency,
            cleared=self._progress(case.line_id).worth(self.sold[case.line_id], units, fault=fault),
            goods_back=0 if case.refund_only else units,
            refused=refused,
            fault=fault,
            rule=rule,
            label=case.label.borne(fault),
        )
        self._refund_decided(case.id, decision)
        if decision.cleared.refunded.paid == 0:
            self._close(self.cases[case.id], note="nothing to pay back")

    def _refund_losses(self) -> None:
        """As soon as it is known what was in the parcel, and that it was paid for."""
        if not self.sold or not self.paid:
            return
        for package_id, units in list(self.losses.items()):
            self._loss_refunded(
                refund_id=derived_id("refund", self.id, package_id),
                payment_id=self.payment_id,
                package_id=package_id,
                currency=self.currency,
                lines=tuple(self._lost_line(line) for line in units),
                rule=LOST_PARCEL,
            )

    def _lost_line(self, lost: LineUnits) -> LineLost:
        """Units that were cancelled after the parcel had left have been given back already."""
        sold, progress = self.sold[lost.line_id], self._progress(lost.line_id)
        units = min(lost.quantity, sold.quantity - progress.cleared.units)
        return LineLost(lost.line_id, progress.worth(sold, units, fault=Fault.CARRIER))

    def _close(self, case: ReturnCase, *, note: str) -> None:
        goods_back = case.decision.goods_back if case.decision else 0
        self._closed(case.id, case.line_id, goods_back, note)

    def _case_in(self, return_id: UUID, *states: CaseState, party: Party) -> ReturnCase:
        case = self.case(return_id, party=party)
        if case.state not in states:
            raise WrongCaseState(f"the case is {case.state}", field="name", state=case.state)
        return case

    def _amount(self, money: Money | None, *, field: str) -> int:
        if money is None:
            return 0
        if money.currency != self.currency:
            raise WrongCurrency(f"the order is in {self.currency}", field=field)
        return money.amount

    def _progress(self, line_id: UUID) -> Progress:
        return self.progress.get(line_id, Progress())

    # What is recorded.

    @event(Sold)
    def _sold(self, buyer_id: str, currency: str, lines: tuple[SoldLine, ...]) -> None:
        self.buyer_id = buyer_id
        self.currency = currency
        self.sold = {line.goods.line_id: line for line in lines}

    @event(Paid)
    def _paid(self, payment_id: UUID | None) -> None:
        self.paid = True
        self.payment_id = payment_id

    @event(Delivered)
    def _delivered(
        self, package_id: str, lines: tuple[LineUnits, ...], delivered_at: datetime
    ) -> None:
        self.packages.add(package_id)
        for line in lines:
            before = self._progress(line.line_id)
            self.progress[line.line_id] = before.arrived(line.quantity, delivered_at)

    @event(Lost)
    def _lost(self, package_id: str, lines: tuple[LineUnits, ...]) -> None:
        self.packages.add(package_id)
        self.losses[package_id] = lines

    @event(LossRefunded)
    def _loss_refunded(
        self,
        refund_id: UUID,
        payment_id: UUID | None,
        package_id: str,
        currency: str,
        lines: tuple[LineLost, ...],
        rule: str,
    ) -> None:
        del self.losses[package_id]
        for line in lines:
            self.progress[line.line_id] = self._progress(line.line_id).lost(line.cleared)

    @event(Cancelled)
    def _cancelled(self, cancellation_id: str, lines: tuple[LineCancelled, ...]) -> None:
        self.cancellations.add(cancellation_id)
        for line in lines:
            before = self._progress(line.line_id)
            self.progress[line.line_id] = before.cancelled(line.quantity, line.refunded)

    @event(Requested)
    def _requested(
        self, request: Request, buyer_id: str, merchant_id: str, decide_by: datetime
    ) -> None:
        self.cases[request.return_id] = ReturnCase(
            request=request,
            state=CaseState.REQUESTED,
            fault=request.reason.presumed_fault,
            due_at=decide_by,
        )

    @event(Approved)
    def _approved(
        self,
        return_id: UUID,
        goods: Goods,
        quantity: int,
        refund_only: bool,
        auto: bool,
        fault: Fault,
        ship_by: datetime | None,
    ) -> None:
        self.cases[return_id] = replace(
            self.cases[return_id],
            state=CaseState.REFUNDING if refund_only else CaseState.AWAITING_BUYER_SHIP,
            auto_approved=auto,
            fault=fault,
            due_at=ship_by,
        )

    @event(Rejected)
    def _rejected(self, return_id: UUID, line_id: UUID, note: str) -> None:
        self.cases[return_id] = replace(
            self.cases[return_id], state=CaseState.REJECTED, note=note, due_at=None
        )

    @event(Shipped)
    def _shipped(self, return_id: UUID, carrier: str, tracking_number: str, label: Label) -> None:
        self.cases[return_id] = replace(
            self.cases[return_id],
            state=CaseState.IN_TRANSIT,
            carrier=carrier,
            tracking_number=tracking_number,
            label=label,
            due_at=None,
        )

    @event(Received)
    def _received(self, return_id: UUID, inspect_by: datetime) -> None:
        self.cases[return_id] = replace(
            self.cases[return_id], state=CaseState.RECEIVED, due_at=inspect_by
        )

    @event(Inspected)
    def _inspected(self, return_id: UUID, goods: Goods, node_id: str, finding: Finding) -> None:
        case = self.cases[return_id]
        self.cases[return_id] = replace(case, findings=(*case.findings, finding))

    @event(RefundDecided)
    def _refund_decided(self, return_id: UUID, decision: Decision) -> None:
        self.cases[return_id] = replace(
            self.cases[return_id],
            state=CaseState.REFUNDING,
            fault=decision.fault,
            decision=decision,
            due_at=None,
        )
        before = self._progress(decision.line_id)
        self.progress[decision.line_id] = before.went_back(
            decision.cleared, refused=decision.refused
        )

    @event(Withdrawn)
    def _withdrawn(self, return_id: UUID, line_id: UUID) -> None:
        self.cases[return_id] = replace(
            self.cases[return_id], state=CaseState.WITHDRAWN, due_at=None
        )

    @event(Lapsed)
    def _lapsed(self, return_id: UUID, line_id: UUID) -> None:
        self.cases[return_id] = replace(self.cases[return_id], state=CaseState.LAPSED, due_at=None)

    @event(Closed)
    def _closed(self, return_id: UUID, line_id: UUID, goods_back: int, note: str) -> None:
        self.cases[return_id] = replace(
            self.cases[return_id], state=CaseState.CLOSED, note=note, due_at=None
        )
