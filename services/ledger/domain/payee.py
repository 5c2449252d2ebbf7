"""Payee: who is owed money, their statements, and every debit of what they may have.

Credits of a payee's balance come from many orders at once and need no order among themselves.
Debits all pass through this stream, so two of them can never spend the same money.
"""

from datetime import datetime, time, timedelta
from uuid import UUID

from libs.domain import Aggregate, Started, derived_id, event
from services.ledger.domain.adjustment import Kind
from services.ledger.domain.facts import PayeePosted
from services.ledger.domain.role import Role
from services.ledger.domain.sale import Mode

ACCOUNT_OF = {
    Role.MERCHANT: "merchants",
    Role.SUPPLIER: "merchants",
    Role.CREATOR: "creators",
    Role.AGENCY: "agencies",
    Role.PARTNER: "partners",
}
"""The name that a role's money has among the amounts of a fact."""


def payee_id(role: Role, payee: str, legal_entity: str, currency: str) -> UUID:
    """One stream for each balance that somebody has."""
    return derived_id("payee", role, payee, legal_entity, currency)


class Payee(Aggregate):
    TOPIC = "ledger.Payee"

    role: Role
    payee: str
    legal_entity: str
    currency: str
    held_for: str
    expected: tuple[datetime, ...]
    last_cut: datetime | None
    closed_at: datetime | None
    sequence: int
    balance: int

    class Opened(Started):
        TOPIC = "ledger.PayeeOpened"
        role: Role
        payee: str
        legal_entity: str
        currency: str

    class StatementExpected(Aggregate.Event):
        """Something moved: a statement is to be cut at the end of the day."""

        TOPIC = "ledger.StatementExpected"
        cut_at: datetime

    class CutReached(Aggregate.Event):
        """The day is over: the statement is to be closed."""

        TOPIC = "ledger.CutReached"
        role: Role
        payee: str
        legal_entity: str
        currency: str
        cut_at: datetime

    class StatementClosed(Aggregate.Event):
        """What took effect before the cut, as far as was known at a sequence of the journal.

        What an earlier statement has is not in it: that one was cut at `opened_at`, knowing the
        journal through `from_sequence`. `opening` and `closing` are what was available, `reserve`
        what was held back at the cut.
        """

        TOPIC = "ledger.StatementClosed"
        statement: UUID
        role: Role
        payee: str
        legal_entity: str
        currency: str
        opening: int
        closing: int
        reserve: int
        from_sequence: int
        through_sequence: int
        cut_at: datetime
        opened_at: datetime | None = None

    class Drawn(Aggregate.Event):
        """A refund takes from what is available; the order's own fact posts it."""

        TOPIC = "ledger.Drawn"
        amount: int
        order_id: UUID

    class ShortfallRecovered(PayeePosted):
        """What the payee owed us was taken from what they have."""

        TOPIC = "ledger.ShortfallRecovered"
        merchants: int = 0
        creators: int = 0
        agencies: int = 0
        partners: int = 0

    class ShortfallWrittenOff(PayeePosted):
        """What the payee owes us will not be had."""

        TOPIC = "ledger.ShortfallWrittenOff"
        reason: str
        merchants: int = 0

    class Adjusted(PayeePosted):
        """A named adjustment, credits positive; a debit beyond what is there is owed to us.

        `residue` is what the minor unit could not hold, in the finer unit `residue_currency`
        (`GBP/3` counts thousandths of a pound).
        """

        TOPIC = "ledger.Adjusted"
        adjustment: UUID
        reason: str
        available: int = 0
        shortfall: int = 0
        fee: int = 0
        discount: int = 0
        manual: int = 0
        charity: int = 0
        bad_debt: int = 0
        sample: int = 0
        unmatched_cancellation: int = 0
        goodwill: int = 0
        penalty: int = 0
        gmv_reversed: int = 0
        market: str = ""
        storage: int = 0
        inbound: int = 0
        live_slot: int = 0
        compensation: int = 0
        residue: int = 0
        residue_currency: str = ""

    class Held(Aggregate.Event):
        """No payouts until released."""

        TOPIC = "ledger.PayeeHeld"
        reason: str

    class Released(Aggregate.Event):
        TOPIC = "ledger.PayeeReleased"

    @event(Opened)
    def __init__(
        self, *, id: UUID, role: Role, payee: str, legal_entity: str, currency: str
    ) -> None:
        self.role = role
        self.payee = payee
        self.legal_entity = legal_entity
        self.currency = currency
        self.held_for = ""
        self.expected = ()
        self.last_cut = None
        self.closed_at = None
        self.sequence = 0
        self.balance = 0

    @property
    def mode(self) -> Mode:
        return Mode.FULL_SERVICE if self.role is Role.SUPPLIER else Mode.MARKETPLACE

    @property
    def due(self) -> datetime | None:
        return min(self.expected, default=None)

    def fall_due(self, now: datetime) -> None:
        """Days are over, each to be cut at its own end; a statement needs the journal's figures."""
        while self.due is not None and self.due <= now:
            self.trigger_event(
                Payee.CutReached,
                role=self.role,
                payee=self.payee,
                legal_entity=self.legal_entity,
                currency=self.currency,
                cut_at=self.due,
            )

    def expect_statement(self, moved_at: datetime) -> None:
        """Something moved: there will be a statement for that day, or the first day still open."""
        since = moved_at if self.last_cut is None else max(moved_at, self.last_cut)
        cut_at = _midnight_after(since)
        if cut_at not in self.expected:
            self._statement_expected(cut_at=cut_at)

    def has_closed(self, cut_at: datetime) -> bool:
        return self.closed_at is not None and cut_at <= self.closed_at

    def close_statement(
        self, statement: UUID, *, cut_at: datetime, available: int, reserve: int, sequence: int
    ) -> None:
        """Cut by when things took effect, and at a sequence of the journal, by no wall clock."""
        if not self.has_closed(cut_at):
            self.trigger_event(
                Payee.StatementClosed,
                statement=statement,
                role=self.role,
                payee=self.payee,
                legal_entity=self.legal_entity,
                currency=self.currency,
                opening=self.balance,
                closing=available,
                reserve=reserve,
                from_sequence=self.sequence,
                through_sequence=sequence,
                cut_at=cut_at,
                opened_at=self.closed_at,
            )

    def recover(self, *, owed: int, available: int, at: datetime) -> int:
        """Take what the payee owes us from what they have; returns what is left to them."""
        amount = min(owed, max(available, 0))
        if amount > 0:
            self._record(Payee.ShortfallRecovered, at, **{ACCOUNT_OF[self.role]: amount})
        return available - amount

    def write_off(self, *, owed: int, reason: str, at: datetime) -> None:
        """Give up what the payee owes us."""
        if owed > 0:
            self._record(Payee.ShortfallWrittenOff, at, reason=reason, merchants=owed)

    def draw(self, wanted: int, *, available: int, order_id: UUID) -> int:
        """Let a refund take from what is available; returns how much it may take."""
        amount = min(wanted, max(available, 0))
        if amount:
            self._drawn(amount=amount, order_id=order_id)
        return amount

    def adjust(
        self,
        adjustment: UUID,
        *,
        kind: Kind,
        reason: str,
        amount: int,
        market: str,
        available: int,
        at: datetime,
    ) -> None:
        """Post a named adjustment; `amount` is positive in the payee's favour."""
        if kind is Kind.RESIDUE:
            self._record(
                Payee.Adjusted,
                at,
                adjustment=adjustment,
                reason=reason,
                residue=amount,
                residue_currency=f"{self.currency}/3",
            )
            return
        shortfall = max(-amount - max(available, 0), 0)
        self._record(
            Payee.Adjusted,
            at,
            adjustment=adjustment,
            reason=reason,
            market=market,
            available=amount + shortfall,
            shortfall=shortfall,
            gmv_reversed=-amount if kind is Kind.UNMATCHED_CANCELLATION else 0,
            **{kind.lower(): amount},
        )

    def hold(self, reason: str) -> None:
        """Pay nothing out until released."""
        if self.held_for != reason:
            self._held(reason=reason)

    def release(self, now: datetime) -> None:
        """Payouts go on with the next statement."""
        if self.held_for:
            self._released()
            self.expect_statement(now)

    def _record(self, fact: type[PayeePosted], at: datetime, **named: UUID | str | int) -> None:
        self.trigger_event(
            fact,
            effective_at=at,
            legal_entity=self.legal_entity,
            currency=self.currency,
            payee=self.payee,
            mode=self.mode,
            **named,
        )

    @event(StatementExpected)
    def _statement_expected(self, cut_at: datetime) -> None:
        self.expected = (*self.expected, cut_at)

    @event(CutReached)
    def _cut_reached(self, cut_at: datetime) -> None:
        self.expected = tuple(day for day in self.expected if day != cut_at)
        self.last_cut = cut_at

    @event(StatementClosed)
    def _statement_closed(self, closing: int, through_sequence: int, cut_at: datetime) -> None:
        self.closed_at = cut_at
        self.sequence = through_sequence
        self.balance = closing

    @event(Drawn)
    def _drawn(self, amount: int, order_id: UUID) -> None:
        """The version moves; the amount is on the order's own fact."""

    @event(Held)
    def _held(self, reason: str) -> None:
        self.held_for = reason

    @event(Released)
    def _released(self) -> None:
        self.held_for = ""


def _midnight_after(moment: datetime) -> datetime:
    return datetime.combine(moment.date() + timedelta(days=1), time(), tzinfo=moment.tzinfo)
