"""What the order service does about the facts of others."""

from datetime import UTC, datetime
from typing import Any  # Keywords of messages.
from uuid import UUID

import pytest
from google.protobuf.message import Message

from libs.contracts.catalog.v1 import events_pb2 as catalog
from libs.contracts.common.v1 import terms_pb2, types_pb2
from libs.contracts.payment.v1 import events_pb2 as payment
from libs.contracts.returns.v1 import events_pb2 as returns
from libs.contracts.warehouse.v1 import events_pb2 as warehouse
from libs.messaging import Envelope
from libs.rpc.convert import timestamp
from services.order import commands as c
from services.order.domain import (
    CapturePolicy,
    DatedTerms,
    Fault,
    FeeBasis,
    GivenBack,
    LineUnknown,
    Listing,
    Mode,
    Price,
    Rule,
    Settings,
    Terms,
    Units,
    line_id,
)
from services.order.policies import (
    order_follows_catalog,
    order_follows_payment,
    order_follows_returns,
    order_follows_warehouse,
)

ORDER, PAYMENT = UUID(int=1 << 64), UUID(int=2)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LINES = [warehouse.LineQuantity(line_id=str(line_id(ORDER, 2)), sku="MUG", quantity=3)]
ABOUT: dict[str, Any] = {"order_id": str(ORDER)}
PAID: dict[str, Any] = {"order_id": str(ORDER), "payment_id": str(PAYMENT)}


def envelope(payload: Message) -> Envelope:
    return Envelope(payload=payload, event_id=UUID(int=77), occurred_at=NOON, key=str(ORDER))


@pytest.mark.parametrize(
    ("told", "command", "rest"),
    [
        (warehouse.StockReserved(attempt=1, **ABOUT), c.TakeReservation, {"attempt": 1}),
        (
            warehouse.StockRejected(attempt=1, **ABOUT),
            c.RejectOrder,
            {"attempt": 1, "reason": "OUT_OF_STOCK"},
        ),
        (warehouse.ReservationExpired(attempt=1, **ABOUT), c.LoseReservation, {"attempt": 1}),
        (
            warehouse.AllocationFailed(shortages=LINES, fault=types_pb2.FAULT_WAREHOUSE, **ABOUT),
            c.CancelShortages,
            {"lines": (Units(2, 3),), "fault": Fault.WAREHOUSE},
        ),
        (warehouse.PickingStarted(lines=LINES, **ABOUT), c.StartPicking, {"lines": (Units(2, 3),)}),
        (
            warehouse.ShipmentHandedOver(
                package_id="p1",
                lines=[warehouse.LineCarriage(line_id=str(line_id(ORDER, 2)), quantity=3)],
                **ABOUT,
            ),
            c.ShipPackage,
            {"package_id": "p1", "lines": (Units(2, 3),)},
        ),
        (
            warehouse.PackageDelivered(
                package_id="p1", lines=LINES, delivered_at=timestamp(NOON), **ABOUT
            ),
            c.DeliverPackage,
            {"package_id": "p1", "lines": (Units(2, 3),), "delivered_at": NOON},
        ),
        (
            warehouse.PackageLost(package_id="p1", lines=LINES, **ABOUT),
            c.LosePackage,
            {"package_id": "p1", "lines": (Units(2, 3),), "lost_at": NOON},
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Message) else "",
)
def test_what_the_warehouse_tells_moves_the_order(
    told: Message, command: type, rest: dict[str, object]
) -> None:
    event = envelope(told)

    assert list(order_follows_warehouse(event)) == [
        command(request_id=event.request_id(command), order_id=ORDER, **rest)
    ]


@pytest.mark.parametrize(
    ("told", "command", "rest"),
    [
        (
            payment.PaymentActionRequired(action_url="https://bank.example", **PAID),
            c.RequirePaymentAction,
            {"action_url": "https://bank.example"},
        ),
        (
            payment.PaymentDeclined(decline_code="insufficient_funds", **PAID),
            c.DeclinePayment,
            {"decline_code": "insufficient_funds"},
        ),
        (
            payment.PaymentAuthorized(authorized_at=timestamp(NOON), **PAID),
            c.AuthorizePayment,
            {"authorized_at": NOON},
        ),
        (
            payment.PaymentCaptured(captured_at=timestamp(NOON), **PAID),
            c.ConfirmPayment,
            {"paid_at": NOON},
        ),
        (
            payment.CaptureFailed(amount=700, failure_code="expired", **PAID),
            c.FailCapture,
            {"amount": 700, "failure_code": "expired"},
        ),
        (payment.PaymentConflicted(amount=701, currency="GBP", **PAID), c.FreezeConflict, {}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Message) else "",
)
def test_what_the_payment_tells_moves_the_order(
    told: Message, command: type, rest: dict[str, object]
) -> None:
    event = envelope(told)

    assert list(order_follows_payment(event)) == [
        command(request_id=event.request_id(command), order_id=ORDER, payment_id=PAYMENT, **rest)
    ]


def test_while_a_payment_is_in_doubt_the_order_waits() -> None:
    assert list(order_follows_payment(envelope(payment.PaymentUnknown(**PAID)))) == []


@pytest.mark.parametrize(
    ("told", "command"),
    [
        (returns.ReturnRequested(return_id="r1", **ABOUT), c.OpenReturn),
        (returns.ReturnRejected(return_id="r1", **ABOUT), c.CloseReturn),
        (returns.ReturnClosed(return_id="r1", **ABOUT), c.CloseReturn),
    ],
    ids=["requested", "rejected", "closed"],
)
def test_a_return_is_open_until_it_is_closed(told: Message, command: type) -> None:
    event = envelope(told)

    assert list(order_follows_returns(event)) == [
        command(request_id=event.request_id(command), order_id=ORDER, return_id="r1")
    ]


def test_a_decided_refund_is_noted_by_line() -> None:
    line = types_pb2.RefundLine(line_id=str(line_id(ORDER, 1)), quantity=2, refund=700)
    event = envelope(returns.RefundDecided(refund_id="f1", lines=[line], **ABOUT))

    assert list(order_follows_returns(event)) == [
        c.NoteRefund(
            request_id=event.request_id(c.NoteRefund),
            order_id=ORDER,
            refund_id="f1",
            lines=(GivenBack(1, 2, 700),),
        )
    ]


def test_what_was_lost_is_given_back_and_does_not_come_back() -> None:
    line = types_pb2.RefundLine(line_id=str(line_id(ORDER, 1)), quantity=2, refund=700)
    event = envelope(returns.RefundDecided(refund_id="f1", lines=[line], lost=True, **ABOUT))

    (noted,) = order_follows_returns(event)

    assert isinstance(noted, c.NoteRefund)
    assert noted.lines == (GivenBack(1, 0, 700),)


def test_a_line_of_another_order_parks_the_message() -> None:
    strange = warehouse.LineQuantity(line_id=str(UUID(int=5)), quantity=1)

    with pytest.raises(LineUnknown):
        list(order_follows_warehouse(envelope(warehouse.PickingStarted(lines=[strange], **ABOUT))))


def test_a_published_offer_is_copied_with_its_price() -> None:
    event = envelope(
        catalog.OfferPublished(
            offer_id="lamp",
            product_id="lamps",
            sku="LAMP",
            merchant_id="shenzhen-light",
            market="DE",
            mode=types_pb2.SELLING_MODE_FULL_SERVICE,
            unit_price=2400,
            currency="EUR",
            supply_price=6200,
            supply_currency="CNY",
            per_buyer_cap=2,
            weight_grams=900,
            title="Desk lamp",
            effective_at=timestamp(NOON),
        )
    )

    assert list(order_follows_catalog(event)) == [
        c.LearnOffer(
            request_id=event.request_id(c.LearnOffer),
            listing=Listing(
                offer_id="lamp",
                product_id="lamps",
                sku="LAMP",
                merchant_id="shenzhen-light",
                market="DE",
                mode=Mode.FULL_SERVICE,
                currency="EUR",
                supply_currency="CNY",
                per_buyer_cap=2,
                weight_grams=900,
                title="Desk lamp",
            ),
            price=Price(NOON, 2400, 6200),
        )
    ]


def test_terms_are_copied_whole() -> None:
    terms = terms_pb2.Terms(
        terms_id="t1",
        merchant_id="acme",
        referral_basis_points=600,
        fee_basis=terms_pb2.FEE_BASIS_ITEM_NET,
        settlement_hold_days=7,
        payout_currency="USD",
        minimum_payout=100,
    )
    event = envelope(
        catalog.TermsPublished(terms=terms, effective_at=timestamp(NOON), merchant_id="acme")
    )

    (command,) = order_follows_catalog(event)

    assert isinstance(command, c.LearnTerms)
    assert command.version == DatedTerms(
        NOON,
        Terms(
            terms_id="t1",
            merchant_id="acme",
            referral_basis_points=600,
            fee_basis=FeeBasis.ITEM_NET,
            referral_flat=0,
            creator_basis_points=0,
            partner_basis_points=0,
            refund_administration_basis_points=0,
            reserve_basis_points=0,
            reserve_days=0,
            settlement_hold_days=7,
            commission_hold_days=0,
            payout_currency="USD",
            minimum_payout=100,
        ),
    )


def test_a_market_is_copied_with_all_that_an_order_in_it_costs() -> None:
    event = envelope(
        catalog.MarketOpened(
            market="GB",
            currency="GBP",
            legal_entity="entrepot-uk",
            ship_to=["GB", "IE"],
            tax_inclusive=True,
            tax_basis_points=2000,
            shipping=395,
            free_shipping_from=5000,
            return_window_days=14,
            remorse_hold_minutes=60,
            capture_policy=types_pb2.CAPTURE_POLICY_AT_PLACEMENT,
        )
    )

    (command,) = order_follows_catalog(event)

    assert isinstance(command, c.LearnMarket)
    assert command.settings == Settings(
        currency="GBP",
        legal_entity="entrepot-uk",
        ship_to=("GB", "IE"),
        tax_inclusive=True,
        tax_basis_points=2000,
        shipping=395,
        free_shipping_from=5000,
        return_window_days=14,
        remorse_hold_minutes=60,
        capture_policy=CapturePolicy.AT_PLACEMENT,
    )


@pytest.mark.parametrize(
    ("told", "command", "fields"),
    [
        (
            catalog.PriceChanged(offer_id="o", unit_price=5, effective_at=timestamp(NOON)),
            c.LearnPrice,
            {"offer_id": "o", "unit_price": 5, "supply_price": 0, "effective_at": NOON},
        ),
        (
            catalog.OfferEnded(offer_id="o", effective_at=timestamp(NOON)),
            c.LearnOfferEnd,
            {"offer_id": "o", "ended_at": NOON},
        ),
        (
            catalog.ProductActivated(product_id="p"),
            c.LearnProduct,
            {"product_id": "p", "suspended": False},
        ),
        (
            catalog.ProductSuspended(product_id="p"),
            c.LearnProduct,
            {"product_id": "p", "suspended": True},
        ),
        (
            catalog.MarketHeld(market="GB", reason="flood"),
            c.LearnMarketHeld,
            {"market": "GB", "reason": "flood"},
        ),
        (
            catalog.JurisdictionRuleChanged(
                rule_id="r", market="GB", ship_to="IE", blocked=True, effective_at=timestamp(NOON)
            ),
            c.LearnRule,
            {"market": "GB", "rule": Rule("r", "IE", True, 0, NOON, False)},
        ),
        (
            catalog.CreatorRegistered(
                creator_id="mei", agency_id="starlight", agency_basis_points=2000
            ),
            c.LearnCreator,
            {"creator_id": "mei", "agency_id": "starlight", "agency_basis_points": 2000},
        ),
        (
            catalog.LiveStarted(live_session_id="l", creator_id="mei", partner_id="studio-9"),
            c.LearnLiveSession,
            {"live_session_id": "l", "creator_id": "mei", "partner_id": "studio-9"},
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Message) else "",
)
def test_what_the_catalog_tells_is_copied(
    told: Message, command: type, fields: dict[str, object]
) -> None:
    event = envelope(told)

    assert list(order_follows_catalog(event)) == [
        command(request_id=event.request_id(command), **fields)
    ]


@pytest.mark.parametrize(
    "told",
    [catalog.LiveEnded(live_session_id="l"), catalog.ReviewPublished(review_id="r")],
    ids=["live", "review"],
)
def test_what_is_no_concern_of_orders_asks_for_nothing(told: Message) -> None:
    assert list(order_follows_catalog(envelope(told))) == []
