"""Posting rules: what each fact of the ledger does to the books.

A rule sees one row: an order line's named amounts, or the fact itself where it lists none. It
has no ifs, reads nothing else, and uses only arithmetic; what does not apply is 0 and falls away.
So the same rule posts a single fact and a column of a million.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar, get_args, get_type_hints

from libs.books import Entry, Leg, Line, credit, debit
from libs.domain import Aggregate, Started
from services.ledger import chart
from services.ledger.domain import Adjustment, Agreement, OrderBook, Payee, Payout, Treasury
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

Fact = Aggregate.Event | Started
Row = TypeVar("Row")
Legs = Iterator[Leg]

_PLACES: Final = ("currency", *chart.LEAF, *chart.REFERENCES)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, the fact it posts, and which fields of fact and row say where its lines belong."""

    name: str
    version: int
    fact: type[Fact]
    legs: Callable[[Any], Legs]  # each rule declares the row that it takes
    row: type | None
    fact_places: tuple[str, ...]
    row_places: tuple[str, ...]

    def lines(self, fact: Any) -> Iterator[Line]:  # a fact of the class `self.fact`
        """What the rule moves for every row of the fact, placed."""
        places = {name: getattr(fact, name) for name in self.fact_places}
        if self.row is None:
            return (leg.placed(places) for leg in self.legs(fact) if leg.amount)
        return self._lines_of_rows(fact.items, places)

    def _lines_of_rows(self, rows: Any, places: Mapping[str, str]) -> Iterator[Line]:
        legs, names = self.legs, self.row_places
        for row in rows:
            at = {**places, **{name: getattr(row, name) for name in names}}
            for leg in legs(row):
                if leg.amount:
                    yield leg.placed(at)


RULES: Final[dict[type[Fact], Rule]] = {}
"""The rule of every fact that posts."""


def posts(
    fact: type[Fact], *, version: int
) -> Callable[[Callable[[Row], Legs]], Callable[[Row], Legs]]:
    """Declare the rule for a fact. A changed rule is a new version, and old entries keep theirs."""

    def declare(legs: Callable[[Row], Legs]) -> Callable[[Row], Legs]:
        hints = get_type_hints(fact)
        row = get_args(hints["items"])[0] if "items" in hints else None
        fields: tuple[str, ...] = row._fields if row else ()
        RULES[fact] = Rule(
            name=legs.__name__,
            version=version,
            fact=fact,
            legs=legs,
            row=row,
            fact_places=tuple(name for name in _PLACES if name in hints),
            row_places=tuple(name for name in _PLACES if name in fields),
        )
        return legs

    return declare


def entry_for(fact: Fact) -> Entry:
    """The entry of a fact that posts; it may have no lines, when every amount was 0."""
    rule = RULES[type(fact)]
    return Entry.of(rule.name, rule.lines(fact))


SILENT: Final[frozenset[type[Fact]]] = frozenset(
    {
        OrderBook.Opened,
        OrderBook.Placed,
        OrderBook.Awaited,
        OrderBook.TakenUp,
        OrderBook.CancellationWaived,
        OrderBook.SettlementSuspended,
        OrderBook.SettlementResumed,
        Payee.Opened,
        Payee.StatementExpected,
        Payee.CutReached,
        Payee.StatementClosed,
        Payee.Drawn,
        Payee.Held,
        Payee.Released,
        Adjustment.Proposed,
        Adjustment.Approved,
        Agreement.Opened,
        Agreement.Changed,
        Treasury.Opened,
    }
)
"""Facts that move nothing in the books."""


# Buyers pay


@posts(OrderBook.AuthorizationHeld, version=1)
def authorization_held(f: OrderBook.AuthorizationHeld) -> Legs:
    """Memo only: nothing is owed before it is captured."""
    yield debit(chart.AUTHORIZED, f.amount)
    yield credit(chart.AUTHORIZED_CONTRA, f.amount)


@posts(OrderBook.AuthorizationReleased, version=1)
def authorization_released(f: OrderBook.AuthorizationReleased) -> Legs:
    """Captured or voided, the memo ends."""
    yield debit(chart.AUTHORIZED_CONTRA, f.amount)
    yield credit(chart.AUTHORIZED, f.amount)


@posts(OrderBook.CaptureAllocated, version=1)
def capture_allocated(line: Captured) -> Legs:
    """The provider owes us what the buyer paid; nothing is earned before delivery and hold."""
    yield debit(chart.PROVIDER_RECEIVABLE, line.charged)
    yield debit(chart.DEFERRED_PROMOTION, line.promotion)
    yield credit(chart.ESCROW_UNDELIVERED, line.escrow)
    yield credit(chart.CONTRACT_LIABILITY, line.contract)
    yield credit(chart.SALES_TAX, line.sales_tax)
    yield credit(chart.VAT, line.vat)
    yield credit(chart.DUTY, line.duty)
    yield debit(chart.GMV, line.gmv)
    yield credit(chart.GMV_CONTRA, line.gmv)


@posts(OrderBook.ConflictTaken, version=1)
def conflict_taken(f: OrderBook.ConflictTaken) -> Legs:
    """The provider owes us what it took by mistake, and we owe it to the buyer."""
    yield debit(chart.PROVIDER_RECEIVABLE, f.amount)
    yield credit(chart.REFUNDS_PAYABLE, f.amount)


@posts(OrderBook.FundsReceived, version=1)
def funds_received(f: OrderBook.FundsReceived) -> Legs:
    """The provider keeps its fee and pays the rest into client money, less what it refunded."""
    yield debit(chart.CLIENT_CASH, f.gross - f.fee)
    yield debit(chart.PROVIDER_FEES, f.fee)
    yield credit(chart.PROVIDER_RECEIVABLE, f.gross)


# Goods move


@posts(OrderBook.CarriageAccrued, version=1)
def carriage_accrued(line: Carried) -> Legs:
    """Carrier, warehouse and customs are owed; the merchant is charged when the line settles."""
    yield debit(chart.CARRIAGE, line.carriage)
    yield credit(chart.CARRIERS_PAYABLE, line.carriage)
    yield debit(chart.WAREHOUSING, line.handling)
    yield credit(chart.WAREHOUSES_PAYABLE, line.handling)
    yield debit(chart.DUTY_COST, line.duty)
    yield credit(chart.DUTY, line.duty)


@posts(OrderBook.SupplyTaken, version=1)
def supply_taken(line: Supplied) -> Legs:
    """The goods are ours and their supplier is owed, each in its own currency."""
    yield debit(chart.GOODS_IN_TRANSIT, line.goods)
    yield credit(chart.FX_POSITION, line.goods_exchanged)
    yield debit(chart.FX_POSITION, line.supply_exchanged, currency=line.supply_currency)
    yield credit(chart.SUPPLIER_PAYABLE, line.supply, currency=line.supply_currency)


@posts(OrderBook.EscrowHeld, version=1)
def escrow_held(line: Delivered) -> Legs:
    """Delivered: the hold before settlement begins."""
    yield debit(chart.ESCROW_UNDELIVERED, line.escrow)
    yield credit(chart.ESCROW_IN_HOLD, line.escrow)


@posts(OrderBook.RevenueEarned, version=1)
def revenue_earned(line: Earned) -> Legs:
    """As principal we earn at delivery, with the cost of what was sold against it."""
    yield debit(chart.CONTRACT_LIABILITY, line.contract)
    yield credit(chart.PRODUCT_REVENUE, line.revenue)
    yield credit(chart.SHIPPING_INCOME, line.shipping)
    yield debit(chart.COST_OF_GOODS, line.goods)
    yield credit(chart.GOODS_IN_TRANSIT, line.goods)
    yield debit(chart.CREATOR_COST, line.commission + line.agency_commission)
    yield credit(chart.CREATOR_PENDING, line.commission, payee=line.creator)
    yield credit(chart.AGENCY_PENDING, line.agency_commission, payee=line.agency)
    yield debit(chart.PARTNER_COST, line.partner_share)
    yield credit(chart.PARTNER_PENDING, line.partner_share, payee=line.partner)


@posts(OrderBook.GoodsLost, version=2)
def goods_lost(line: Lost) -> Legs:
    """What was ours already is gone, and the carrier owes us what it cost.

    Version 1 knew no claim: its facts have none, and post a loss.
    """
    yield debit(chart.CLAIMS, line.claim)
    yield debit(chart.STOCK_LOSS, line.goods - line.claim)
    yield credit(chart.GOODS_IN_TRANSIT, line.goods)


@posts(OrderBook.GoodsCameBack, version=1)
def goods_came_back(line: GoodsBack) -> Legs:
    """What was sold is not sold: its cost goes back to the supplier, or is claimed."""
    yield credit(chart.COST_OF_GOODS, line.goods)
    yield debit(chart.CLAIMS, line.claim)
    yield debit(chart.FX_POSITION, line.goods_exchanged)
    yield debit(chart.SUPPLIER_PAYABLE, line.unpaid, currency=line.supply_currency)
    yield debit(chart.MERCHANT_RECEIVABLE, line.owed, currency=line.supply_currency)
    yield credit(chart.FX_POSITION, line.supply_exchanged, currency=line.supply_currency)


# Lines settle


@posts(OrderBook.LinesSettled, version=1)
def lines_settled(line: Settled) -> Legs:
    """The hold is over: escrow is split, and only now do fees and promotion reach the result."""
    yield debit(chart.ESCROW_IN_HOLD, line.escrow)
    yield debit(chart.MERCHANT_RECEIVABLE, line.shortfall)
    yield credit(chart.REFERRAL_COMMISSION, line.referral)
    yield credit(chart.REFUND_ADMINISTRATION, line.administration)
    yield credit(chart.SHIPPING_INCOME, line.carriage)
    yield credit(chart.CREATOR_PENDING, line.commission, payee=line.creator)
    yield credit(chart.AGENCY_PENDING, line.agency_commission, payee=line.agency)
    yield credit(chart.RESERVE, line.reserve)
    yield credit(chart.AVAILABLE, line.available)
    yield debit(chart.PLATFORM_PROMOTION, line.promotion)
    yield credit(chart.DEFERRED_PROMOTION, line.promotion)
    yield debit(chart.PARTNER_COST, line.partner_share)
    yield credit(chart.PARTNER_PENDING, line.partner_share, payee=line.partner)


@posts(OrderBook.ReserveReleased, version=1)
def reserve_released(line: Released) -> Legs:
    """The reserve was not needed."""
    yield debit(chart.RESERVE, line.reserve)
    yield credit(chart.AVAILABLE, line.reserve)


@posts(OrderBook.CommissionReleased, version=1)
def commission_released(line: Commissioned) -> Legs:
    """Those who brought the buyer may have their part."""
    yield debit(chart.CREATOR_PENDING, line.commission, payee=line.creator)
    yield credit(chart.CREATOR_AVAILABLE, line.commission, payee=line.creator)
    yield debit(chart.AGENCY_PENDING, line.agency_commission, payee=line.agency)
    yield credit(chart.AGENCY_AVAILABLE, line.agency_commission, payee=line.agency)
    yield debit(chart.PARTNER_PENDING, line.partner_share, payee=line.partner)
    yield credit(chart.PARTNER_AVAILABLE, line.partner_share, payee=line.partner)


@posts(OrderBook.SupplierCredited, version=1)
def supplier_credited(line: SupplyDue) -> Legs:
    """The supplier may have what was owed."""
    yield debit(chart.SUPPLIER_PAYABLE, line.supply, currency=line.supply_currency)
    yield credit(chart.AVAILABLE, line.supply, currency=line.supply_currency)


# Buyers get money back


@posts(OrderBook.EscrowRefunded, version=1)
def escrow_refunded(line: Returned) -> Legs:
    """Not settled yet: what was set aside for the line goes back to the buyer."""
    yield debit(chart.ESCROW_UNDELIVERED, line.undelivered)
    yield debit(chart.ESCROW_IN_HOLD, line.in_hold)
    yield debit(chart.CONTRACT_LIABILITY, line.contract)
    yield debit(chart.MERCHANT_RECEIVABLE, line.shortfall)
    yield debit(chart.SALES_TAX, line.sales_tax)
    yield debit(chart.VAT, line.vat)
    yield debit(chart.DUTY, line.duty)
    yield credit(chart.DEFERRED_PROMOTION, line.promotion)
    yield credit(chart.REFUNDS_PAYABLE, line.refund)
    yield debit(chart.GMV_CONTRA, line.gmv)
    yield credit(chart.GMV_REVERSED, line.gmv)


@posts(OrderBook.SettlementReversed, version=1)
def settlement_reversed(line: Reversed) -> Legs:
    """Settled already: merchant, creator, agency and partner give back, we our commission."""
    yield debit(chart.AVAILABLE, line.available)
    yield debit(chart.RESERVE, line.reserve)
    yield debit(chart.MERCHANT_RECEIVABLE, line.shortfall)
    yield debit(chart.REFERRAL_COMMISSION, line.referral)
    yield debit(chart.CREATOR_PENDING, line.commission, payee=line.creator)
    yield debit(chart.CREATOR_RECEIVABLE, line.commission_owed, payee=line.creator)
    yield debit(chart.AGENCY_PENDING, line.agency_commission, payee=line.agency)
    yield debit(chart.CREATOR_RECEIVABLE, line.agency_owed, payee=line.agency)
    yield debit(chart.SALES_TAX, line.sales_tax)
    yield debit(chart.DUTY, line.duty)
    yield credit(chart.REFUND_ADMINISTRATION, line.administration)
    yield credit(chart.PLATFORM_PROMOTION, line.promotion)
    yield credit(chart.REFUNDS_PAYABLE, line.refund)
    yield debit(chart.PARTNER_PENDING, line.partner_share, payee=line.partner)
    yield debit(chart.CREATOR_RECEIVABLE, line.partner_owed, payee=line.partner)
    yield credit(chart.PARTNER_COST, line.partner_share + line.partner_owed)
    yield debit(chart.GMV_CONTRA, line.gmv)
    yield credit(chart.GMV_REVERSED, line.gmv)


@posts(OrderBook.RevenueReversed, version=1)
def revenue_reversed(line: Unearned) -> Legs:
    """As principal we take back our own revenue."""
    yield debit(chart.PRODUCT_RETURNS, line.revenue)
    yield debit(chart.SHIPPING_INCOME, line.shipping)
    yield debit(chart.VAT, line.vat)
    yield debit(chart.DUTY, line.duty)
    yield credit(chart.REFUNDS_PAYABLE, line.refund)
    yield debit(chart.CREATOR_PENDING, line.commission, payee=line.creator)
    yield debit(chart.CREATOR_RECEIVABLE, line.commission_owed, payee=line.creator)
    yield debit(chart.AGENCY_PENDING, line.agency_commission, payee=line.agency)
    yield debit(chart.CREATOR_RECEIVABLE, line.agency_owed, payee=line.agency)
    yield credit(
        chart.CREATOR_COST,
        line.commission + line.commission_owed + line.agency_commission + line.agency_owed,
    )
    yield debit(chart.PARTNER_PENDING, line.partner_share, payee=line.partner)
    yield debit(chart.CREATOR_RECEIVABLE, line.partner_owed, payee=line.partner)
    yield credit(chart.PARTNER_COST, line.partner_share + line.partner_owed)
    yield debit(chart.GMV_CONTRA, line.gmv)
    yield credit(chart.GMV_REVERSED, line.gmv)


@posts(OrderBook.RefundBorne, version=1)
def refund_borne(line: Borne) -> Legs:
    """The merchant did its part: carrier, warehouse or we ourselves answer for it."""
    yield debit(chart.CLAIMS, line.claim)
    yield debit(chart.STOCK_LOSS, line.compensation)
    yield debit(chart.GOODWILL, line.goodwill)
    yield debit(chart.SALES_TAX, line.sales_tax)
    yield debit(chart.VAT, line.vat)
    yield debit(chart.DUTY, line.duty)
    yield credit(chart.REFUNDS_PAYABLE, line.refund)
    yield debit(chart.GMV_CONTRA, line.gmv)
    yield credit(chart.GMV_REVERSED, line.gmv)


@posts(OrderBook.ReturnLabelCharged, version=1)
def return_label_charged(line: Labelled) -> Legs:
    """The carrier is owed for the way back; the merchant bears what the decision says."""
    yield debit(chart.ESCROW_IN_HOLD, line.in_hold)
    yield debit(chart.AVAILABLE, line.available)
    yield debit(chart.MERCHANT_RECEIVABLE, line.shortfall)
    yield credit(chart.SHIPPING_INCOME, line.in_hold + line.available + line.shortfall)
    yield debit(chart.CARRIAGE, line.cost)
    yield credit(chart.CARRIERS_PAYABLE, line.cost)


@posts(OrderBook.RefundPaid, version=1)
def refund_paid(f: OrderBook.RefundPaid) -> Legs:
    """The provider gave the buyer what it owed us."""
    yield debit(chart.REFUNDS_PAYABLE, f.amount)
    yield credit(chart.PROVIDER_RECEIVABLE, f.amount)


@posts(OrderBook.RefundCredited, version=1)
def refund_credited(f: OrderBook.RefundCredited) -> Legs:
    """The provider could not: the buyer has a credit with us."""
    yield debit(chart.REFUNDS_PAYABLE, f.amount)
    yield credit(chart.BUYER_CREDIT, f.amount)


# Payees


@posts(Payee.ShortfallRecovered, version=1)
def shortfall_recovered(f: Payee.ShortfallRecovered) -> Legs:
    """What they owed us comes from what they earned since."""
    yield debit(chart.AVAILABLE, f.merchants)
    yield credit(chart.MERCHANT_RECEIVABLE, f.merchants)
    yield debit(chart.CREATOR_AVAILABLE, f.creators)
    yield debit(chart.AGENCY_AVAILABLE, f.agencies)
    yield debit(chart.PARTNER_AVAILABLE, f.partners)
    yield credit(chart.CREATOR_RECEIVABLE, f.creators + f.agencies + f.partners)


@posts(Payee.ShortfallWrittenOff, version=1)
def shortfall_written_off(f: Payee.ShortfallWrittenOff) -> Legs:
    """What they owe us will not be had."""
    yield debit(chart.MERCHANT_BAD_DEBT, f.merchants)
    yield credit(chart.MERCHANT_RECEIVABLE, f.merchants)


@posts(Payee.Adjusted, version=2)
def adjusted(f: Payee.Adjusted) -> Legs:
    """A named adjustment; the payee's side is positive where it is in their favour.

    Version 1 knew neither our services nor compensation: its facts have none.
    """
    yield credit(chart.AVAILABLE, f.available)
    yield debit(chart.MERCHANT_RECEIVABLE, f.shortfall)
    yield debit(chart.OUTSIDE_FEES, f.fee)
    yield debit(chart.OUTSIDE_DISCOUNTS, f.discount)
    yield debit(chart.MANUAL_ADJUSTMENTS, f.manual)
    yield debit(chart.CHARITY, f.charity)
    yield debit(chart.OUTSIDE_BAD_DEBTS, f.bad_debt)
    yield debit(chart.SAMPLES, f.sample)
    yield debit(chart.UNMATCHED_CANCELLATIONS, f.unmatched_cancellation)
    yield debit(chart.GOODWILL, f.goodwill)
    yield debit(chart.PENALTIES, f.penalty)
    yield debit(chart.STORAGE_FEE, f.storage)
    yield debit(chart.INBOUND_FEE, f.inbound)
    yield debit(chart.CAMPAIGN_FEE, f.live_slot)
    yield debit(chart.STOCK_LOSS, f.compensation)
    yield debit(chart.GMV_CONTRA, f.gmv_reversed)
    yield credit(chart.GMV_REVERSED, f.gmv_reversed)
    yield debit(chart.RESIDUE, f.residue, currency=f.residue_currency)
    yield credit(chart.RESIDUE_CONTRA, f.residue, currency=f.residue_currency)


@posts(Payout.Locked, version=1)
def payout_locked(f: Payout.Locked) -> Legs:
    """The amount leaves the balance and is on its way; two currencies meet in the FX position."""
    yield debit(chart.AVAILABLE, f.merchants)
    yield debit(chart.CREATOR_AVAILABLE, f.creators)
    yield debit(chart.AGENCY_AVAILABLE, f.agencies)
    yield debit(chart.PARTNER_AVAILABLE, f.partners)
    yield credit(chart.WITHHOLDING_TAX, f.withheld)
    yield credit(chart.FX_POSITION, f.exchanged)
    yield debit(chart.FX_POSITION, f.bought, currency=f.payout_currency)
    yield credit(chart.PAYOUTS_IN_TRANSIT, f.paid, currency=f.payout_currency)


@posts(Payout.FxBought, version=1)
def fx_bought(f: Payout.FxBought) -> Legs:
    """The payout's currency was bought with the money that the payout is made of."""
    yield debit(chart.FX_POSITION, f.client_cost + f.own_cost)
    yield credit(chart.CLIENT_CASH, f.client_cost)
    yield credit(chart.OPERATING_CASH, f.own_cost)
    yield debit(chart.CLIENT_CASH, f.client_bought, currency=f.payout_currency)
    yield debit(chart.OPERATING_CASH, f.own_bought, currency=f.payout_currency)
    yield credit(chart.FX_POSITION, f.client_bought + f.own_bought, currency=f.payout_currency)


@posts(Payout.FxMarginTaken, version=1)
def fx_margin_taken(f: Payout.FxMarginTaken) -> Legs:
    """What the two rates differ by is ours, gain or loss, and leaves or enters client money."""
    yield debit(chart.FX_POSITION, f.gain - f.loss)
    yield credit(chart.FX_GAIN, f.gain)
    yield debit(chart.FX_LOSS, f.loss)
    yield debit(chart.OPERATING_CASH, f.client_gain)
    yield credit(chart.CLIENT_CASH, f.client_gain)


@posts(Payout.Paid, version=1)
def payout_paid(f: Payout.Paid) -> Legs:
    """The payee's bank has it."""
    yield debit(chart.PAYOUTS_IN_TRANSIT, f.client_paid + f.own_paid, currency=f.payout_currency)
    yield credit(chart.CLIENT_CASH, f.client_paid, currency=f.payout_currency)
    yield credit(chart.OPERATING_CASH, f.own_paid, currency=f.payout_currency)


@posts(Payout.Failed, version=1)
def payout_failed(f: Payout.Failed) -> Legs:
    """Back into the balance: in its own currency, or as the currency that was bought already."""
    yield debit(chart.PAYOUTS_IN_TRANSIT, f.paid, currency=f.payout_currency)
    yield credit(chart.FX_POSITION, f.returned_bought, currency=f.payout_currency)
    yield credit(chart.AVAILABLE, f.kept_merchants, currency=f.payout_currency)
    yield credit(chart.CREATOR_AVAILABLE, f.kept_creators, currency=f.payout_currency)
    yield credit(chart.AGENCY_AVAILABLE, f.kept_agencies, currency=f.payout_currency)
    yield credit(chart.PARTNER_AVAILABLE, f.kept_partners, currency=f.payout_currency)
    yield debit(chart.FX_POSITION, f.returned_exchanged)
    yield debit(chart.WITHHOLDING_TAX, f.withheld)
    yield credit(chart.AVAILABLE, f.merchants)
    yield credit(chart.CREATOR_AVAILABLE, f.creators)
    yield credit(chart.AGENCY_AVAILABLE, f.agencies)
    yield credit(chart.PARTNER_AVAILABLE, f.partners)


# Treasury


@posts(Treasury.SafeguardToppedUp, version=1)
def safeguard_topped_up(f: Treasury.SafeguardToppedUp) -> Legs:
    """Our own cash makes good what client money lacks."""
    yield debit(chart.CLIENT_CASH, f.amount)
    yield credit(chart.OPERATING_CASH, f.amount)


@posts(Treasury.FeesSwept, version=1)
def fees_swept(f: Treasury.FeesSwept) -> Legs:
    """What we earned leaves client money."""
    yield debit(chart.OPERATING_CASH, f.amount)
    yield credit(chart.CLIENT_CASH, f.amount)


@posts(Treasury.TaxRemitted, version=1)
def tax_remitted(f: Treasury.TaxRemitted) -> Legs:
    """Tax collected for the authorities reaches them."""
    yield debit(chart.SALES_TAX, f.sales_tax)
    yield debit(chart.VAT, f.vat)
    yield credit(chart.CLIENT_CASH, f.sales_tax + f.vat)


@posts(Treasury.CurrencyBought, version=1)
def currency_bought(f: Treasury.CurrencyBought) -> Legs:
    """Our own cash covers a debt in another currency; the difference of rates is ours."""
    yield debit(chart.FX_POSITION, f.cost + f.gain - f.loss)
    yield credit(chart.OPERATING_CASH, f.cost)
    yield credit(chart.FX_GAIN, f.gain)
    yield debit(chart.FX_LOSS, f.loss)
    yield debit(chart.OPERATING_CASH, f.bought, currency=f.bought_currency)
    yield credit(chart.FX_POSITION, f.bought, currency=f.bought_currency)
