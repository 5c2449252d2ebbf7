"""What the others may know of an order. An unlisted fact is a bug, not a secret."""

from datetime import datetime
from functools import singledispatch
from uuid import UUID

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from libs.contracts.common.v1 import terms_pb2, types_pb2
from libs.contracts.order.v1 import events_pb2 as events
from services.order.domain import (
    Buyer,
    Cancelled,
    CapturePolicy,
    Creator,
    Fault,
    FeeBasis,
    Line,
    LiveSession,
    Market,
    Merchant,
    Mode,
    Offer,
    Order,
    Product,
    Purchases,
    Surface,
    Terms,
    line_id,
)


@singledispatch
def publish(fact: object) -> Message | None:
    raise AssertionError(f"it is not decided whether others may know of {type(fact).__qualname__}")


@publish.register
def _(fact: Order.Placed) -> Message:
    sale = fact.sale
    terms = {terms_id: _terms(agreed) for terms_id, agreed in sale.terms.items()}
    return events.OrderPlaced(
        order_id=str(fact.originator_id),
        buyer_id=sale.buyer_id,
        market=sale.market,
        legal_entity=sale.legal_entity,
        currency=sale.currency,
        lines=[
            _line(fact.originator_id, number, line, terms[line.terms_id], sale.return_window_days)
            for number, line in enumerate(sale.lines, start=1)
        ],
        total=sale.total,
        ship_to_country=sale.ship_to,
        attempt=fact.attempt,
        vault_ref=_id(fact.vault_ref),
        placed_at=_timestamp(fact.placed_at),
        hold_until=_timestamp(fact.hold_until),
    )


@publish.register
def _(fact: Order.PaymentAsked) -> Message:
    return events.PaymentDue(
        order_id=str(fact.originator_id),
        payment_id=str(fact.payment_id),
        amount=fact.amount,
        currency=fact.currency,
        method_token=fact.method_token,
        capture_policy=_capture_policy(fact.capture_policy),
        deadline=_timestamp(fact.deadline),
        buyer_id=fact.buyer_id,
        market=fact.market,
        legal_entity=fact.legal_entity,
        attempt=fact.attempt,
    )


@publish.register
def _(fact: Order.Rejected) -> Message:
    return events.OrderRejected(
        order_id=str(fact.originator_id),
        reason=fact.reason,
        rejected_at=_timestamp(fact.timestamp),
    )


@publish.register
def _(fact: Order.Expired) -> Message:
    return events.OrderExpired(
        order_id=str(fact.originator_id),
        attempt=fact.attempt,
        expired_at=_timestamp(fact.timestamp),
        payment_id=_id(fact.payment_id),
    )


@publish.register
def _(fact: Order.Paid) -> Message:
    return events.OrderPaid(
        order_id=str(fact.originator_id),
        payment_id=_id(fact.payment_id),
        paid_at=_timestamp(fact.paid_at),
    )


@publish.register
def _(fact: Order.Released) -> Message:
    return events.OrderReleased(
        order_id=str(fact.originator_id),
        attempt=fact.attempt,
        released_at=_timestamp(fact.timestamp),
    )


@publish.register
def _(fact: Order.LinesCancelled) -> Message:
    return events.LinesCancelled(
        order_id=str(fact.originator_id),
        payment_id=_id(fact.payment_id),
        lines=[_cancelled(fact.originator_id, line) for line in fact.lines],
        refund=fact.refund,
        currency=fact.currency,
        fault=_fault(fact.fault),
        whole_order=fact.whole_order,
        refund_id=str(fact.refund_id),
        attempt=fact.attempt,
        cancelled_at=_timestamp(fact.timestamp),
    )


@publish.register
def _(fact: Order.LatePaymentReturned) -> Message:
    """To the others, an order that was paid too late is one that the platform cancelled."""
    return events.LinesCancelled(
        order_id=str(fact.originator_id),
        payment_id=str(fact.payment_id),
        lines=[_cancelled(fact.originator_id, line) for line in fact.lines],
        refund=fact.refund,
        currency=fact.currency,
        fault=_fault(Fault.PLATFORM),
        whole_order=True,
        refund_id=str(fact.refund_id),
        attempt=fact.attempt,
        cancelled_at=_timestamp(fact.timestamp),
    )


@publish.register
def _(fact: Order.Delivered) -> Message:
    return events.OrderDelivered(
        order_id=str(fact.originator_id),
        buyer_id=fact.buyer_id,
        delivered_at=_timestamp(fact.delivered_at),
    )


@publish.register
def _(fact: Order.Completed) -> Message:
    return events.OrderCompleted(
        order_id=str(fact.originator_id), completed_at=_timestamp(fact.timestamp)
    )


@publish.register
def _(fact: Buyer.Erased) -> Message:
    return events.BuyerErased(buyer_id=fact.buyer_id, erased_at=_timestamp(fact.erased_at))


@publish.register
def _(
    fact: Order.ActionAsked
    | Order.Declined
    | Order.CaptureFailed
    | Order.Picking
    | Order.Shipped
    | Order.PackageDelivered
    | Order.PackageLost
    | Order.ReturnOpened
    | Order.ReturnClosed
    | Order.Refunded,
) -> None:
    """Others told us of these."""


@publish.register
def _(fact: Order.CollectionGivenUp) -> None:
    """What comes of it is told: the lines that are cancelled for it."""


@publish.register
def _(fact: Purchases.Begun | Purchases.Added) -> None:
    """How caps are kept is our own affair."""


@publish.register
def _(
    fact: Offer.Listed
    | Offer.Relisted
    | Offer.Repriced
    | Offer.Ended
    | Product.HeardOf
    | Product.Suspended
    | Product.Reactivated
    | Merchant.HeardOf
    | Merchant.TermsLearnt
    | Market.HeardOf
    | Market.Opened
    | Market.Held
    | Market.RuleLearnt
    | Creator.Registered
    | Creator.AgencyChanged
    | LiveSession.WentOnAir,
) -> None:
    """The copy of the catalog: the catalog itself tells the others."""


def _line(
    order_id: UUID, number: int, line: Line, terms: terms_pb2.Terms, return_window_days: int
) -> events.OrderLine:
    amounts = line.amounts
    message = events.OrderLine(
        line_id=str(line_id(order_id, number)),
        offer_id=line.offer_id,
        product_id=line.product_id,
        sku=line.sku,
        merchant_id=line.merchant_id,
        mode=_mode(line.mode),
        quantity=line.quantity,
        item=amounts.item,
        merchant_discount=amounts.merchant_discount,
        platform_discount=amounts.platform_discount,
        shipping=amounts.shipping,
        tax=amounts.tax,
        duty=amounts.duty,
        charged=amounts.charged,
        terms=terms,
        surface=_surface(line.surface),
        return_window_days=return_window_days,
        weight_grams=line.weight_grams,
        # In both modes the goods are the merchant's until they are handed over.
        owner_id=line.merchant_id,
        title=line.title,
        shipping_tax=amounts.shipping_tax,
    )
    if line.attribution:
        message.creator_id = line.attribution.creator_id
        message.agency_id = line.attribution.agency_id
        message.agency_basis_points = line.attribution.agency_basis_points
        message.partner_id = line.attribution.partner_id
        message.live_session_id = line.attribution.live_session_id
    if line.supply:
        message.supply_cost = line.supply.cost
        message.supply_currency = line.supply.currency
        message.supply_cost_converted = line.supply.converted
    return message


def _cancelled(order_id: UUID, line: Cancelled) -> types_pb2.RefundLine:
    return types_pb2.RefundLine(
        line_id=str(line_id(order_id, line.number)),
        quantity=line.quantity,
        item=line.refund.item,
        merchant_discount=line.refund.merchant_discount,
        platform_discount=line.refund.platform_discount,
        shipping=line.refund.shipping,
        tax=line.refund.tax,
        duty=line.refund.duty,
        refund=line.refund.charged,
        shipping_tax=line.refund.shipping_tax,
    )


def _terms(terms: Terms) -> terms_pb2.Terms:
    return terms_pb2.Terms(
        terms_id=terms.terms_id,
        merchant_id=terms.merchant_id,
        referral_basis_points=terms.referral_basis_points,
        fee_basis=_fee_basis(terms.fee_basis),
        referral_flat=terms.referral_flat,
        creator_basis_points=terms.creator_basis_points,
        partner_basis_points=terms.partner_basis_points,
        refund_administration_basis_points=terms.refund_administration_basis_points,
        reserve_basis_points=terms.reserve_basis_points,
        reserve_days=terms.reserve_days,
        settlement_hold_days=terms.settlement_hold_days,
        commission_hold_days=terms.commission_hold_days,
        payout_currency=terms.payout_currency,
        minimum_payout=terms.minimum_payout,
    )


def _id(known: UUID | None) -> str:
    return str(known) if known else ""


def _timestamp(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


def _mode(mode: Mode) -> types_pb2.SellingMode.ValueType:
    return types_pb2.SellingMode.Value(f"SELLING_MODE_{mode}")


def _surface(surface: Surface) -> types_pb2.Surface.ValueType:
    return types_pb2.Surface.Value(f"SURFACE_{surface}")


def _fault(fault: Fault) -> types_pb2.Fault.ValueType:
    return types_pb2.Fault.Value(f"FAULT_{fault}")


def _fee_basis(basis: FeeBasis) -> terms_pb2.FeeBasis.ValueType:
    return terms_pb2.FeeBasis.Value(f"FEE_BASIS_{basis}")


def _capture_policy(policy: CapturePolicy) -> types_pb2.CapturePolicy.ValueType:
    return types_pb2.CapturePolicy.Value(f"CAPTURE_POLICY_{policy}")
