"""What the ledger does for each command, and what it asks of the world."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from libs.domain import derived_id
from libs.eventstore import Store, Unit
from libs.money import share
from libs.runtime.clock import Clock
from services.ledger import commands as c
from services.ledger.domain import Adjustment, Agreement, OrderBook, Payee, Payout, Treasury
from services.ledger.domain.agreement import PayoutTerms, agreement_id
from services.ledger.domain.notes import Refund
from services.ledger.domain.payee import payee_id
from services.ledger.domain.rate import Rate
from services.ledger.domain.role import Role
from services.ledger.domain.treasury import OpenPosition, treasury_id

STANDING_APPROVAL = "standing approval of finance for imports"
SAME_CURRENCY = Rate(1, 1, "")


class PayeeBalance(NamedTuple):
    """A payee's balances through a sequence of the journal, each as its normal side reads it.

    For a merchant or supplier `available` is 2130 in their mode and `receivable` 1210; for
    creators, agencies and partners 2211, 2221 or 2231, and 1220.
    """

    sequence: int
    available: int
    receivable: int
    reserve: int


class ClientMoney(NamedTuple):
    """What we hold for others in one currency of one legal entity, and what we owe them."""

    sequence: int
    held: int
    owed: int


class Balances(Protocol):
    """The journal's balances as committed.

    Asked after the payee's stream was loaded, an answer is a safe lower bound: credits only add
    to it, and another debit would move the stream and make our own append a conflict.
    """

    async def of_payee(
        self,
        *,
        role: Role,
        payee: str,
        legal_entity: str,
        currency: str,
        before: datetime | None = None,
    ) -> PayeeBalance:
        """Everything, or what took effect before a moment."""
        ...

    async def of_clients(self, *, legal_entity: str, currency: str) -> ClientMoney: ...

    async def of_position(self, *, legal_entity: str, own: str, foreign: str) -> OpenPosition:
        """The foreign exchange position between two currencies, as far as it is not covered."""
        ...


class Rates(Protocol):
    """Exchange rates: what a payee gets, and what the market takes."""

    def payee_rate(self, sold: str, bought: str) -> Rate: ...

    def market_rate(self, sold: str, bought: str) -> Rate: ...


class LedgerApp:
    def __init__(self, store: Store, *, balances: Balances, rates: Rates, clock: Clock) -> None:
        self._store = store
        self._books = store.repository(OrderBook)
        self._payees = store.repository(Payee)
        self._agreements = store.repository(Agreement)
        self._payouts = store.repository(Payout)
        self._treasuries = store.repository(Treasury)
        self._adjustments = store.repository(Adjustment)
        self._balances = balances
        self._rates = rates
        self._clock = clock

    # Orders

    async def open_book(self, command: c.OpenBook) -> OrderBook:
        return await self._books.update(
            command.sale.order_id,
            lambda book: book.place(command.sale),
            command=command,
            start=_book(command.sale.order_id),
        )

    async def take_note(self, command: c.TakeNote) -> OrderBook:
        """Only a refund may need a payee's money beside the order's own."""
        if command.note.refund is not None:
            return await self._refund(command, command.note.refund)
        return await self._books.update(
            command.order_id,
            lambda book: book.note(command.note),
            command=command,
            start=_book(command.order_id),
        )

    async def _refund(self, command: c.TakeNote, refund: Refund) -> OrderBook:
        async def decide(unit: Unit) -> OrderBook:
            book = await unit.find(OrderBook, command.order_id)
            if book is None:
                book = OrderBook(id=command.order_id, order_id=command.order_id)
                unit.add(book)
            funds: dict[str, int] = {}
            for merchant, wanted in sorted(book.draws(refund).items()):
                payee = await self._payee(
                    unit, Role.MERCHANT, merchant, book.legal_entity, book.currency
                )
                balance = await self._balance(payee)
                funds[merchant] = payee.draw(
                    wanted, available=balance.available, order_id=book.order_id
                )
                payee.expect_statement(refund.at)
            book.note(command.note, funds=funds)
            return book

        return await self._store.transact(decide, command=command)

    # Statements and payouts

    async def agree(self, command: c.Agree) -> Agreement:
        id = agreement_id(command.payee)
        return await self._agreements.update(
            id,
            lambda agreement: agreement.agree(command.terms),
            command=command,
            start=lambda: Agreement(id=id, payee=command.payee),
        )

    async def expect_statement(self, command: c.ExpectStatement) -> Payee:
        return await self._update_payee(
            command, lambda payee: payee.expect_statement(command.moved_at)
        )

    async def close_statement(self, command: c.CloseStatement) -> Payee:
        """Cut the statement, take what the payee owes us, and order the payout of the rest."""

        async def decide(unit: Unit) -> Payee:
            payee = await self._payee(
                unit, command.role, command.payee, command.legal_entity, command.currency
            )
            if payee.has_closed(command.cut_at):
                return payee
            cut = await self._balance(payee, before=command.cut_at)
            now = await self._balance(payee)
            statement = derived_id("statement", payee.id, command.cut_at.isoformat())
            payee.close_statement(
                statement,
                cut_at=command.cut_at,
                available=cut.available,
                reserve=cut.reserve,
                sequence=cut.sequence,
            )
            # What is there to be paid may be less by now: a refund may have drawn on it since.
            available = min(cut.available, now.available)
            left = payee.recover(owed=now.receivable, available=available, at=command.cut_at)
            agreement = await unit.find(Agreement, agreement_id(payee.payee))
            terms = agreement.terms if agreement else PayoutTerms()
            payout = self._payout(payee, left, terms, statement=statement, at=command.cut_at)
            if payout is not None:
                unit.add(payout)
            if payout is not None or left < available:
                payee.expect_statement(command.cut_at)
            return payee

        return await self._store.transact(decide, command=command)

    def _payout(
        self, payee: Payee, amount: int, terms: PayoutTerms, *, statement: UUID, at: datetime
    ) -> Payout | None:
        """A held payee, or less than the minimum, waits for a later statement."""
        if payee.held_for or amount <= 0:
            return None
        currency = terms.payout_currency or payee.currency
        foreign = currency != payee.currency
        payout = Payout.lock(
            derived_id("payout", statement),
            payee,
            amount,
            statement=statement,
            withheld=share(amount, terms.withholding),
            rate=self._rates.payee_rate(payee.currency, currency) if foreign else SAME_CURRENCY,
            payout_currency=currency,
            at=at,
        )
        return payout if payout.paid >= terms.minimum_payout else None

    async def buy_payout_currency(self, command: c.BuyPayoutCurrency) -> Payout:
        return await self._payouts.update(
            command.payout_id,
            lambda payout: payout.buy_currency(self._market_rate(payout), self._clock.now()),
            command=command,
        )

    async def confirm_payout(self, command: c.ConfirmPayout) -> Payout:
        return await self._payouts.update(
            command.payout_id,
            lambda payout: payout.pay(command.amount, self._market_rate(payout), command.paid_at),
            command=command,
        )

    async def fail_payout(self, command: c.FailPayout) -> Payout:
        """The balance grows again, in whichever currency the money is in now."""

        async def decide(unit: Unit) -> Payout:
            payout = await unit.get(Payout, command.payout_id)
            payout.fail(command.failure_code, command.failed_at)
            payee = await self._payee(
                unit, payout.role, payout.payee, payout.legal_entity, payout.balance_currency
            )
            payee.expect_statement(command.failed_at)
            return payout

        return await self._store.transact(decide, command=command)

    # Corrections by finance

    async def propose_adjustment(self, command: c.ProposeAdjustment) -> Adjustment:
        return await self._adjustments.add(lambda: _proposed(command), command=command)

    async def approve_adjustment(self, command: c.ApproveAdjustment) -> Adjustment:
        async def decide(unit: Unit) -> Adjustment:
            adjustment = await unit.get(Adjustment, command.adjustment_id)
            return await self._approve(unit, adjustment, by=command.approved_by)

        return await self._store.transact(decide, command=command)

    async def post_adjustment(self, command: c.PostAdjustment) -> Adjustment:
        async def decide(unit: Unit) -> Adjustment:
            adjustment = _proposed(command)
            unit.add(adjustment)
            return await self._approve(unit, adjustment, by=STANDING_APPROVAL)

        return await self._store.transact(decide, command=command)

    async def _approve(self, unit: Unit, adjustment: Adjustment, *, by: str) -> Adjustment:
        adjustment.approve(by)
        payee = await self._payee(
            unit,
            adjustment.role,
            adjustment.payee,
            adjustment.legal_entity,
            adjustment.currency,
        )
        balance = await self._balance(payee)
        payee.adjust(
            adjustment.id,
            kind=adjustment.kind,
            reason=adjustment.reason,
            amount=adjustment.amount,
            market=adjustment.market,
            available=balance.available,
            at=adjustment.effective_at,
        )
        payee.expect_statement(adjustment.effective_at)
        return adjustment

    async def hold_payee(self, command: c.HoldPayee) -> Payee:
        return await self._update_payee(command, lambda payee: payee.hold(command.reason))

    async def release_payee(self, command: c.ReleasePayee) -> Payee:
        whose = (command.role, command.payee, command.legal_entity, command.currency)
        return await self._payees.update(
            payee_id(*whose), lambda payee: payee.release(self._clock.now()), command=command
        )

    async def write_off_shortfall(self, command: c.WriteOffShortfall) -> Payee:
        async def decide(unit: Unit) -> Payee:
            whose = (Role.MERCHANT, command.payee, command.legal_entity, command.currency)
            payee = await unit.get(Payee, payee_id(*whose))
            owed = (await self._balance(payee)).receivable
            payee.write_off(owed=owed, reason=command.reason, at=self._clock.now())
            return payee

        return await self._store.transact(decide, command=command)

    # Treasury

    async def safeguard_clients(self, command: c.SafeguardClients) -> Treasury:
        async def decide(unit: Unit) -> Treasury:
            treasury = await self._treasury(unit, command.legal_entity, command.currency)
            money = await self._client_money(treasury)
            treasury.safeguard(held=money.held, owed=money.owed, at=self._clock.now())
            return treasury

        return await self._store.transact(decide, command=command)

    async def sweep_fees(self, command: c.SweepFees) -> Treasury:
        async def decide(unit: Unit) -> Treasury:
            treasury = await self._treasury(unit, command.legal_entity, command.currency)
            money = await self._client_money(treasury)
            treasury.sweep(command.amount, held=money.held, owed=money.owed, at=self._clock.now())
            return treasury

        return await self._store.transact(decide, command=command)

    async def remit_tax(self, command: c.RemitTax) -> Treasury:
        return await self._treasuries.update(
            treasury_id(command.legal_entity, command.currency),
            lambda treasury: treasury.remit_tax(
                market=command.market,
                sales_tax=command.sales_tax,
                vat=command.vat,
                at=self._clock.now(),
            ),
            command=command,
            start=_treasury(command.legal_entity, command.currency),
        )

    async def buy_currency(self, command: c.BuyCurrency) -> Treasury:
        """Two purchases never cover the same debt: both move the treasury's stream."""

        async def decide(unit: Unit) -> Treasury:
            treasury = await self._treasury(unit, command.legal_entity, command.currency)
            position = await self._balances.of_position(
                legal_entity=command.legal_entity,
                own=command.currency,
                foreign=command.bought_currency,
            )
            treasury.buy_currency(
                position,
                bought_currency=command.bought_currency,
                bought=command.bought,
                cost=command.cost,
                carried=command.carried,
                at=self._clock.now(),
            )
            return treasury

        return await self._store.transact(decide, command=command)

    # Finding, or opening, what a command is about

    async def _balance(self, payee: Payee, *, before: datetime | None = None) -> PayeeBalance:
        return await self._balances.of_payee(
            role=payee.role,
            payee=payee.payee,
            legal_entity=payee.legal_entity,
            currency=payee.currency,
            before=before,
        )

    async def _payee(
        self, unit: Unit, role: Role, payee: str, legal_entity: str, currency: str
    ) -> Payee:
        start = _payee(role, payee, legal_entity, currency)
        found = await unit.find(Payee, payee_id(role, payee, legal_entity, currency))
        if found is None:
            found = start()
            unit.add(found)
        return found

    async def _update_payee(
        self,
        command: c.ExpectStatement | c.HoldPayee,
        decide: Callable[[Payee], None],
    ) -> Payee:
        whose = (command.role, command.payee, command.legal_entity, command.currency)
        return await self._payees.update(
            payee_id(*whose), decide, command=command, start=_payee(*whose)
        )

    async def _treasury(self, unit: Unit, legal_entity: str, currency: str) -> Treasury:
        treasury = await unit.find(Treasury, treasury_id(legal_entity, currency))
        if treasury is None:
            treasury = _treasury(legal_entity, currency)()
            unit.add(treasury)
        return treasury

    async def _client_money(self, treasury: Treasury) -> ClientMoney:
        return await self._balances.of_clients(
            legal_entity=treasury.legal_entity, currency=treasury.currency
        )

    def _market_rate(self, payout: Payout) -> Rate:
        if not payout.exchanged:
            return SAME_CURRENCY
        return self._rates.market_rate(payout.currency, payout.payout_currency)


def _book(order_id: UUID) -> Callable[[], OrderBook]:
    return lambda: OrderBook(id=order_id, order_id=order_id)


def _payee(role: Role, payee: str, legal_entity: str, currency: str) -> Callable[[], Payee]:
    return lambda: Payee(
        id=payee_id(role, payee, legal_entity, currency),
        role=role,
        payee=payee,
        legal_entity=legal_entity,
        currency=currency,
    )


def _treasury(legal_entity: str, currency: str) -> Callable[[], Treasury]:
    return lambda: Treasury(
        id=treasury_id(legal_entity, currency), legal_entity=legal_entity, currency=currency
    )


def _proposed(command: c.ProposeAdjustment | c.PostAdjustment) -> Adjustment:
    return Adjustment(
        id=derived_id("adjustment", command.request_id),
        role=command.role,
        payee=command.payee,
        legal_entity=command.legal_entity,
        currency=command.currency,
        kind=command.kind,
        reason=command.reason,
        amount=command.amount,
        market=command.market,
        effective_at=command.effective_at,
        proposed_by=command.proposed_by,
    )
