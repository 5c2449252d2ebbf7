"""OrderBook: the money of one order, from authorisation to the last release.

What other services tell may come in any order; it is taken into the books as soon as what it
builds on is there. Every amount is decided here, once, and is a fact from then on.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from libs.domain import Aggregate, RuleViolated, Started, event
from services.ledger.domain.amounts import (
    Borne,
    Captured,
    Carried,
    Commissioned,
    Delivered,
    Earned,
    GoodsBack,
    Labelled,
    Lost,
    Released,
    Returned,
    Reversed,
    Settled,
    Supplied,
    SupplyDue,
    Unearned,
)
from services.ledger.domain.capturing import captured_rows, moved_rows
from services.ledger.domain.delivering import (
    came_back,
    carried,
    delivered,
    earned,
    lost,
    supplied,
)
from services.ledger.domain.facts import OrderPosted
from services.ledger.domain.notes import (
    Arrival,
    Authorization,
    Capture,
    Case,
    Conflict,
    Funds,
    Inspection,
    Note,
    Refund,
    RefundLine,
    Repayment,
    Shipment,
    Void,
)
from services.ledger.domain.position import Position
from services.ledger.domain.refunding import (
    Source,
    borne,
    labelled,
    returned,
    reversed_row,
    reversed_rows,
    source_of,
    unearned,
)
from services.ledger.domain.sale import Sale
from services.ledger.domain.settling import commissioned, released, settled, supply_due

NO_FUNDS: Mapping[str, int] = MappingProxyType({})
UNLIMITED = 1 << 62


class CaptureExceedsOrder(RuleViolated):
    """More was taken from the buyer than the order costs."""


class OrderBook(Aggregate):
    TOPIC = "ledger.OrderBook"

    order_id: UUID
    legal_entity: str
    market: str
    currency: str
    lines: dict[str, Position]
    held: dict[str, int]
    captured: dict[str, int]
    owed: dict[str, int]
    conflicts: set[str]
    awaiting: list[Note]

    class Opened(Started):
        TOPIC = "ledger.OrderBookOpened"
        order_id: UUID

    class Placed(Aggregate.Event):
        """The order as it was sold, with its terms."""

        TOPIC = "ledger.OrderPlaced"
        sale: Sale

    class Awaited(Aggregate.Event):
        """Something came before what it builds on."""

        TOPIC = "ledger.Awaited"
        note: Note

    class TakenUp(Aggregate.Event):
        """What it builds on has come."""

        TOPIC = "ledger.TakenUp"
        number: int

    class CancellationWaived(Aggregate.Event):
        """Units were cancelled whose money was not taken; it is not going to be."""

        TOPIC = "ledger.CancellationWaived"
        refund: str
        lines: tuple[RefundLine, ...]

    class SettlementSuspended(Aggregate.Event):
        """A return case is open: the line's clock stands."""

        TOPIC = "ledger.SettlementSuspended"
        order_line: str
        case: str

    class SettlementResumed(Aggregate.Event):
        TOPIC = "ledger.SettlementResumed"
        order_line: str
        case: str
        at: datetime

    class AuthorizationHeld(OrderPosted):
        TOPIC = "ledger.AuthorizationHeld"
        payment: str
        amount: int

    class AuthorizationReleased(OrderPosted):
        """Captured or voided."""

        TOPIC = "ledger.AuthorizationReleased"
        payment: str
        amount: int

    class CaptureAllocated(OrderPosted):
        """What the buyer paid, as it belongs to each line."""

        TOPIC = "ledger.CaptureAllocated"
        payment: str
        captured_total: int
        items: tuple[Captured, ...]

    class ConflictTaken(OrderPosted):
        """The provider took what it was not asked for."""

        TOPIC = "ledger.ConflictTaken"
        payment: str
        refund: str
        amount: int

    class FundsReceived(OrderPosted):
        """The provider paid what it had captured; `gross` is negative where it had refunded."""

        TOPIC = "ledger.FundsReceived"
        payment: str
        gross: int
        fee: int

    class CarriageAccrued(OrderPosted):
        TOPIC = "ledger.CarriageAccrued"
        items: tuple[Carried, ...]

    class SupplyTaken(OrderPosted):
        """Full service: title passed to us at hand-over."""

        TOPIC = "ledger.SupplyTaken"
        items: tuple[Supplied, ...]

    class EscrowHeld(OrderPosted):
        """Goods arrived, and the hold before settlement begins."""

        TOPIC = "ledger.EscrowHeld"
        lost: bool
        items: tuple[Delivered, ...]

    class RevenueEarned(OrderPosted):
        """Full service: goods arrived."""

        TOPIC = "ledger.RevenueEarned"
        items: tuple[Earned, ...]

    class GoodsLost(OrderPosted):
        """Full service: goods that were ours already did not arrive."""

        TOPIC = "ledger.GoodsLost"
        items: tuple[Lost, ...]

    class GoodsCameBack(OrderPosted):
        """Full service: goods that were returned, and what becomes of them."""

        TOPIC = "ledger.GoodsCameBack"
        items: tuple[GoodsBack, ...]

    class LinesSettled(OrderPosted):
        TOPIC = "ledger.LinesSettled"
        items: tuple[Settled, ...]

    class ReserveReleased(OrderPosted):
        TOPIC = "ledger.ReserveReleased"
        items: tuple[Released, ...]

    class CommissionReleased(OrderPosted):
        TOPIC = "ledger.CommissionReleased"
        items: tuple[Commissioned, ...]

    class SupplierCredited(OrderPosted):
        """Full service: what was owed to the supplier is due."""

        TOPIC = "ledger.SupplierCredited"
        items: tuple[SupplyDue, ...]

    class EscrowRefunded(OrderPosted):
        TOPIC = "ledger.EscrowRefunded"
        payment: str
        refund: str
        cancelled: bool
        items: tuple[Returned, ...]
        lost: bool = False

    class SettlementReversed(OrderPosted):
        TOPIC = "ledger.SettlementReversed"
        payment: str
        refund: str
        items: tuple[Reversed, ...]

    class RevenueReversed(OrderPosted):
        TOPIC = "ledger.RevenueReversed"
        payment: str
        refund: str
        items: tuple[Unearned, ...]

    class RefundBorne(OrderPosted):
        TOPIC = "ledger.RefundBorne"
        payment: str
        refund: str
        items: tuple[Borne, ...]

    class ReturnLabelCharged(OrderPosted):
        TOPIC = "ledger.ReturnLabelCharged"
        refund: str
        items: tuple[Labelled, ...]

    class RefundPaid(OrderPosted):
        """The buyer has the money."""

        TOPIC = "ledger.RefundPaid"
        payment: str
        refund: str
        amount: int

    class RefundCredited(OrderPosted):
        """The provider refused; the buyer has a credit instead."""

        TOPIC = "ledger.RefundCredited"
        payment: str
        refund: str
        amount: int

    @event(Opened)
    def __init__(self, *, id: UUID, order_id: UUID) -> None:
        self.order_id = order_id
        self.legal_entity = self.market = self.currency = ""
        self.lines = {}
        self.held = {}
        self.captured = {}
        self.owed = {}
        self.conflicts = set()
        self.awaiting = []

    # What is told

    def place(self, sale: Sale) -> None:
        """The order's snapshot came; what came before it can be taken up."""
        if self.lines:
            return
        self._placed(sale=sale)
        self._take_up()

    def note(self, note: Note, *, funds: Mapping[str, int] = NO_FUNDS) -> None:
        """Take it into the books, now or when what it builds on has come.

        `funds` is what merchants have available for a refund after settlement.
        """
        if not self._ready(note):
            self._awaited(note=note)
            return
        self._take_in(note, funds)
        self._take_up()

    def draws(self, refund: Refund) -> dict[str, int]:
        """What a refund asks of merchants' available balances, by merchant."""
        wanted: dict[str, int] = {}
        if not self._ready(Note(refund=refund)):
            return wanted
        for number, line in enumerate(refund.lines):
            position = self.lines[line.order_line]
            amount = 0
            if source_of(position, line, refund) is Source.SETTLED:
                amount += reversed_row(position, line, available=UNLIMITED).available
            if number == 0 and position.settled_at:
                amount += refund.label_charged
            if amount > 0:
                merchant = position.sold.merchant
                wanted[merchant] = wanted.get(merchant, 0) + amount
        return wanted

    # What time brings

    @property
    def due(self) -> datetime | None:
        moments = [position.due for position in self.lines.values()]
        return min((moment for moment in moments if moment is not None), default=None)

    def fall_due(self, now: datetime) -> None:
        """Holds end at their own moments, however late we look."""
        while (moment := self.due) is not None and moment <= now:
            self._end_holds(moment)

    def _end_holds(self, moment: datetime) -> None:
        lines = self.lines.values()
        ready = [line for line in lines if line.settles_at == moment]
        theirs = tuple(settled(line) for line in ready if line.marketplace)
        ours = tuple(supply_due(line) for line in ready if not line.marketplace)
        self._post(OrderBook.LinesSettled, moment, theirs)
        self._post(OrderBook.SupplierCredited, moment, ours)
        reserved = [line for line in lines if line.reserve_released_at == moment]
        self._post(OrderBook.ReserveReleased, moment, tuple(map(released, reserved)))
        earners = [line for line in lines if line.commission_released_at == moment]
        self._post(OrderBook.CommissionReleased, moment, tuple(map(commissioned, earners)))

    # Notes that wait for each other

    def _ready(self, note: Note) -> bool:
        match note:
            case Note(repayment=Repayment() as repayment):
                return self.owed.get(repayment.refund, -1) >= repayment.amount
            case Note(void=Void() as void):
                return void.payment in self.held
            case Note(refund=Refund() as refund):
                known = refund.refund in self.owed or refund.cancelled
                return bool(self.captured) and (known or self._came_before(refund))
            case Note(arrival=Arrival() as arrival):
                return bool(self.captured) and self._paid_for(arrival)
            case Note(funds=Funds() as funds):
                return bool(self.captured) or funds.payment in self.conflicts
            case Note(inspection=Inspection() as inspection):
                return bool(self.lines) and self._was_here(inspection)
            case _:
                return bool(self.lines)

    def _was_here(self, inspection: Inspection) -> bool:
        """Only what had arrived comes back. A merchant's goods are no concern of the books."""
        position = self.lines[inspection.order_line]
        return position.marketplace or (inspection.units <= position.arrived - position.goods_back)

    def _paid_for(self, arrival: Arrival) -> bool:
        """Until all of a line's money is known, its share for some units cannot be told."""
        return not any(any(self.lines[line.order_line].uncaptured) for line in arrival.lines)

    def _came_before(self, refund: Refund) -> bool:
        """What comes back was paid, and had arrived or was lost."""
        lines = [(self.lines[line.order_line], line) for line in refund.lines]
        return all(
            line.units <= position.refundable(lost=refund.lost)
            and line.value.within(position.value)
            for position, line in lines
        )

    def _take_up(self) -> None:
        """Take in what waited, until nothing more is ready."""
        while (number := self._first_ready()) is not None:
            note = self.awaiting[number]
            self._taken_up(number=number)
            self._take_in(note, NO_FUNDS)

    def _first_ready(self) -> int | None:
        ready = (number for number, note in enumerate(self.awaiting) if self._ready(note))
        return next(ready, None)

    def _take_in(self, note: Note, funds: Mapping[str, int]) -> None:
        match note:
            case Note(authorization=Authorization() as authorization):
                self._authorize(authorization)
            case Note(void=Void() as void):
                self._release(void.payment, void.amount, void.at)
            case Note(capture=Capture() as capture):
                self._capture(capture)
            case Note(conflict=Conflict() as conflict):
                self._take_conflict(conflict)
            case Note(funds=Funds() as received):
                self._receive(received)
            case Note(shipment=Shipment() as shipment):
                self._ship(shipment)
            case Note(arrival=Arrival() as arrival):
                self._arrive(arrival)
            case Note(refund=Refund() as refund):
                self._refund(refund, dict(funds))
            case Note(repayment=Repayment() as repayment):
                self._repay(repayment)
            case Note(case=Case() as case):
                self._follow_case(case)
            case Note(inspection=Inspection() as inspection):
                self._take_back(inspection)
            case _:
                raise AssertionError("a note says one thing")

    # What it means for the books

    def _authorize(self, authorization: Authorization) -> None:
        if authorization.payment not in self.held:
            self._record(
                OrderBook.AuthorizationHeld,
                authorization.at,
                payment=authorization.payment,
                amount=authorization.amount,
            )

    def _release(self, payment: str, amount: int, at: datetime) -> None:
        amount = min(amount, self.held.get(payment, 0))
        if amount:
            self._record(OrderBook.AuthorizationReleased, at, payment=payment, amount=amount)

    def _capture(self, capture: Capture) -> None:
        if capture.total <= self.captured.get(capture.payment, -1):
            return
        if capture.amount > self._uncaptured:
            raise CaptureExceedsOrder(f"{capture.amount} taken of {self._uncaptured} due")
        self._release(capture.payment, capture.amount, capture.at)
        items = captured_rows(self.lines.values(), capture.amount)
        self._allocate(capture.payment, capture.total, items, capture.at)

    def _waive(self, refund: Refund) -> None:
        """What was cancelled has not been taken and will not be: what was taken is for the rest."""
        self._waived(refund=refund.refund, lines=refund.lines)
        items = moved_rows(self.lines.values())
        self._allocate(refund.payment, self.captured.get(refund.payment, 0), items, refund.at)

    def _allocate(
        self, payment: str, captured_total: int, items: tuple[Captured, ...], at: datetime
    ) -> None:
        self._record(
            OrderBook.CaptureAllocated,
            at,
            payment=payment,
            captured_total=captured_total,
            items=items,
        )
        self._hold_what_is_left(at)

    @property
    def _uncaptured(self) -> int:
        return sum(position.uncaptured.charged for position in self.lines.values())

    def _take_conflict(self, conflict: Conflict) -> None:
        """It is owed to the buyer whole; what was held for the payment is not held any more."""
        self._release(conflict.payment, UNLIMITED, conflict.at)
        if conflict.amount and conflict.refund not in self.owed:
            self._record(
                OrderBook.ConflictTaken,
                conflict.at,
                currency=conflict.currency,
                payment=conflict.payment,
                refund=conflict.refund,
                amount=conflict.amount,
            )

    def _receive(self, funds: Funds) -> None:
        self._record(
            OrderBook.FundsReceived,
            funds.at,
            currency=funds.currency or self.currency,
            payment=funds.payment,
            gross=funds.gross,
            fee=funds.fee,
        )

    def _ship(self, shipment: Shipment) -> None:
        lines = [(self.lines[line.order_line], line) for line in shipment.lines]
        self._post(
            OrderBook.CarriageAccrued,
            shipment.at,
            tuple(carried(position, line) for position, line in lines),
        )
        ours = [(position, line.units) for position, line in lines if not position.marketplace]
        self._take_supply(ours, shipment.at)

    def _take_supply(self, ours: Iterable[tuple[Position, int]], at: datetime) -> None:
        taken = tuple(
            supplied(position, self.currency, units) for position, units in ours if units > 0
        )
        self._post(OrderBook.SupplyTaken, at, taken)

    def _arrive(self, arrival: Arrival) -> None:
        """Lost goods of a merchant count as delivered: it settles, and somebody else answers."""
        lines = [(self.lines[line.order_line], line.units) for line in arrival.lines]
        arrived = [
            (position, min(units, position.expected))
            for position, units in lines
            if position.expected > 0
        ]
        theirs = [line for line in arrived if line[0].marketplace]
        ours = [line for line in arrived if not line[0].marketplace]
        self._hold(theirs, arrival.at, lost=arrival.lost)
        if arrival.lost:
            self._lose(ours, arrival.at)
        else:
            self._earn(ours, arrival.at)

    def _hold(self, lines: list[tuple[Position, int]], at: datetime, *, lost: bool = False) -> None:
        items = tuple(delivered(position, units) for position, units in lines)
        self._post(OrderBook.EscrowHeld, at, items, lost=lost)

    def _lose(self, lines: list[tuple[Position, int]], at: datetime) -> None:
        self._complete_supply(lines, at)
        self._post(OrderBook.GoodsLost, at, tuple(lost(*line) for line in lines))

    def _earn(self, lines: list[tuple[Position, int]], at: datetime) -> None:
        self._complete_supply(lines, at)
        self._post(OrderBook.RevenueEarned, at, tuple(earned(*line) for line in lines))

    def _complete_supply(self, lines: list[tuple[Position, int]], at: datetime) -> None:
        """Title passes at the latest when the goods arrive, or are lost on the way."""
        missing = [
            (position, position.arrived + position.lost + units - position.supply_taken)
            for position, units in lines
        ]
        self._take_supply(missing, at)

    def _hold_what_is_left(self, at: datetime) -> None:
        """What stands undelivered for a line of which nothing more will come, goes on its way."""
        left = [
            (position, 0)
            for position in self.lines.values()
            if position.waiting and position.complete and position.lost == position.lost_refunded
        ]
        self._hold([line for line in left if line[0].marketplace], at)
        self._earn([line for line in left if not line[0].marketplace], at)

    def _refund(self, refund: Refund, funds: dict[str, int]) -> None:
        if refund.refund in self.owed:
            return
        if refund.cancelled and 0 < self._uncaptured >= refund.amount:
            self._waive(refund)
            return
        header: dict[str, Any] = {"payment": refund.payment, "refund": refund.refund}
        lines: dict[Source, list[tuple[Position, RefundLine]]] = {}
        for line in refund.lines:
            position = self.lines[line.order_line]
            lines.setdefault(source_of(position, line, refund), []).append((position, line))
        for source in (Source.CANCELLED, Source.UNSETTLED):
            cancelled = source is Source.CANCELLED
            items = tuple(
                returned(position, line, cancelled=cancelled)
                for position, line in lines.get(source, ())
            )
            self._post(
                OrderBook.EscrowRefunded,
                refund.at,
                items,
                cancelled=cancelled,
                lost=refund.lost,
                **header,
            )
        self._post(
            OrderBook.SettlementReversed,
            refund.at,
            reversed_rows(lines.get(Source.SETTLED, ()), funds),
            **header,
        )
        self._post(
            OrderBook.RevenueReversed,
            refund.at,
            tuple(unearned(position, line) for position, line in lines.get(Source.REVENUE, ())),
            **header,
        )
        self._post(
            OrderBook.RefundBorne,
            refund.at,
            tuple(
                borne(position, line, refund.fault) for position, line in lines.get(Source.OURS, ())
            ),
            **header,
        )
        self._charge_label(refund, funds)
        self._hold_what_is_left(refund.at)

    def _charge_label(self, refund: Refund, funds: dict[str, int]) -> None:
        if refund.label_charged or refund.label_cost:
            position = self.lines[refund.lines[0].order_line]
            label = labelled(
                position,
                charged=refund.label_charged,
                cost=refund.label_cost,
                available=funds.get(position.sold.merchant, 0),
            )
            self._post(OrderBook.ReturnLabelCharged, refund.at, (label,), refund=refund.refund)

    def _repay(self, repayment: Repayment) -> None:
        self._record(
            OrderBook.RefundCredited if repayment.as_credit else OrderBook.RefundPaid,
            repayment.at,
            currency=repayment.currency or self.currency,
            payment=repayment.payment,
            refund=repayment.refund,
            amount=repayment.amount,
        )

    def _take_back(self, inspection: Inspection) -> None:
        position = self.lines[inspection.order_line]
        if not position.marketplace:
            back = came_back(position, inspection, self.currency)
            self._post(OrderBook.GoodsCameBack, inspection.at, (back,))

    def _follow_case(self, case: Case) -> None:
        """While a case is open the line's clock stands."""
        known = case.case in self.lines[case.order_line].cases
        if case.open and not known:
            self._suspended(order_line=case.order_line, case=case.case)
        elif known and not case.open:
            self._resumed(order_line=case.order_line, case=case.case, at=case.at)

    def _post(
        self,
        fact: type[OrderPosted],
        at: datetime,
        items: tuple[Any, ...],  # rows of the class that the fact lists
        **named: Any,  # the fact's own fields
    ) -> None:
        if items:
            self._record(fact, at, items=items, **named)

    def _record(self, fact: type[OrderPosted], at: datetime, **named: Any) -> None:
        """Record a fact that posts, under the order's header, and as a rule in its currency."""
        self.trigger_event(
            fact,
            effective_at=at,
            order_id=self.order_id,
            legal_entity=self.legal_entity,
            market=self.market,
            **{"currency": self.currency, **named},
        )

    # Recorders

    @event(Placed)
    def _placed(self, sale: Sale) -> None:
        self.legal_entity = sale.legal_entity
        self.market = sale.market
        self.currency = sale.currency
        terms = {each.terms_id: each for each in sale.terms}
        self.lines = {
            line.order_line: Position(line, terms[line.terms_id], uncaptured=line.value)
            for line in sale.lines
        }

    @event(Awaited)
    def _awaited(self, note: Note) -> None:
        self.awaiting.append(note)

    @event(TakenUp)
    def _taken_up(self, number: int) -> None:
        del self.awaiting[number]

    @event(CancellationWaived)
    def _waived(self, refund: str, lines: tuple[RefundLine, ...]) -> None:
        self.owed[refund] = 0
        for line in lines:
            self.lines[line.order_line].waived(line)

    @event(SettlementSuspended)
    def _suspended(self, order_line: str, case: str) -> None:
        self.lines[order_line].cases.append(case)

    @event(SettlementResumed)
    def _resumed(self, order_line: str, case: str, at: datetime) -> None:
        self.lines[order_line].cases.remove(case)
        self.lines[order_line].resumed_at = at

    @event(AuthorizationHeld)
    def _held(self, payment: str, amount: int) -> None:
        self.held[payment] = amount

    @event(AuthorizationReleased)
    def _released(self, payment: str, amount: int) -> None:
        self.held[payment] -= amount

    @event(CaptureAllocated)
    def _captured(self, payment: str, captured_total: int, items: tuple[Captured, ...]) -> None:
        self.captured[payment] = captured_total
        for item in items:
            self.lines[item.order_line].captured(item)

    @event(ConflictTaken)
    def _conflict_taken(self, payment: str, refund: str, amount: int) -> None:
        self.conflicts.add(payment)
        self.owed[refund] = amount

    @event(CarriageAccrued)
    def _carried(self, items: tuple[Carried, ...]) -> None:
        for item in items:
            self.lines[item.order_line].carried(item)

    @event(SupplyTaken)
    def _supplied(self, items: tuple[Supplied, ...]) -> None:
        for item in items:
            self.lines[item.order_line].supplied(item)

    @event(EscrowHeld)
    def _in_hold(self, effective_at: datetime, items: tuple[Delivered, ...]) -> None:
        for item in items:
            self.lines[item.order_line].delivered(item, effective_at)

    @event(RevenueEarned)
    def _earned(self, effective_at: datetime, items: tuple[Earned, ...]) -> None:
        for item in items:
            self.lines[item.order_line].has_earned(item, effective_at)

    @event(GoodsLost)
    def _lost(self, effective_at: datetime, items: tuple[Lost, ...]) -> None:
        for item in items:
            self.lines[item.order_line].has_lost(item, effective_at)

    @event(GoodsCameBack)
    def _came_back(self, items: tuple[GoodsBack, ...]) -> None:
        for item in items:
            self.lines[item.order_line].came_back(item)

    @event(LinesSettled)
    def _settled(self, effective_at: datetime, items: tuple[Settled, ...]) -> None:
        for item in items:
            self.lines[item.order_line].settled(item, effective_at)

    @event(ReserveReleased)
    def _reserve_released(self, items: tuple[Released, ...]) -> None:
        for item in items:
            self.lines[item.order_line].reserve -= item.reserve

    @event(CommissionReleased)
    def _commission_released(self, items: tuple[Commissioned, ...]) -> None:
        for item in items:
            self.lines[item.order_line].commission_released = True

    @event(SupplierCredited)
    def _supplier_credited(self, effective_at: datetime, items: tuple[SupplyDue, ...]) -> None:
        for item in items:
            self.lines[item.order_line].supplier_credited(item, effective_at)

    @event(EscrowRefunded)
    def _escrow_refunded(
        self, refund: str, cancelled: bool, items: tuple[Returned, ...], lost: bool
    ) -> None:
        self._owe(refund, items)
        for item in items:
            self.lines[item.order_line].refunded(item, cancelled=cancelled, lost=lost)

    @event(SettlementReversed)
    def _settlement_reversed(self, refund: str, items: tuple[Reversed, ...]) -> None:
        self._owe(refund, items)
        for item in items:
            self.lines[item.order_line].reversed(item)

    @event(RevenueReversed)
    def _revenue_reversed(self, refund: str, items: tuple[Unearned, ...]) -> None:
        self._owe(refund, items)
        for item in items:
            self.lines[item.order_line].revenue_reversed(item)

    @event(RefundBorne)
    def _borne(self, refund: str, items: tuple[Borne, ...]) -> None:
        self._owe(refund, items)

    @event(ReturnLabelCharged)
    def _labelled(self, items: tuple[Labelled, ...]) -> None:
        for item in items:
            self.lines[item.order_line].labelled(item)

    @event(RefundPaid)
    def _paid(self, refund: str, amount: int) -> None:
        self.owed[refund] -= amount

    @event(RefundCredited)
    def _credited(self, refund: str, amount: int) -> None:
        self.owed[refund] -= amount

    def _owe(self, refund: str, items: Iterable[Returned | Reversed | Unearned | Borne]) -> None:
        self.owed[refund] = self.owed.get(refund, 0) + sum(item.refund for item in items)
