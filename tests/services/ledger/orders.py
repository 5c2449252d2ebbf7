"""Two orders, one in each selling mode, whose every entry is known by heart."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from libs.domain import Aggregate, happening
from services.ledger.domain import OrderBook
from services.ledger.domain.notes import (
    Arrival,
    Authorization,
    Capture,
    Carriage,
    Funds,
    Note,
    Refund,
    RefundLine,
    Shipment,
    Units,
)
from services.ledger.domain.sale import (
    Fault,
    FeeBasis,
    Mode,
    Sale,
    SoldLine,
    Surface,
    Terms,
    Value,
)

DAY = timedelta(days=1)
PLACED = datetime(2026, 3, 2, 20, 15, tzinfo=UTC)
HANDED_OVER = PLACED + DAY
DELIVERED = PLACED + 3 * DAY
SETTLED = DELIVERED + 7 * DAY
NEVER = PLACED + 3650 * DAY

ORDER = UUID("0a4b3c2d-0000-4000-8000-000000000001")
LINE = str(uuid5(ORDER, "line"))
PAYMENT = str(uuid5(ORDER, "payment"))
REFUND = str(uuid5(ORDER, "refund"))

TERMS = Terms(
    terms_id="terms-1",
    fee_basis=FeeBasis.CUSTOMER_PAYMENT,
    referral=600,
    creator=1000,
    partner=200,
    refund_administration=2000,
    reserve=1000,
    reserve_days=30,
    settlement_hold_days=7,
    commission_hold_days=15,
)
O1 = Sale(
    order_id=ORDER,
    legal_entity="US1",
    market="US",
    currency="USD",
    lines=(
        SoldLine(
            order_line=LINE,
            merchant="acme",
            mode=Mode.MARKETPLACE,
            surface=Surface.LIVE,
            quantity=2,
            terms_id=TERMS.terms_id,
            item=5000,
            merchant_discount=500,
            platform_discount=300,
            shipping=499,
            tax=371,
            creator="lina",
            agency="stars",
            agency_share=2000,
            partner="studio",
        ),
    ),
    terms=(TERMS,),
    placed_at=PLACED,
)
FULL_SERVICE = Sale(
    order_id=ORDER,
    legal_entity="EU1",
    market="DE",
    currency="EUR",
    lines=(
        SoldLine(
            order_line=LINE,
            merchant="supplier",
            mode=Mode.FULL_SERVICE,
            surface=Surface.VIDEO,
            quantity=1,
            terms_id=TERMS.terms_id,
            item=2000,
            shipping=249,
            tax=450,
            creator="lina",
            supply_cost=6200,
            supply_currency="CNY",
            supply_cost_converted=800,
        ),
    ),
    terms=(TERMS,),
    placed_at=PLACED,
)

WHOLE = Value(gmv=4500, platform_discount=300, shipping=499, tax=371)
ONE_UNIT = Value(gmv=2250, platform_discount=150, tax=186)

AUTHORIZED = Note(authorization=Authorization(PAYMENT, 5070, PLACED))
CAPTURED = Note(capture=Capture(PAYMENT, 5070, 5070, PLACED))
FUNDS = Note(funds=Funds(PAYMENT, 5070, 177, PLACED + DAY))
SHIPPED = Note(shipment=Shipment((Carriage(LINE, 2, charged=650, cost=620),), HANDED_OVER))
ARRIVED = Note(arrival=Arrival((Units(LINE, 2),), DELIVERED))


def cancelled(value: Value = WHOLE, *, units: int = 2) -> Note:
    """Units were cancelled before dispatch."""
    lines = (RefundLine(LINE, units, value),)
    at = PLACED + timedelta(hours=5)
    return Note(refund=Refund(REFUND, PAYMENT, lines, Fault.MERCHANT, at, cancelled=True))


def returned(
    at: datetime,
    *,
    value: Value = ONE_UNIT,
    units: int = 1,
    fault: Fault = Fault.MERCHANT,
    label: int = 0,
    refund: str = REFUND,
    lost: bool = False,
) -> Note:
    """Units came back, and the buyer gets money for them."""
    return Note(
        refund=Refund(
            refund,
            PAYMENT,
            (RefundLine(LINE, units, value),),
            fault,
            at,
            label_charged=label,
            label_cost=label,
            lost=lost,
        )
    )


def opened(sale: Sale, *notes: Note) -> OrderBook:
    """The book of an order that was placed and of which this became known."""
    with happening(PLACED):
        book = OrderBook(id=sale.order_id, order_id=sale.order_id)
        book.place(sale)
        for note in notes:
            book.note(note)
    return book


def until(book: OrderBook, moment: datetime) -> OrderBook:
    """Time passes."""
    with happening(moment):
        book.fall_due(moment)
    return book


def settled(*notes: Note) -> OrderBook:
    """O1 delivered, its hold over, and the reserve still held."""
    return until(opened(O1, CAPTURED, SHIPPED, ARRIVED, *notes), SETTLED)


def told(book: OrderBook, note: Note, **funds: int) -> OrderBook:
    """One more thing becomes known; `funds` is what merchants have available."""
    with happening(PLACED):
        book.note(note, funds=funds)
    return book


def facts(aggregate: Aggregate) -> list[Aggregate.Event]:
    """What was recorded since the last look."""
    return list(aggregate.collect_events())  # type: ignore[arg-type]
