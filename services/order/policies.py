"""What the order service does about the facts of others. Silence means: no concern of ours."""

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeAlias
from uuid import UUID

from libs.contracts.catalog.v1 import events_pb2 as catalog
from libs.contracts.common.v1 import terms_pb2, types_pb2
from libs.contracts.payment.v1 import events_pb2 as payment
from libs.contracts.returns.v1 import events_pb2 as returns
from libs.contracts.warehouse.v1 import events_pb2 as warehouse
from libs.messaging import Envelope, hears
from libs.rpc.convert import when
from services.order.commands import (
    AuthorizePayment,
    CancelShortages,
    CloseReturn,
    ConfirmPayment,
    DeclinePayment,
    DeliverPackage,
    FailCapture,
    FreezeConflict,
    LearnCreator,
    LearnLiveSession,
    LearnMarket,
    LearnMarketHeld,
    LearnOffer,
    LearnOfferEnd,
    LearnPrice,
    LearnProduct,
    LearnRule,
    Learnt,
    LearnTerms,
    LosePackage,
    LoseReservation,
    NoteRefund,
    OpenReturn,
    RejectOrder,
    RequirePaymentAction,
    ShipPackage,
    StartPicking,
    TakeReservation,
)
from services.order.domain import (
    OUT_OF_STOCK,
    CapturePolicy,
    DatedTerms,
    Fault,
    FeeBasis,
    GivenBack,
    Listing,
    Mode,
    Price,
    Rule,
    Settings,
    Terms,
    Units,
    line_number,
)
from services.order.domain.market import RESERVATION_HOLD_MINUTES

WarehouseFollower: TypeAlias = (
    TakeReservation
    | RejectOrder
    | LoseReservation
    | CancelShortages
    | StartPicking
    | ShipPackage
    | DeliverPackage
    | LosePackage
)
PaymentFollower: TypeAlias = (
    RequirePaymentAction
    | DeclinePayment
    | AuthorizePayment
    | ConfirmPayment
    | FailCapture
    | FreezeConflict
)
ReturnsFollower: TypeAlias = OpenReturn | CloseReturn | NoteRefund


@hears(
    warehouse.StockReserved,
    warehouse.StockRejected,
    warehouse.ReservationExpired,
    warehouse.AllocationFailed,
    warehouse.PickingStarted,
    warehouse.ShipmentHandedOver,
    warehouse.PackageDelivered,
    warehouse.PackageLost,
)
def order_follows_warehouse(event: Envelope) -> Iterator[WarehouseFollower]:
    """Stock first, then payment; what leaves and arrives makes the order's state."""
    match event.payload:
        case warehouse.StockReserved() as held:
            yield TakeReservation(
                request_id=event.request_id(TakeReservation),
                order_id=UUID(held.order_id),
                attempt=held.attempt,
            )
        case warehouse.StockRejected() as short:
            yield RejectOrder(
                request_id=event.request_id(RejectOrder),
                order_id=UUID(short.order_id),
                attempt=short.attempt,
                reason=OUT_OF_STOCK,
            )
        case warehouse.ReservationExpired() as lost:
            yield LoseReservation(
                request_id=event.request_id(LoseReservation),
                order_id=UUID(lost.order_id),
                attempt=lost.attempt,
            )
        case warehouse.AllocationFailed() as failed:
            order_id = UUID(failed.order_id)
            yield CancelShortages(
                request_id=event.request_id(CancelShortages),
                order_id=order_id,
                lines=_units(order_id, failed.shortages),
                fault=_fault(failed.fault),
            )
        case warehouse.PickingStarted() as picking:
            order_id = UUID(picking.order_id)
            yield StartPicking(
                request_id=event.request_id(StartPicking),
                order_id=order_id,
                lines=_units(order_id, picking.lines),
            )
        case warehouse.ShipmentHandedOver() as shipment:
            order_id = UUID(shipment.order_id)
            yield ShipPackage(
                request_id=event.request_id(ShipPackage),
                order_id=order_id,
                package_id=shipment.package_id,
                lines=_units(order_id, shipment.lines),
            )
        case warehouse.PackageDelivered() as parcel:
            order_id = UUID(parcel.order_id)
            yield DeliverPackage(
                request_id=event.request_id(DeliverPackage),
                order_id=order_id,
                package_id=parcel.package_id,
                lines=_units(order_id, parcel.lines),
                delivered_at=when(parcel.delivered_at),
            )
        case warehouse.PackageLost() as parcel:
            order_id = UUID(parcel.order_id)
            yield LosePackage(
                request_id=event.request_id(LosePackage),
                order_id=order_id,
                package_id=parcel.package_id,
                lines=_units(order_id, parcel.lines),
                lost_at=event.occurred_at,
            )


@hears(
    payment.PaymentActionRequired,
    payment.PaymentDeclined,
    payment.PaymentAuthorized,
    payment.PaymentCaptured,
    payment.CaptureFailed,
    payment.PaymentConflicted,
)
def order_follows_payment(event: Envelope) -> Iterator[PaymentFollower]:
    """While a payment is in doubt the order just waits, so PaymentUnknown asks for nothing."""
    match event.payload:
        case payment.PaymentActionRequired() as asked:
            yield RequirePaymentAction(
                request_id=event.request_id(RequirePaymentAction),
                order_id=UUID(asked.order_id),
                payment_id=UUID(asked.payment_id),
                action_url=asked.action_url,
            )
        case payment.PaymentDeclined() as declined:
            yield DeclinePayment(
                request_id=event.request_id(DeclinePayment),
                order_id=UUID(declined.order_id),
                payment_id=UUID(declined.payment_id),
                decline_code=declined.decline_code,
            )
        case payment.PaymentAuthorized() as authorized:
            yield AuthorizePayment(
                request_id=event.request_id(AuthorizePayment),
                order_id=UUID(authorized.order_id),
                payment_id=UUID(authorized.payment_id),
                authorized_at=when(authorized.authorized_at),
            )
        case payment.PaymentCaptured() as captured:
            yield ConfirmPayment(
                request_id=event.request_id(ConfirmPayment),
                order_id=UUID(captured.order_id),
                payment_id=UUID(captured.payment_id),
                paid_at=when(captured.captured_at),
            )
        case payment.CaptureFailed() as failed:
            yield FailCapture(
                request_id=event.request_id(FailCapture),
                order_id=UUID(failed.order_id),
                payment_id=UUID(failed.payment_id),
                amount=failed.amount,
                failure_code=failed.failure_code,
            )
        case payment.PaymentConflicted() as conflict:
            yield FreezeConflict(
                request_id=event.request_id(FreezeConflict),
                order_id=UUID(conflict.order_id),
                payment_id=UUID(conflict.payment_id),
            )


@hears(returns.ReturnRequested, returns.RefundDecided, returns.ReturnRejected, returns.ReturnClosed)
def order_follows_returns(event: Envelope) -> Iterator[ReturnsFollower]:
    """An open return keeps the order from being done; a decided refund shows on its lines."""
    match event.payload:
        case returns.ReturnRequested() as case:
            yield OpenReturn(
                request_id=event.request_id(OpenReturn),
                order_id=UUID(case.order_id),
                return_id=case.return_id,
            )
        case returns.ReturnRejected() | returns.ReturnClosed() as case:
            yield CloseReturn(
                request_id=event.request_id(CloseReturn),
                order_id=UUID(case.order_id),
                return_id=case.return_id,
            )
        case returns.RefundDecided() as decided:
            order_id = UUID(decided.order_id)
            yield NoteRefund(
                request_id=event.request_id(NoteRefund),
                order_id=order_id,
                refund_id=decided.refund_id,
                lines=tuple(
                    GivenBack(
                        line_number(order_id, UUID(line.line_id)),
                        0 if decided.lost else line.quantity,
                        line.refund,
                    )
                    for line in decided.lines
                ),
            )


@hears(
    catalog.OfferPublished,
    catalog.PriceChanged,
    catalog.OfferEnded,
    catalog.ProductActivated,
    catalog.ProductSuspended,
    catalog.TermsPublished,
    catalog.MarketOpened,
    catalog.MarketHeld,
    catalog.JurisdictionRuleChanged,
    catalog.CreatorRegistered,
    catalog.LiveStarted,
)
def order_follows_catalog(event: Envelope) -> Iterator[Learnt]:
    """The copy that baskets are priced from."""
    match event.payload:
        case catalog.OfferPublished() as offer:
            yield LearnOffer(
                request_id=event.request_id(LearnOffer),
                listing=_listing(offer),
                price=Price(when(offer.effective_at), offer.unit_price, offer.supply_price),
            )
        case catalog.PriceChanged() as change:
            yield LearnPrice(
                request_id=event.request_id(LearnPrice),
                offer_id=change.offer_id,
                unit_price=change.unit_price,
                supply_price=change.supply_price,
                effective_at=when(change.effective_at),
            )
        case catalog.OfferEnded() as ended:
            yield LearnOfferEnd(
                request_id=event.request_id(LearnOfferEnd),
                offer_id=ended.offer_id,
                ended_at=when(ended.effective_at),
            )
        case catalog.ProductActivated() as product:
            yield LearnProduct(
                request_id=event.request_id(LearnProduct),
                product_id=product.product_id,
                suspended=False,
            )
        case catalog.ProductSuspended() as product:
            yield LearnProduct(
                request_id=event.request_id(LearnProduct),
                product_id=product.product_id,
                suspended=True,
            )
        case catalog.TermsPublished() as published:
            yield LearnTerms(
                request_id=event.request_id(LearnTerms),
                version=DatedTerms(when(published.effective_at), _terms(published.terms)),
            )
        case catalog.MarketOpened() as market:
            yield LearnMarket(
                request_id=event.request_id(LearnMarket),
                market=market.market,
                settings=_settings(market),
            )
        case catalog.MarketHeld() as market:
            yield LearnMarketHeld(
                request_id=event.request_id(LearnMarketHeld),
                market=market.market,
                reason=market.reason,
            )
        case catalog.JurisdictionRuleChanged() as rule:
            yield LearnRule(
                request_id=event.request_id(LearnRule), market=rule.market, rule=_rule(rule)
            )
        case catalog.CreatorRegistered() as creator:
            yield LearnCreator(
                request_id=event.request_id(LearnCreator),
                creator_id=creator.creator_id,
                agency_id=creator.agency_id,
                agency_basis_points=creator.agency_basis_points,
            )
        case catalog.LiveStarted() as session:
            yield LearnLiveSession(
                request_id=event.request_id(LearnLiveSession),
                live_session_id=session.live_session_id,
                creator_id=session.creator_id,
                partner_id=session.partner_id,
            )


class _LineUnits(Protocol):
    """Any message that says how many units of which line."""

    line_id: str
    quantity: int


def _units(order_id: UUID, lines: Iterable[_LineUnits]) -> tuple[Units, ...]:
    return tuple(Units(line_number(order_id, UUID(line.line_id)), line.quantity) for line in lines)


def _listing(offer: catalog.OfferPublished) -> Listing:
    return Listing(
        offer_id=offer.offer_id,
        product_id=offer.product_id,
        sku=offer.sku,
        merchant_id=offer.merchant_id,
        market=offer.market,
        mode=Mode(types_pb2.SellingMode.Name(offer.mode).removeprefix("SELLING_MODE_")),
        currency=offer.currency,
        supply_currency=offer.supply_currency,
        per_buyer_cap=offer.per_buyer_cap,
        weight_grams=offer.weight_grams,
        title=offer.title,
    )


def _terms(terms: terms_pb2.Terms) -> Terms:
    basis = terms_pb2.FeeBasis.Name(terms.fee_basis).removeprefix("FEE_BASIS_")
    return Terms(
        terms_id=terms.terms_id,
        merchant_id=terms.merchant_id,
        referral_basis_points=terms.referral_basis_points,
        fee_basis=FeeBasis(basis),
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


def _settings(market: catalog.MarketOpened) -> Settings:
    policy = types_pb2.CapturePolicy.Name(market.capture_policy).removeprefix("CAPTURE_POLICY_")
    return Settings(
        currency=market.currency,
        legal_entity=market.legal_entity,
        ship_to=tuple(market.ship_to),
        tax_inclusive=market.tax_inclusive,
        tax_basis_points=market.tax_basis_points,
        shipping=market.shipping,
        free_shipping_from=market.free_shipping_from,
        return_window_days=market.return_window_days,
        remorse_hold_minutes=market.remorse_hold_minutes,
        capture_policy=CapturePolicy(policy),
        reservation_hold_minutes=market.reservation_hold_minutes or RESERVATION_HOLD_MINUTES,
    )


def _rule(rule: catalog.JurisdictionRuleChanged) -> Rule:
    return Rule(
        rule_id=rule.rule_id,
        ship_to=rule.ship_to,
        blocked=rule.blocked,
        duty_basis_points=rule.duty_basis_points,
        effective_at=when(rule.effective_at),
        repealed=rule.repealed,
    )


def _fault(fault: types_pb2.Fault.ValueType) -> Fault:
    return Fault(types_pb2.Fault.Name(fault).removeprefix("FAULT_"))
