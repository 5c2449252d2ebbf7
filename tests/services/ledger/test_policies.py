"""What the ledger does when others tell it something."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID, uuid5

import pytest
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from libs.contracts.catalog.v1 import events_pb2 as catalog
from libs.contracts.common.v1 import terms_pb2, types_pb2
from libs.contracts.ledger.v1 import events_pb2 as ledger
from libs.contracts.order.v1 import events_pb2 as order
from libs.contracts.payment.v1 import events_pb2 as payment
from libs.contracts.returns.v1 import events_pb2 as returns
from libs.contracts.warehouse.v1 import events_pb2 as warehouse
from libs.messaging import Envelope
from services.ledger import policies
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
from services.ledger.domain.sale import Fault, FeeBasis, Mode, Surface, Value

ORDER = UUID("0a4b3c2d-0000-4000-8000-000000000001")
LINE = str(uuid5(ORDER, "line"))
PAYMENT = str(uuid5(ORDER, "payment"))
REFUND = str(uuid5(ORDER, "refund"))
AT = datetime(2026, 3, 2, 20, 15, tzinfo=UTC)
EVENT = UUID(int=77)


@dataclass(frozen=True)
class Told:
    """A message as the consumer hands it to a policy."""

    payload: Message
    occurred_at: datetime = AT

    def request_id(self, command: type, *parts: object) -> UUID:
        return uuid5(EVENT, "/".join([command.__name__, *map(str, parts)]))


def asked(policy: Callable[[Envelope], Iterator[Any]], message: Message) -> list[Any]:
    return list(policy(cast(Envelope, Told(message))))


def moment(at: datetime = AT) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(at)
    return timestamp


HEADER: dict[str, Any] = {"payment_id": PAYMENT, "order_id": str(ORDER), "currency": "USD"}
REFUND_LINE = types_pb2.RefundLine(
    line_id=LINE,
    quantity=1,
    item=2500,
    merchant_discount=250,
    platform_discount=150,
    tax=186,
    refund=2286,
)
REFUNDED = RefundLine(LINE, 1, Value(gmv=2250, platform_discount=150, tax=186))

NOTES: list[tuple[Callable[[Envelope], Iterator[Any]], Message, Note]] = [
    (
        policies.ledger_follows_payment,
        payment.PaymentAuthorized(**HEADER, amount=5070, authorized_at=moment()),
        Note(authorization=Authorization(PAYMENT, 5070, AT)),
    ),
    (
        policies.ledger_follows_payment,
        payment.PaymentVoided(**HEADER, amount=5070, voided_at=moment()),
        Note(void=Void(PAYMENT, 5070, AT)),
    ),
    (
        policies.ledger_follows_payment,
        payment.CaptureFailed(**HEADER, amount=5070, failed_at=moment()),
        Note(void=Void(PAYMENT, 5070, AT)),
    ),
    (
        policies.ledger_follows_payment,
        payment.PaymentCaptured(**HEADER, amount=70, captured_total=5070, captured_at=moment()),
        Note(capture=Capture(PAYMENT, 70, 5070, AT)),
    ),
    (
        policies.ledger_follows_payment,
        payment.ProviderSettled(**HEADER, gross=5070, fee=177, settled_at=moment()),
        Note(funds=Funds(PAYMENT, 5070, 177, AT, "USD")),
    ),
    (
        policies.ledger_follows_payment,
        payment.PaymentConflicted(
            **HEADER, refund_id=REFUND, amount=5071, taken=5071, conflicted_at=moment()
        ),
        Note(conflict=Conflict(PAYMENT, REFUND, 5071, "USD", AT)),
    ),
    (
        policies.ledger_follows_payment,
        payment.RefundSucceeded(**HEADER, refund_id=REFUND, amount=2286, refunded_at=moment()),
        Note(repayment=Repayment(REFUND, PAYMENT, 2286, AT, currency="USD")),
    ),
    (
        policies.ledger_follows_payment,
        payment.RefundFailed(**HEADER, refund_id=REFUND, amount=2286, failed_at=moment()),
        Note(repayment=Repayment(REFUND, PAYMENT, 2286, AT, as_credit=True, currency="USD")),
    ),
    (
        policies.ledger_follows_order,
        order.OrderPaid(order_id=str(ORDER), paid_at=moment()),
        Note(capture=Capture("", 0, 0, AT)),
    ),
    (
        policies.ledger_follows_order,
        order.LinesCancelled(
            order_id=str(ORDER),
            payment_id=PAYMENT,
            currency="USD",
            lines=[REFUND_LINE],
            refund=2286,
            fault=types_pb2.FAULT_WAREHOUSE,
            refund_id=REFUND,
            cancelled_at=moment(),
        ),
        Note(refund=Refund(REFUND, PAYMENT, (REFUNDED,), Fault.WAREHOUSE, AT, cancelled=True)),
    ),
    (
        policies.ledger_follows_warehouse,
        warehouse.ShipmentHandedOver(
            order_id=str(ORDER),
            lines=[
                warehouse.LineCarriage(
                    line_id=LINE,
                    quantity=2,
                    carriage_charged=650,
                    carriage_cost=620,
                    handling_cost=120,
                    duty=300,
                )
            ],
            handed_over_at=moment(),
        ),
        Note(shipment=Shipment((Carriage(LINE, 2, 650, 620, 120, 300),), AT)),
    ),
    (
        policies.ledger_follows_warehouse,
        warehouse.PackageDelivered(
            order_id=str(ORDER),
            lines=[warehouse.LineQuantity(line_id=LINE, quantity=2)],
            delivered_at=moment(),
        ),
        Note(arrival=Arrival((Units(LINE, 2),), AT)),
    ),
    (
        policies.ledger_follows_warehouse,
        warehouse.PackageLost(
            order_id=str(ORDER), lines=[warehouse.LineQuantity(line_id=LINE, quantity=2)]
        ),
        Note(arrival=Arrival((Units(LINE, 2),), AT, lost=True)),
    ),
    (
        policies.ledger_follows_returns,
        returns.ReturnRequested(
            return_id="case", order_id=str(ORDER), line_id=LINE, requested_at=moment()
        ),
        Note(case=Case(LINE, "case", True, AT)),
    ),
    (
        policies.ledger_follows_returns,
        returns.ReturnRejected(return_id="case", order_id=str(ORDER), line_id=LINE),
        Note(case=Case(LINE, "case", False, AT)),
    ),
    (
        policies.ledger_follows_returns,
        returns.ReturnClosed(return_id="case", order_id=str(ORDER), line_id=LINE),
        Note(case=Case(LINE, "case", False, AT)),
    ),
    (
        policies.ledger_follows_returns,
        returns.ReturnInspected(
            order_id=str(ORDER),
            line_id=LINE,
            quantity=1,
            disposition=types_pb2.DISPOSITION_CARRIER_DAMAGED,
        ),
        Note(inspection=Inspection(LINE, 1, Fate.CLAIMED, AT)),
    ),
    (
        policies.ledger_follows_returns,
        returns.RefundDecided(
            **HEADER,
            refund_id=REFUND,
            lines=[REFUND_LINE],
            refund=2286,
            fault=types_pb2.FAULT_MERCHANT,
            label_charged=450,
            lost=True,
            label_cost=430,
            decided_at=moment(),
        ),
        Note(
            refund=Refund(
                REFUND,
                PAYMENT,
                (REFUNDED,),
                Fault.MERCHANT,
                AT,
                label_charged=450,
                label_cost=430,
                lost=True,
            )
        ),
    ),
]


@pytest.mark.parametrize(("policy", "message", "note"), NOTES, ids=lambda part: type(part).__name__)
def test_what_happened_to_an_order_is_noted_in_its_book(
    policy: Callable[[Envelope], Iterator[Any]], message: Message, note: Note
) -> None:
    (command,) = asked(policy, message)

    assert isinstance(command, TakeNote)
    assert (command.order_id, command.note) == (ORDER, note)


def test_a_placed_order_opens_its_book_with_the_terms_of_its_lines() -> None:
    line = order.OrderLine(
        line_id=LINE,
        merchant_id="acme",
        mode=types_pb2.SELLING_MODE_MARKETPLACE,
        surface=types_pb2.SURFACE_LIVE,
        quantity=2,
        item=5000,
        merchant_discount=500,
        platform_discount=300,
        shipping=499,
        tax=371,
        creator_id="lina",
        agency_id="stars",
        agency_basis_points=2000,
        partner_id="studio",
        terms=terms_pb2.Terms(
            terms_id="terms-1",
            fee_basis=terms_pb2.FEE_BASIS_ITEM_NET,
            referral_basis_points=600,
            settlement_hold_days=7,
        ),
    )
    placed = order.OrderPlaced(
        order_id=str(ORDER),
        legal_entity="US1",
        market="US",
        currency="USD",
        lines=[line],
        placed_at=moment(),
    )

    (command,) = asked(policies.ledger_follows_order, placed)

    assert isinstance(command, OpenBook)
    sale = command.sale
    assert (sale.order_id, sale.legal_entity, sale.market, sale.currency) == (
        ORDER,
        "US1",
        "US",
        "USD",
    )
    (sold,), (terms,) = sale.lines, sale.terms
    assert (sold.mode, sold.surface, sold.value) == (
        Mode.MARKETPLACE,
        Surface.LIVE,
        Value(4500, 300, 499, 371, 0),
    )
    assert (terms.fee_basis, terms.referral, terms.settlement_hold_days) == (
        FeeBasis.ITEM_NET,
        600,
        7,
    )


@pytest.mark.parametrize(
    "message",
    [
        order.OrderExpired(order_id=str(ORDER)),
        order.OrderRejected(order_id=str(ORDER)),
        order.OrderPaid(order_id=str(ORDER), payment_id=PAYMENT),
    ],
    ids=lambda message: type(message).__name__,
)
def test_what_moves_no_money_is_not_the_books_concern(message: Message) -> None:
    assert asked(policies.ledger_follows_order, message) == []


def test_a_merchants_terms_say_how_it_is_paid() -> None:
    terms = terms_pb2.Terms(merchant_id="acme", payout_currency="CNY", minimum_payout=1000)

    (command,) = asked(
        policies.ledger_follows_catalog, catalog.TermsPublished(merchant_id="acme", terms=terms)
    )

    assert isinstance(command, Agree)
    assert (command.payee, command.terms) == ("acme", PayoutTerms("CNY", 1000))


def test_a_payout_ends_as_the_bank_says() -> None:
    payout_id = str(UUID(int=5))

    (paid,) = asked(
        policies.ledger_follows_payment,
        payment.PayoutPaid(payout_id=payout_id, amount=23189, paid_at=moment()),
    )
    (failed,) = asked(
        policies.ledger_follows_payment,
        payment.PayoutFailed(payout_id=payout_id, failure_code="CLOSED", failed_at=moment()),
    )

    assert isinstance(paid, ConfirmPayout)
    assert (paid.payout_id, paid.amount, paid.paid_at) == (UUID(int=5), 23189, AT)
    assert isinstance(failed, FailPayout)
    assert failed.failure_code == "CLOSED"


def test_each_merchant_of_settled_lines_expects_a_statement_once() -> None:
    lines = [
        ledger.SettledLine(line_id=str(number), merchant_id=merchant)
        for number, merchant in enumerate(["zen", "acme", "zen"])
    ]
    settled = ledger.LinesSettled(
        order_id=str(ORDER), lines=lines, currency="USD", legal_entity="US1", settled_at=moment()
    )

    commands = asked(policies.ledger_follows_itself, settled)

    assert [(type(each), each.payee, each.role) for each in commands] == [
        (ExpectStatement, "acme", Role.MERCHANT),
        (ExpectStatement, "zen", Role.MERCHANT),
    ]
    assert len({each.request_id for each in commands}) == 2


def test_whoever_earned_expects_a_statement_in_the_currency_earned() -> None:
    released = ledger.EarningsReleased(
        order_id=str(ORDER),
        earnings=[
            ledger.Earning(payee_id="supplier", role=ledger.PAYEE_ROLE_SUPPLIER, currency="CNY")
        ],
        legal_entity="EU1",
        released_at=moment(),
    )

    (command,) = asked(policies.ledger_follows_itself, released)

    assert (command.payee, command.role, command.currency) == ("supplier", Role.SUPPLIER, "CNY")


def test_a_day_that_is_over_closes_its_statement() -> None:
    due = ledger.StatementDue(
        payee_id="acme",
        role=ledger.PAYEE_ROLE_MERCHANT,
        currency="USD",
        legal_entity="US1",
        cut_at=moment(),
    )

    (command,) = asked(policies.ledger_follows_itself, due)

    assert isinstance(command, CloseStatement)
    assert (command.payee, command.role, command.cut_at) == ("acme", Role.MERCHANT, AT)
