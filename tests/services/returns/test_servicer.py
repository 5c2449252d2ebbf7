"""Returns over gRPC: what a caller gets, sees and may do."""

from datetime import UTC, datetime, timedelta
from itertools import count
from unittest.mock import sentinel
from uuid import UUID

import pytest
from google.type.money_pb2 import Money

from libs.contracts.common.v1 import types_pb2
from libs.contracts.returns.v1 import returns_service_pb2 as pb
from libs.domain import Forbidden, NotFound
from libs.eventstore import StaleEtag, Store
from libs.rpc import Caller, calling_as
from libs.rpc.convert import timestamp
from libs.runtime.clock import ManualClock
from services.returns.app import ReturnsApp
from services.returns.commands import NoteDelivery, NotePayment, NoteRefund, NoteSale
from services.returns.domain import Amounts, Deadlines, Goods, LineUnits, SoldLine
from services.returns.servicer import ReturnsServicer

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDER, LINE, PAYMENT = (UUID(int=number) for number in range(1, 4))
NAME = f"orders/{ORDER}"
STOREFRONT = Caller(subject="storefront", roles=frozenset({"service"}))
BUYER = Caller(subject="buyer-1", roles=frozenset({"buyer"}))
STRANGER = Caller(subject="buyer-2", roles=frozenset({"buyer"}))
SELLER = Caller(subject="ann", roles=frozenset({"merchant"}), merchant="silk-road")
RIVAL = Caller(subject="bob", roles=frozenset({"merchant"}), merchant="tea-house")
_requests = count(1_000)


def request_id() -> str:
    return str(UUID(int=next(_requests)))


def usd(cents: int) -> Money:
    return Money(currency_code="USD", units=cents // 100, nanos=cents % 100 * 10_000_000)


@pytest.fixture
async def app(store: Store, clock: ManualClock) -> ReturnsApp:
    """An order of two scarves that has just arrived; its facts came in no particular order."""
    app = ReturnsApp(store, clock, Deadlines())
    line = SoldLine(
        Goods(LINE, "SCARF-RED", "silk-road"),
        "silk-road",
        2,
        Amounts(5000, 500, 300, 499, 371),
        30,
    )
    await app.note_delivery(
        NoteDelivery(
            request_id=UUID(request_id()),
            order_id=ORDER,
            package_id="package-1",
            lines=(LineUnits(LINE, 2),),
            delivered_at=NOW,
        )
    )
    await app.note_payment(
        NotePayment(request_id=UUID(request_id()), order_id=ORDER, payment_id=PAYMENT)
    )
    await app.note_sale(
        NoteSale(
            request_id=UUID(request_id()),
            order_id=ORDER,
            buyer_id="buyer-1",
            currency="USD",
            lines=(line,),
        )
    )
    return app


@pytest.fixture
def returns(app: ReturnsApp) -> ReturnsServicer:
    return ReturnsServicer(app, cases=sentinel.cases)


def ask(*, agreed: bool = False) -> pb.OpenReturnRequest:
    return pb.OpenReturnRequest(
        request_id=request_id(),
        order=NAME,
        line_id=str(LINE),
        quantity=1,
        kind=pb.RETURN_KIND_RETURN_AND_REFUND,
        reason=pb.RETURN_REASON_CHANGED_MIND,
        agreed=agreed,
    )


def eligibility(quantity: int = 1) -> pb.CheckEligibilityRequest:
    return pb.CheckEligibilityRequest(order=NAME, line_id=str(LINE), quantity=quantity)


def inspection(case: pb.ReturnCase) -> pb.RecordInspectionRequest:
    finding = pb.Finding(quantity=1, disposition=types_pb2.DISPOSITION_SELLABLE)
    return pb.RecordInspectionRequest(
        request_id=request_id(), name=case.name, node_id="newark", findings=[finding]
    )


async def test_a_buyer_learns_what_may_come_back_and_until_when(
    returns: ReturnsServicer,
) -> None:
    with calling_as(BUYER):
        answer = await returns.CheckEligibility(eligibility(), None)

    assert answer == pb.Eligibility(
        eligible=True,
        returnable_quantity=2,
        window_ends_at=timestamp(NOW + timedelta(days=30)),
    )


@pytest.mark.parametrize(
    ("quantity", "days", "reason"),
    [
        (3, 0, pb.ERROR_REASON_TOO_MANY_UNITS),
        (1, 31, pb.ERROR_REASON_RETURN_WINDOW_OVER),
    ],
)
async def test_a_buyer_learns_why_not(
    returns: ReturnsServicer,
    clock: ManualClock,
    quantity: int,
    days: int,
    reason: pb.ErrorReason.ValueType,
) -> None:
    clock.advance(timedelta(days=days))

    with calling_as(BUYER):
        answer = await returns.CheckEligibility(eligibility(quantity), None)

    assert not answer.eligible
    assert answer.reason == reason


async def test_the_refund_is_what_was_calculated(returns: ReturnsServicer) -> None:
    with calling_as(BUYER):
        calculated = await returns.CalculateRefund(
            pb.CalculateRefundRequest(
                order=NAME,
                line_id=str(LINE),
                quantity=1,
                kind=pb.RETURN_KIND_RETURN_AND_REFUND,
                reason=pb.RETURN_REASON_CHANGED_MIND,
            ),
            None,
        )
    with calling_as(STOREFRONT):
        case = await returns.OpenReturn(ask(agreed=True), None)
        inspected = await returns.RecordInspection(inspection(case), None)

    decided = inspected.refund
    assert decided.refund_id
    decided.refund_id = ""
    assert decided == calculated
    assert decided.refund == usd(2286)
    assert decided.shipping == usd(0)


async def test_a_return_from_asking_to_the_end(returns: ReturnsServicer, app: ReturnsApp) -> None:
    with calling_as(BUYER):
        case = await returns.OpenReturn(ask(), None)
    with calling_as(SELLER):
        approved = await returns.DecideReturn(
            pb.DecideReturnRequest(
                request_id=request_id(), name=case.name, approved=True, etag=case.etag
            ),
            None,
        )
    with calling_as(BUYER):
        sent = await returns.RegisterShipBack(
            pb.RegisterShipBackRequest(
                request_id=request_id(),
                name=case.name,
                carrier="UPS",
                tracking_number="1Z-9",
            ),
            None,
        )
    with calling_as(STOREFRONT):
        inspected = await returns.RecordInspection(inspection(case), None)
    await app.note_refund(
        NoteRefund(
            request_id=UUID(request_id()),
            order_id=ORDER,
            refund_id=UUID(inspected.refund.refund_id),
            note="refunded",
        )
    )
    with calling_as(BUYER):
        closed = await returns.GetReturn(pb.GetReturnRequest(name=case.name), None)

    assert [each.state for each in (case, approved, sent, inspected, closed)] == [
        pb.ReturnCase.STATE_REQUESTED,
        pb.ReturnCase.STATE_AWAITING_BUYER_SHIP,
        pb.ReturnCase.STATE_IN_TRANSIT,
        pb.ReturnCase.STATE_REFUNDING,
        pb.ReturnCase.STATE_CLOSED,
    ]
    assert case.due_at == timestamp(NOW + timedelta(hours=48))
    assert closed.verdict == pb.ReturnCase.VERDICT_ACCEPTED
    assert closed.note == "refunded"


async def test_the_same_request_gets_the_same_answer(returns: ReturnsServicer) -> None:
    request = ask()

    with calling_as(BUYER):
        first = await returns.OpenReturn(request, None)
        second = await returns.OpenReturn(request, None)

    assert first == second


async def test_importers_open_and_inspect_many_at_once(returns: ReturnsServicer) -> None:
    requests = [ask(agreed=True) for _ in range(3)]

    with calling_as(STOREFRONT):
        opened = await returns.BatchOpenReturns(pb.BatchOpenReturnsRequest(requests=requests), None)
        cases = [it.return_case for it in opened.results if it.HasField("return_case")]
        inspected = await returns.BatchRecordInspections(
            pb.BatchRecordInspectionsRequest(requests=[inspection(case) for case in cases]),
            None,
        )

    assert len(cases) == 2
    refunds = [result.return_case.refund.refund for result in inspected.results]
    assert sum(refund.units * 100 + refund.nanos // 10_000_000 for refund in refunds) == 4571


async def test_a_decision_on_what_has_changed_since_is_refused(returns: ReturnsServicer) -> None:
    with calling_as(BUYER):
        case = await returns.OpenReturn(ask(), None)
        await returns.OpenReturn(ask(), None)

    with calling_as(SELLER), pytest.raises(StaleEtag):
        await returns.DecideReturn(
            pb.DecideReturnRequest(
                request_id=request_id(), name=case.name, approved=True, etag=case.etag
            ),
            None,
        )


@pytest.mark.parametrize("who", [STRANGER, RIVAL])
async def test_strangers_find_nothing(returns: ReturnsServicer, who: Caller) -> None:
    with calling_as(BUYER):
        case = await returns.OpenReturn(ask(), None)

    with calling_as(who):
        with pytest.raises(NotFound):
            await returns.GetReturn(pb.GetReturnRequest(name=case.name), None)
        with pytest.raises(NotFound):
            await returns.CheckEligibility(eligibility(), None)
        with pytest.raises(NotFound):
            await returns.OpenReturn(ask(), None)


async def test_a_buyer_does_not_approve_their_own_request(returns: ReturnsServicer) -> None:
    with calling_as(BUYER), pytest.raises(Forbidden):
        await returns.OpenReturn(ask(agreed=True), None)
