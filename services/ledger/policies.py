"""What the ledger does about the facts of others, and about some of its own."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from libs.contracts.catalog.v1.events_pb2 import TermsPublished
from libs.contracts.common.v1 import terms_pb2, types_pb2
from libs.contracts.ledger.v1.events_pb2 import (
    EarningsReleased,
    LinesSettled,
    PayeeRole,
    StatementDue,
)
from libs.contracts.order.v1.events_pb2 import LinesCancelled, OrderLine, OrderPaid, OrderPlaced
from libs.contracts.payment.v1.events_pb2 import (
    CaptureFailed,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentConflicted,
    PaymentVoided,
    PayoutFailed,
    PayoutPaid,
    ProviderSettled,
    RefundFailed,
    RefundSucceeded,
)
from libs.contracts.returns.v1.events_pb2 import (
    RefundDecided,
    ReturnClosed,
    ReturnInspected,
    ReturnRejected,
    ReturnRequested,
)
from libs.contracts.warehouse.v1.events_pb2 import (
    LineQuantity,
    PackageDelivered,
    PackageLost,
    ShipmentHandedOver,
)
from libs.messaging import Envelope, hears
from services.ledger.commands import (
    Agree,
    CloseStatement,
    ConfirmPayout,
    ExpectStatement,
    FailPayout,
    OpenBook,
    TakeNote,
)
from services.ledger.domain.agreement import PayoutTerms
from services.ledger.domain.notes import (
    Arrival,
    Authorization,
    Capture,
    Carriage,
    Case,
    Conflict,
    Fate,
    Funds,
    Inspection,
    Note,
    Refund,
    RefundLine,
    Repayment,
    Shipment,
    Units,
    Void,
)
from services.ledger.domain.role import Role
from services.ledger.domain.sale import Fault, FeeBasis, Mode, Sale, SoldLine, Surface, Terms, Value

MODES = {
    types_pb2.SELLING_MODE_MARKETPLACE: Mode.MARKETPLACE,
    types_pb2.SELLING_MODE_FULL_SERVICE: Mode.FULL_SERVICE,
}
SURFACES = {
    types_pb2.SURFACE_LIVE: Surface.LIVE,
    types_pb2.SURFACE_VIDEO: Surface.VIDEO,
    types_pb2.SURFACE_BRAND_PAGE: Surface.BRAND_PAGE,
    types_pb2.SURFACE_MALL: Surface.MALL,
    types_pb2.SURFACE_EXTERNAL: Surface.EXTERNAL,
}
FEE_BASES = {
    terms_pb2.FEE_BASIS_ITEM_NET: FeeBasis.ITEM_NET,
    terms_pb2.FEE_BASIS_CUSTOMER_PAYMENT_PLUS_PLATFORM_DISCOUNT_MINUS_TAX: (
        FeeBasis.CUSTOMER_PAYMENT
    ),
    terms_pb2.FEE_BASIS_SUPPLY_PRICE: FeeBasis.SUPPLY_PRICE,
    terms_pb2.FEE_BASIS_FLAT_PER_UNIT: FeeBasis.FLAT_PER_UNIT,
}
FAULTS = {
    types_pb2.FAULT_BUYER: Fault.BUYER,
    types_pb2.FAULT_MERCHANT: Fault.MERCHANT,
    types_pb2.FAULT_CARRIER: Fault.CARRIER,
    types_pb2.FAULT_WAREHOUSE: Fault.WAREHOUSE,
    types_pb2.FAULT_PLATFORM: Fault.PLATFORM,
}
ROLES = {
    PayeeRole.PAYEE_ROLE_MERCHANT: Role.MERCHANT,
    PayeeRole.PAYEE_ROLE_SUPPLIER: Role.SUPPLIER,
    PayeeRole.PAYEE_ROLE_CREATOR: Role.CREATOR,
    PayeeRole.PAYEE_ROLE_AGENCY: Role.AGENCY,
    PayeeRole.PAYEE_ROLE_PARTNER: Role.PARTNER,
}


FATES = {
    types_pb2.DISPOSITION_SELLABLE: Fate.SUPPLIER,
    types_pb2.DISPOSITION_DEFECTIVE: Fate.SUPPLIER,
    types_pb2.DISPOSITION_CARRIER_DAMAGED: Fate.CLAIMED,
    types_pb2.DISPOSITION_FULFILLER_DAMAGED: Fate.CLAIMED,
}
"""Of what the buyer damaged, of another thing and of nothing there is no cost to take back."""


@hears(TermsPublished)
def ledger_follows_catalog(event: Envelope) -> Iterator[Agree]:
    match event.payload:
        case TermsPublished(terms=terms):
            yield Agree(
                request_id=event.request_id(Agree),
                payee=terms.merchant_id,
                terms=PayoutTerms(terms.payout_currency, terms.minimum_payout),
            )


@hears(OrderPlaced, OrderPaid, LinesCancelled)
def ledger_follows_order(event: Envelope) -> Iterator[OpenBook | TakeNote]:
    """An order that expires or is rejected never moved money, so the books know nothing of it."""
    match event.payload:
        case OrderPlaced() as order:
            yield OpenBook(request_id=event.request_id(OpenBook), sale=_sale(order))
        case OrderPaid(payment_id="") as free:
            note = Note(capture=Capture("", 0, 0, _when(free.paid_at)))
            yield _take(event, free.order_id, note)
        case LinesCancelled() as cancelled:
            refund = Refund(
                refund=cancelled.refund_id,
                payment=cancelled.payment_id,
                lines=_refund_lines(cancelled.lines),
                fault=FAULTS[cancelled.fault],
                at=_when(cancelled.cancelled_at),
                cancelled=True,
            )
            yield _take(event, cancelled.order_id, Note(refund=refund))


@hears(
    PaymentAuthorized,
    PaymentVoided,
    CaptureFailed,
    PaymentCaptured,
    PaymentConflicted,
    ProviderSettled,
    RefundSucceeded,
    RefundFailed,
    PayoutPaid,
    PayoutFailed,
)
def ledger_follows_payment(event: Envelope) -> Iterator[TakeNote | ConfirmPayout | FailPayout]:
    match event.payload:
        case PaymentAuthorized() as held:
            at = _when(held.authorized_at)
            note = Note(authorization=Authorization(held.payment_id, held.amount, at))
            yield _take(event, held.order_id, note)
        case PaymentVoided() as voided:
            at = _when(voided.voided_at)
            note = Note(void=Void(voided.payment_id, voided.amount, at))
            yield _take(event, voided.order_id, note)
        case CaptureFailed() as gone:
            # A void of what is left may follow, and finds nothing held any more.
            note = Note(void=Void(gone.payment_id, gone.amount, _when(gone.failed_at)))
            yield _take(event, gone.order_id, note)
        case PaymentCaptured() as taken:
            at = _when(taken.captured_at)
            capture = Capture(taken.payment_id, taken.amount, taken.captured_total, at)
            yield _take(event, taken.order_id, Note(capture=capture))
        case PaymentConflicted() as conflict:
            note = Note(
                conflict=Conflict(
                    payment=conflict.payment_id,
                    refund=conflict.refund_id,
                    amount=conflict.taken,
                    currency=conflict.currency,
                    at=_when(conflict.conflicted_at),
                )
            )
            yield _take(event, conflict.order_id, note)
        case ProviderSettled() as paid:
            at = _when(paid.settled_at)
            note = Note(funds=Funds(paid.payment_id, paid.gross, paid.fee, at, paid.currency))
            yield _take(event, paid.order_id, note)
        case RefundSucceeded() as refund:
            at = _when(refund.refunded_at)
            repaid = Repayment(
                refund=refund.refund_id,
                payment=refund.payment_id,
                amount=refund.amount,
                at=at,
                currency=refund.currency,
            )
            yield _take(event, refund.order_id, Note(repayment=repaid))
        case RefundFailed() as refused:
            at = _when(refused.failed_at)
            owed = Repayment(
                refund=refused.refund_id,
                payment=refused.payment_id,
                amount=refused.amount,
                at=at,
                as_credit=True,
                currency=refused.currency,
            )
            yield _take(event, refused.order_id, Note(repayment=owed))
        case PayoutPaid() as payout:
            yield ConfirmPayout(
                request_id=event.request_id(ConfirmPayout),
                payout_id=UUID(payout.payout_id),
                amount=payout.amount,
                paid_at=_when(payout.paid_at),
            )
        case PayoutFailed() as failed:
            yield FailPayout(
                request_id=event.request_id(FailPayout),
                payout_id=UUID(failed.payout_id),
                failure_code=failed.failure_code,
                failed_at=_when(failed.failed_at),
            )


@hears(ShipmentHandedOver, PackageDelivered, PackageLost)
def ledger_follows_warehouse(event: Envelope) -> Iterator[TakeNote]:
    match event.payload:
        case ShipmentHandedOver() as parcel:
            lines = tuple(
                Carriage(
                    order_line=line.line_id,
                    units=line.quantity,
                    charged=line.carriage_charged,
                    cost=line.carriage_cost,
                    handling=line.handling_cost,
                    duty=line.duty,
                )
                for line in parcel.lines
            )
            shipment = Shipment(lines, _when(parcel.handed_over_at))
            yield _take(event, parcel.order_id, Note(shipment=shipment))
        case PackageDelivered() as parcel:
            arrival = Arrival(_units(parcel.lines), _when(parcel.delivered_at))
            yield _take(event, parcel.order_id, Note(arrival=arrival))
        case PackageLost() as parcel:
            arrival = Arrival(_units(parcel.lines), event.occurred_at, lost=True)
            yield _take(event, parcel.order_id, Note(arrival=arrival))


@hears(ReturnRequested, ReturnInspected, RefundDecided, ReturnRejected, ReturnClosed)
def ledger_follows_returns(event: Envelope) -> Iterator[TakeNote]:
    match event.payload:
        case ReturnRequested() as asked:
            case = Case(asked.line_id, asked.return_id, True, _when(asked.requested_at))
            yield _take(event, asked.order_id, Note(case=case))
        case ReturnRejected() | ReturnClosed() as over:
            case = Case(over.line_id, over.return_id, False, event.occurred_at)
            yield _take(event, over.order_id, Note(case=case))
        case ReturnInspected() as seen:
            if (fate := FATES.get(seen.disposition)) is not None:
                inspection = Inspection(seen.line_id, seen.quantity, fate, event.occurred_at)
                yield _take(event, seen.order_id, Note(inspection=inspection))
        case RefundDecided() as decided:
            refund = Refund(
                refund=decided.refund_id,
                payment=decided.payment_id,
                lines=_refund_lines(decided.lines),
                fault=FAULTS[decided.fault],
                at=_when(decided.decided_at),
                label_charged=decided.label_charged,
                label_cost=decided.label_cost,
                lost=decided.lost,
            )
            yield _take(event, decided.order_id, Note(refund=refund))


@hears(LinesSettled, EarningsReleased, StatementDue)
def ledger_follows_itself(event: Envelope) -> Iterator[ExpectStatement | CloseStatement]:
    """Orders credit payees without touching their streams; this is how a payee learns of it."""
    match event.payload:
        case LinesSettled() as settled:
            for merchant in sorted({line.merchant_id for line in settled.lines}):
                yield ExpectStatement(
                    request_id=event.request_id(ExpectStatement, merchant),
                    role=Role.MERCHANT,
                    payee=merchant,
                    legal_entity=settled.legal_entity,
                    currency=settled.currency,
                    moved_at=_when(settled.settled_at),
                )
        case EarningsReleased() as released:
            for earning in released.earnings:
                role = ROLES[earning.role]
                yield ExpectStatement(
                    request_id=event.request_id(
                        ExpectStatement, role, earning.payee_id, earning.currency
                    ),
                    role=role,
                    payee=earning.payee_id,
                    legal_entity=released.legal_entity,
                    currency=earning.currency,
                    moved_at=_when(released.released_at),
                )
        case StatementDue() as due:
            yield CloseStatement(
                request_id=event.request_id(CloseStatement),
                role=ROLES[due.role],
                payee=due.payee_id,
                legal_entity=due.legal_entity,
                currency=due.currency,
                cut_at=_when(due.cut_at),
            )


def _take(event: Envelope, order_id: str, note: Note) -> TakeNote:
    return TakeNote(request_id=event.request_id(TakeNote), order_id=UUID(order_id), note=note)


def _sale(order: OrderPlaced) -> Sale:
    return Sale(
        order_id=UUID(order.order_id),
        legal_entity=order.legal_entity,
        market=order.market,
        currency=order.currency,
        lines=tuple(_sold(line) for line in order.lines),
        terms=tuple({line.terms.terms_id: _terms(line.terms) for line in order.lines}.values()),
        placed_at=_when(order.placed_at),
    )


def _sold(line: OrderLine) -> SoldLine:
    return SoldLine(
        order_line=line.line_id,
        merchant=line.merchant_id,
        mode=MODES[line.mode],
        surface=SURFACES[line.surface],
        quantity=line.quantity,
        terms_id=line.terms.terms_id,
        item=line.item,
        merchant_discount=line.merchant_discount,
        platform_discount=line.platform_discount,
        shipping=line.shipping,
        tax=line.tax,
        duty=line.duty,
        creator=line.creator_id,
        agency=line.agency_id,
        agency_share=line.agency_basis_points,
        partner=line.partner_id,
        supply_cost=line.supply_cost,
        supply_currency=line.supply_currency,
        supply_cost_converted=line.supply_cost_converted,
    )


def _terms(terms: terms_pb2.Terms) -> Terms:
    return Terms(
        terms_id=terms.terms_id,
        fee_basis=FEE_BASES[terms.fee_basis],
        referral=terms.referral_basis_points,
        referral_flat=terms.referral_flat,
        creator=terms.creator_basis_points,
        partner=terms.partner_basis_points,
        refund_administration=terms.refund_administration_basis_points,
        reserve=terms.reserve_basis_points,
        reserve_days=terms.reserve_days,
        settlement_hold_days=terms.settlement_hold_days,
        commission_hold_days=terms.commission_hold_days,
    )


def _refund_lines(lines: Iterable[types_pb2.RefundLine]) -> tuple[RefundLine, ...]:
    return tuple(
        RefundLine(
            order_line=line.line_id,
            units=line.quantity,
            value=Value(
                gmv=line.item - line.merchant_discount,
                platform_discount=line.platform_discount,
                shipping=line.shipping,
                tax=line.tax,
                duty=line.duty,
            ),
        )
        for line in lines
    )


def _units(lines: Iterable[LineQuantity]) -> tuple[Units, ...]:
    return tuple(Units(line.line_id, line.quantity) for line in lines)


def _when(moment: Timestamp) -> datetime:
    return moment.ToDatetime(tzinfo=UTC)
