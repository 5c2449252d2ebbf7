"""Orders at random, and what may happen to them, as each topic would tell it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid5

from hypothesis import strategies as st

from libs.domain import happening
from libs.money import cumulative_share
from services.ledger.domain import OrderBook
from services.ledger.domain.notes import (
    Arrival,
    Authorization,
    Capture,
    Carriage,
    Case,
    Funds,
    Note,
    Refund,
    RefundLine,
    Repayment,
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
from tests.services.ledger.orders import DAY, DELIVERED, ORDER, PAYMENT, PLACED

Telling = Sale | Note
"""What a topic tells: the order itself, or something about it."""


@dataclass(frozen=True)
class Story:
    """An order, and what each topic tells of it, in that topic's own order."""

    sale: Sale
    topics: tuple[tuple[Telling, ...], ...]

    def straight(self) -> list[Telling]:
        """As if there were one topic: order, payment, warehouse, returns."""
        return [telling for topic in self.topics for telling in topic]


def told(tellings: list[Telling]) -> OrderBook:
    """The order's book after all of it came, in this order."""
    with happening(PLACED):
        book = OrderBook(id=ORDER, order_id=ORDER)
        for telling in tellings:
            if isinstance(telling, Sale):
                book.place(telling)
            else:
                book.note(telling)
    return book


@st.composite
def lines(draw: st.DrawFn, number: int) -> SoldLine:
    mode = draw(st.sampled_from(Mode))
    item = draw(st.integers(0, 100_000))
    merchant_discount = draw(st.integers(0, item))
    platform_discount = draw(st.integers(0, item - merchant_discount))
    return SoldLine(
        order_line=str(uuid5(ORDER, str(number))),
        merchant=draw(st.sampled_from(["acme", "zen"])),
        mode=mode,
        surface=draw(st.sampled_from(Surface)),
        quantity=draw(st.integers(1, 5)),
        terms_id=draw(st.sampled_from(["terms-0", "terms-1"])),
        item=item,
        merchant_discount=merchant_discount,
        platform_discount=platform_discount,
        shipping=draw(st.integers(0, 2_000)),
        tax=draw(st.integers(0, 20_000)),
        duty=draw(st.integers(0, 3_000)),
        creator=draw(st.sampled_from(["", "lina"])),
        agency=draw(st.sampled_from(["", "stars"])),
        agency_share=draw(st.integers(0, 10_000)),
        partner=draw(st.sampled_from(["", "studio"])),
        supply_cost=draw(st.integers(0, 50_000)) if mode is Mode.FULL_SERVICE else 0,
        supply_currency="CNY" if mode is Mode.FULL_SERVICE else "",
        supply_cost_converted=draw(st.integers(0, 9_000)) if mode is Mode.FULL_SERVICE else 0,
    )


@st.composite
def terms(draw: st.DrawFn, terms_id: str) -> Terms:
    hold = draw(st.integers(0, 31))
    return Terms(
        terms_id=terms_id,
        fee_basis=draw(st.sampled_from(FeeBasis)),
        referral=draw(st.integers(0, 3_000)),
        referral_flat=draw(st.integers(0, 500)),
        creator=draw(st.integers(0, 3_000)),
        partner=draw(st.integers(0, 1_000)),
        refund_administration=draw(st.integers(0, 5_000)),
        reserve=draw(st.integers(0, 5_000)),
        reserve_days=draw(st.integers(0, 40)),
        settlement_hold_days=hold,
        commission_hold_days=draw(st.integers(0, 40)),
    )


@st.composite
def sales(draw: st.DrawFn) -> Sale:
    count = draw(st.integers(1, 4))
    return Sale(
        order_id=ORDER,
        legal_entity="UK1",
        market="GB",
        currency="GBP",
        lines=tuple(draw(lines(number)) for number in range(count)),
        terms=(draw(terms("terms-0")), draw(terms("terms-1"))),
        placed_at=PLACED,
    )


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Some units are cancelled, the rest is sent and arrives or is lost, some comes back."""
    sale = draw(sales())
    cancelled = {line.order_line: draw(st.integers(0, line.quantity)) for line in sale.lines}
    left = {line.order_line: line.quantity - cancelled[line.order_line] for line in sale.lines}
    first = {name: draw(st.integers(0, units)) for name, units in left.items()}
    second = {name: units - first[name] for name, units in left.items()}
    parcels = (first, second)
    number_lost = draw(st.sampled_from([None, 0, 1]))
    lost = dict.fromkeys(left, 0) if number_lost is None else parcels[number_lost]
    back = {name: draw(st.integers(0, left[name] - lost[name])) for name in left}
    gone = {name: cancelled[name] + lost[name] for name in left}
    fault = draw(st.sampled_from(Fault))
    cancellation = _refund("cancel", sale, {}, cancelled, Fault.MERCHANT, cancelled=True)
    loss = _refund("loss", sale, cancelled, lost, Fault.CARRIER, lost=True)
    decision = _refund("return", sale, gone, back, fault, label=draw(st.integers(0, 900)))
    total = sum(line.value.charged for line in sale.lines)
    never_captured = draw(st.booleans()) and 0 < cancellation.amount < total
    taken = total - cancellation.amount if never_captured else total
    fee = draw(st.integers(0, taken))
    payment = [
        Note(authorization=Authorization(PAYMENT, total, PLACED)),
        Note(capture=Capture(PAYMENT, taken, taken, PLACED)),
        Note(funds=Funds(PAYMENT, taken, fee, PLACED + DAY)),
        *(
            Note(repayment=Repayment(refund.refund, PAYMENT, refund.amount, DELIVERED + 3 * DAY))
            for refund in (cancellation, loss, decision)
            if refund.lines and not (never_captured and refund is cancellation)
        ),
    ]
    return Story(
        sale,
        (
            (sale, *_told(cancellation)),
            tuple(payment),
            tuple(_parcels(draw, parcels, number_lost=number_lost)),
            (*_told(loss), *_return(decision)),
        ),
    )


@st.composite
def interleaved(draw: st.DrawFn, story: Story) -> list[Telling]:
    """The topics come in any mixture, each in its own order."""
    waiting = [list(topic) for topic in story.topics if topic]
    tellings: list[Telling] = []
    while waiting:
        topic = waiting[draw(st.integers(0, len(waiting) - 1))]
        tellings.append(topic.pop(0))
        waiting = [topic for topic in waiting if topic]
    return tellings


def worth(line: SoldLine, *, units: int, before: int) -> Value:
    """What the next units are worth, so that the last of them clears to zero."""
    return Value(
        *(
            cumulative_share(amount, units=before + units, of=line.quantity, already=0)
            - cumulative_share(amount, units=before, of=line.quantity, already=0)
            for amount in line.value
        )
    )


def _refund(
    name: str,
    sale: Sale,
    before: dict[str, int],
    units: dict[str, int],
    fault: Fault,
    *,
    cancelled: bool = False,
    lost: bool = False,
    label: int = 0,
) -> Refund:
    return Refund(
        refund=str(uuid5(ORDER, name)),
        payment=PAYMENT,
        lines=tuple(
            RefundLine(
                line.order_line,
                units[line.order_line],
                worth(line, units=units[line.order_line], before=before.get(line.order_line, 0)),
            )
            for line in sale.lines
            if units[line.order_line]
        ),
        fault=fault,
        at=PLACED + timedelta(hours=3) if cancelled else DELIVERED + 2 * DAY,
        cancelled=cancelled,
        lost=lost,
        label_charged=label,
        label_cost=label,
    )


def _told(refund: Refund) -> Iterator[Note]:
    if refund.lines:
        yield Note(refund=refund)


def _return(refund: Refund) -> Iterator[Note]:
    for line in refund.lines:
        yield Note(case=Case(line.order_line, f"case {line.order_line}", True, DELIVERED + DAY))
    yield from _told(refund)
    for line in refund.lines:
        case = Case(line.order_line, f"case {line.order_line}", False, DELIVERED + 3 * DAY)
        yield Note(case=case)


def _parcels(
    draw: st.DrawFn, parcels: tuple[dict[str, int], ...], *, number_lost: int | None
) -> Iterator[Note]:
    """One parcel or two, of which one may be lost."""
    for number, parcel in enumerate(parcels):
        content = [(name, units) for name, units in parcel.items() if units]
        if content:
            at = PLACED + (number + 1) * DAY
            carriages = tuple(
                Carriage(
                    name,
                    units,
                    charged=draw(st.integers(0, 900)),
                    cost=draw(st.integers(0, 900)),
                    handling=draw(st.integers(0, 300)),
                    duty=draw(st.integers(0, 900)),
                )
                for name, units in content
            )
            yield Note(shipment=Shipment(carriages, at))
            arrived = tuple(Units(name, units) for name, units in content)
            yield Note(arrival=Arrival(arrived, at + DAY, lost=number == number_lost))
