"""The ledger over gRPC: proto to question or command, answer to proto."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp
from google.type.money_pb2 import Money as MoneyMessage

from libs.contracts.common.v1 import types_pb2
from libs.contracts.ledger.v1 import events_pb2
from libs.contracts.ledger.v1 import ledger_service_pb2 as pb
from libs.contracts.ledger.v1.ledger_service_pb2_grpc import LedgerServiceServicer
from libs.domain import Forbidden
from libs.money import Money
from libs.rpc import batch, caller
from libs.rpc.convert import NANOS, from_money, timestamp, to_money, to_uuid, when
from libs.rpc.pages import page_of
from libs.rpc.refusals import InvalidRequest, Overloaded, SubMinorAmount
from services.ledger import commands as c
from services.ledger.app import LedgerApp
from services.ledger.domain import Adjustment, Payee, Payout, Treasury
from services.ledger.domain.adjustment import Kind
from services.ledger.domain.role import Role
from services.ledger.reading import (
    Axes,
    ClosedStatement,
    EntryFilter,
    Period,
    PostedEntry,
    PostedLine,
    Reader,
    UnknownStatement,
    Where,
)
from services.ledger.reports import Statement, adjustments, gmv, statement, trial_balance

if TYPE_CHECKING:
    from services.ledger.replay import Comparison  # loads the column engine, which few need

DIMENSIONS: Final[Mapping[int, str]] = {
    pb.GMV_DIMENSION_MARKET: "market",
    pb.GMV_DIMENSION_DAY: "day",
    pb.GMV_DIMENSION_MONTH: "month",
    pb.GMV_DIMENSION_MODE: "mode",
    pb.GMV_DIMENSION_SURFACE: "surface",
    pb.GMV_DIMENSION_MERCHANT: "payee",
    pb.GMV_DIMENSION_CREATOR: "creator",
    pb.GMV_DIMENSION_LEGAL_ENTITY: "legal_entity",
}
THOUSANDTH: Final = 1_000_000
"""A thousandth of a unit, in the nanos of google.type.Money."""
REPLAY_AGAIN_S: Final = 10.0
"""When whoever came while a replay was under way may ask again."""


class LedgerServicer(LedgerServiceServicer):
    def __init__(
        self, app: LedgerApp, reader: Reader, replay: "Callable[[], Awaitable[Comparison]]"
    ) -> None:
        self._app = app
        self._reader = reader
        self._replay = replay
        self._replaying = asyncio.Lock()

    # Questions

    async def GetBalance(
        self, request: pb.GetBalanceRequest, context: object
    ) -> pb.GetBalanceResponse:
        answer = await self._reader.sums(
            "book", "currency", where=_where(request.filter), axes=_axes(request.axes)
        )
        return pb.GetBalanceResponse(
            amounts=[_amount(it.key[1], it.amount, it.lines) for it in answer.rows],
            heads=_heads(answer.true_at),
        )

    async def TrialBalance(
        self, request: pb.TrialBalanceRequest, context: object
    ) -> pb.TrialBalanceResponse:
        answer = await trial_balance(
            self._reader, where=_where(request.filter), axes=_axes(request.axes)
        )
        return pb.TrialBalanceResponse(
            accounts=[
                pb.AccountBalance(
                    code=it.account.code,
                    account_name=it.account.name,
                    book=it.account.book,
                    amount=_amount(it.currency, it.amount, it.lines),
                )
                for it in answer.rows
            ],
            heads=_heads(answer.true_at),
        )

    async def GetGmv(self, request: pb.GetGmvRequest, context: object) -> pb.GetGmvResponse:
        answer = await gmv(
            self._reader,
            *(DIMENSIONS[dimension] for dimension in request.dimensions),
            where=_sales(request.filter),
            axes=_axes(request.axes),
            period=_period(request.period),
            dated_by="capture" if request.view == pb.GMV_VIEW_COHORT else "entry",
        )
        return pb.GetGmvResponse(
            parts=[
                pb.Gmv(
                    key=it.key,
                    gross=_money(it.gross, it.currency),
                    reversed=_money(it.reversed, it.currency),
                    net=_money(it.net, it.currency),
                )
                for it in answer.rows
            ],
            heads=_heads(answer.true_at),
        )

    async def SumAdjustments(
        self, request: pb.SumAdjustmentsRequest, context: object
    ) -> pb.SumAdjustmentsResponse:
        answer = await adjustments(
            self._reader,
            *(("reason", "month") if request.by_month else ("reason",)),
            where=_where(request.filter),
            axes=_axes(request.axes),
            period=_period(request.period),
        )
        return pb.SumAdjustmentsResponse(
            sums=[
                pb.AdjustmentSum(
                    reason=it.key[0],
                    month="".join(it.key[1:]),
                    code=it.account.code,
                    amount=_amount(it.currency, it.amount, it.lines),
                )
                for it in answer.rows
            ],
            heads=_heads(answer.true_at),
        )

    async def ListEntries(
        self, request: pb.ListEntriesRequest, context: object
    ) -> pb.ListEntriesResponse:
        payee = _own(request.payee)
        page = page_of(request, tuple[str, int])
        answer = await self._reader.entries(
            EntryFilter(
                reference=request.reference,
                payee=payee,
                code=request.code,
                legal_entity=request.legal_entity,
                period=_period(request.period),
            ),
            axes=_axes(request.axes),
            after=page.after,
            limit=page.limit,
        )
        entries, token = page.cut(
            answer.rows, key=lambda it: (it.heading.legal_entity, it.heading.sequence)
        )
        return pb.ListEntriesResponse(
            entries=[_entry(it) for it in entries],
            next_page_token=token,
            heads=_heads(answer.true_at),
        )

    async def GetStatement(self, request: pb.GetStatementRequest, context: object) -> pb.Statement:
        closed = await self._reader.statement(to_uuid(request.name))
        if not _may_see(closed.payee):
            raise UnknownStatement(f"there is no statement {closed.id}", field="name")
        return _statement(await statement(self._reader, closed))

    async def ListStatements(
        self, request: pb.ListStatementsRequest, context: object
    ) -> pb.ListStatementsResponse:
        page = page_of(request, tuple[datetime, UUID])
        found = await self._reader.statements(
            payee=_own(request.payee), after=page.after, limit=page.limit
        )
        closed, token = page.cut(found, key=lambda it: (it.cut_at, it.id))
        return pb.ListStatementsResponse(
            statements=[_closed(it) for it in closed], next_page_token=token
        )

    async def ReplayCheck(
        self, request: pb.ReplayCheckRequest, context: object
    ) -> pb.ReplayCheckResponse:
        # It reads all facts: two at once take a service's memory, and tell the same.
        if self._replaying.locked():
            raise Overloaded("a replay is under way", retry_after_s=REPLAY_AGAIN_S)
        async with self._replaying:
            comparison = await self._replay()
        return pb.ReplayCheckResponse(
            equal=comparison.equal,
            facts=comparison.facts,
            lines=comparison.lines,
            differences=[
                pb.ReplayDifference(
                    what=it.what, place=it.place, replayed=it.replayed, live=it.live
                )
                for it in comparison.differences
            ],
        )

    # Corrections

    async def ProposeAdjustment(
        self, request: pb.ProposeAdjustmentRequest, context: object
    ) -> pb.Adjustment:
        adjustment = await self._app.propose_adjustment(
            c.ProposeAdjustment(
                request_id=UUID(request.request_id),
                role=_role(request.payee.role),
                payee=request.payee.payee,
                legal_entity=request.payee.legal_entity,
                currency=request.payee.currency,
                kind=_kind(request.kind),
                reason=request.reason,
                amount=_adjusted_by(request),
                market=request.market,
                effective_at=when(request.effective_at),
                proposed_by=caller().subject,
            )
        )
        return _adjustment(adjustment)

    async def ApproveAdjustment(
        self, request: pb.ApproveAdjustmentRequest, context: object
    ) -> pb.Adjustment:
        adjustment = await self._app.approve_adjustment(
            c.ApproveAdjustment(
                request_id=UUID(request.request_id),
                adjustment_id=to_uuid(request.name),
                approved_by=caller().subject,
            )
        )
        return _adjustment(adjustment)

    async def PostAdjustment(
        self, request: pb.PostAdjustmentRequest, context: object
    ) -> pb.Adjustment:
        return await self._post(request)

    async def BatchPostAdjustments(
        self, request: pb.BatchPostAdjustmentsRequest, context: object
    ) -> pb.BatchPostAdjustmentsResponse:
        results = await batch.each(request.requests, self._post, result=pb.PostAdjustmentResult)
        return pb.BatchPostAdjustmentsResponse(results=results)

    async def _post(self, request: pb.PostAdjustmentRequest) -> pb.Adjustment:
        adjustment = await self._app.post_adjustment(
            c.PostAdjustment(
                request_id=UUID(request.request_id),
                role=_role(request.payee.role),
                payee=request.payee.payee,
                legal_entity=request.payee.legal_entity,
                currency=request.payee.currency,
                kind=_kind(request.kind),
                reason=request.reason,
                amount=_adjusted_by(request),
                market=request.market,
                effective_at=when(request.effective_at),
                proposed_by=caller().subject,
            )
        )
        return _adjustment(adjustment)

    # Payees and treasury

    async def HoldPayee(self, request: pb.HoldPayeeRequest, context: object) -> pb.Payee:
        payee = await self._app.hold_payee(
            c.HoldPayee(
                request_id=UUID(request.request_id),
                role=_role(request.payee.role),
                payee=request.payee.payee,
                legal_entity=request.payee.legal_entity,
                currency=request.payee.currency,
                reason=request.reason,
            )
        )
        return _payee(payee)

    async def ReleasePayee(self, request: pb.ReleasePayeeRequest, context: object) -> pb.Payee:
        payee = await self._app.release_payee(
            c.ReleasePayee(
                request_id=UUID(request.request_id),
                role=_role(request.payee.role),
                payee=request.payee.payee,
                legal_entity=request.payee.legal_entity,
                currency=request.payee.currency,
            )
        )
        return _payee(payee)

    async def WriteOffShortfall(
        self, request: pb.WriteOffShortfallRequest, context: object
    ) -> pb.Payee:
        payee = await self._app.write_off_shortfall(
            c.WriteOffShortfall(
                request_id=UUID(request.request_id),
                payee=request.merchant_id,
                legal_entity=request.legal_entity,
                currency=request.currency,
                reason=request.reason,
            )
        )
        return _payee(payee)

    async def SafeguardClients(
        self, request: pb.SafeguardClientsRequest, context: object
    ) -> pb.Treasury:
        treasury = await self._app.safeguard_clients(
            c.SafeguardClients(
                request_id=UUID(request.request_id),
                legal_entity=request.legal_entity,
                currency=request.currency,
            )
        )
        return _treasury(treasury)

    async def SweepFees(self, request: pb.SweepFeesRequest, context: object) -> pb.Treasury:
        amount = to_money(request.amount, field="amount")
        treasury = await self._app.sweep_fees(
            c.SweepFees(
                request_id=UUID(request.request_id),
                legal_entity=request.legal_entity,
                currency=amount.currency,
                amount=amount.amount,
            )
        )
        return _treasury(treasury)

    async def RemitTax(self, request: pb.RemitTaxRequest, context: object) -> pb.Treasury:
        sales_tax = to_money(request.sales_tax, field="sales_tax")
        vat = _minor(request.vat, sales_tax.currency, field="vat")
        treasury = await self._app.remit_tax(
            c.RemitTax(
                request_id=UUID(request.request_id),
                legal_entity=request.legal_entity,
                currency=sales_tax.currency,
                market=request.market,
                sales_tax=sales_tax.amount,
                vat=vat,
            )
        )
        return _treasury(treasury)

    async def BuyPayoutCurrency(
        self, request: pb.BuyPayoutCurrencyRequest, context: object
    ) -> pb.Payout:
        payout = await self._app.buy_payout_currency(
            c.BuyPayoutCurrency(
                request_id=UUID(request.request_id), payout_id=to_uuid(request.name)
            )
        )
        return _payout(payout)

    async def BuyCurrency(self, request: pb.BuyCurrencyRequest, context: object) -> pb.Treasury:
        bought = to_money(request.bought, field="bought")
        cost = to_money(request.cost, field="cost")
        if bought.currency == cost.currency:
            raise InvalidRequest("it costs another currency", field="bought.currency_code")
        treasury = await self._app.buy_currency(
            c.BuyCurrency(
                request_id=UUID(request.request_id),
                legal_entity=request.legal_entity,
                currency=cost.currency,
                cost=cost.amount,
                carried=_minor(request.carried, cost.currency, field="carried"),
                bought_currency=bought.currency,
                bought=bought.amount,
            )
        )
        return _treasury(treasury)


# Who may see what


def _may_see(payee: str) -> bool:
    """Finance, operators and services see everybody's; a payee sees their own."""
    who = caller()
    if who.roles & {"finance", "ops", "service"}:
        return True
    return payee in {who.merchant if who.has("merchant") else who.subject} - {None, ""}


def _own(payee: str) -> str:
    """The payee that is asked for; to a payee, themselves."""
    who = caller()
    if who.roles & {"finance", "ops", "service"}:
        return payee
    own = payee or (who.merchant if who.has("merchant") else who.subject) or ""
    if not _may_see(own):
        raise Forbidden("a payee sees their own lines only", field="payee")
    return own


# From proto


def _where(asked: pb.AccountFilter) -> Where:
    return replace(_filter(asked), payee=_own(asked.payee))


def _filter(asked: pb.AccountFilter) -> Where:
    return Where(
        codes=list(asked.codes),
        legal_entity=asked.legal_entity,
        currency=asked.currency,
        market=asked.market,
        payee=asked.payee,
        mode=_word(types_pb2.SellingMode.Name(asked.mode), "SELLING_MODE_"),
        surface=_word(types_pb2.Surface.Name(asked.surface), "SURFACE_"),
        creator=asked.creator,
        reason=asked.reason,
    )


def _sales(asked: pb.AccountFilter) -> Where:
    """A creator sees the sales that they are credited for, whoever the merchant."""
    who = caller()
    if who.roles & {"finance", "ops", "service", "merchant"}:
        return _where(asked)
    if asked.creator not in {"", who.subject}:
        raise Forbidden("a creator sees their own sales only", field="creator")
    return replace(_filter(asked), creator=who.subject)


def _word(name: str, prefix: str) -> str:
    return "" if name.endswith("_UNSPECIFIED") else name.removeprefix(prefix)


def _axes(asked: pb.TimeAxes) -> Axes:
    return Axes(
        as_of=_moment(asked, "as_of"),
        known_at=_moment(asked, "known_at"),
        sequence=asked.sequence or None,
    )


def _period(asked: pb.Period) -> Period:
    return Period(start=_moment(asked, "start"), end=_moment(asked, "end"))


def _moment(message: pb.TimeAxes | pb.Period, name: str) -> datetime | None:
    stamp: Timestamp = getattr(message, name)
    return when(stamp) if message.HasField(name) else None  # type: ignore[arg-type]


def _role(role: events_pb2.PayeeRole.ValueType) -> Role:
    return Role(events_pb2.PayeeRole.Name(role).removeprefix("PAYEE_ROLE_"))


def _kind(kind: pb.AdjustmentKind.ValueType) -> Kind:
    return Kind(pb.AdjustmentKind.Name(kind).removeprefix("ADJUSTMENT_KIND_"))


def _adjusted_by(request: pb.ProposeAdjustmentRequest | pb.PostAdjustmentRequest) -> int:
    """Minor units of the account's currency; of a residue, thousandths of its major unit."""
    amount, currency = request.amount, request.payee.currency
    residue = request.kind == pb.ADJUSTMENT_KIND_RESIDUE
    return _thousandths(amount, currency) if residue else _minor(amount, currency)


def _minor(amount: MoneyMessage, currency: str, field: str = "amount") -> int:
    money = to_money(amount, field=field)
    if money.currency != currency:
        raise InvalidRequest(f"the account is in {currency}", field=f"{field}.currency_code")
    return money.amount


def _thousandths(amount: MoneyMessage, currency: str) -> int:
    if amount.currency_code != currency:
        raise InvalidRequest(f"the account is in {currency}", field="amount.currency_code")
    thousandths, finer = divmod(amount.units * NANOS + amount.nanos, THOUSANDTH)
    if finer:
        raise SubMinorAmount("a residue is in thousandths", field="amount.nanos")
    return int(thousandths)


# To proto


def _heads(true_at: Mapping[str, int]) -> list[pb.Head]:
    return [pb.Head(legal_entity=name, sequence=at) for name, at in true_at.items()]


def _amount(unit: str, minor: int, lines: int = 1) -> pb.Amount:
    return pb.Amount(unit=unit, minor=minor, lines=lines)


def _money(amount: int, currency: str) -> MoneyMessage:
    return from_money(Money(amount, currency))


def _entry(entry: PostedEntry) -> pb.Entry:
    heading = entry.heading
    return pb.Entry(
        name=f"entries/{heading.legal_entity}/{heading.sequence}",
        legal_entity=heading.legal_entity,
        sequence=heading.sequence,
        rule=heading.rule,
        rule_version=heading.rule_version,
        stream_id=str(heading.stream_id),
        version=heading.version,
        effective_at=timestamp(heading.effective_at),
        recorded_at=timestamp(heading.recorded_at),
        reference=heading.reference,
        hash=entry.hash,
        lines=[_line(line) for line in entry.lines if _may_see(line.leaf.payee)],
    )


def _line(line: PostedLine) -> pb.Line:
    leaf = line.leaf
    return pb.Line(
        number=line.n,
        code=leaf.code,
        amount=_amount(leaf.currency, line.amount),
        market=leaf.market,
        payee=leaf.payee,
        mode=leaf.mode,
        surface=leaf.surface,
        creator=leaf.creator,
        reason=leaf.reason,
        order_line=str(line.order_line or ""),
        payment=str(line.payment or ""),
        statement=str(line.statement or ""),
    )


def _closed(closed: ClosedStatement) -> pb.Statement:
    return pb.Statement(
        name=f"statements/{closed.id}",
        payee=_account(closed.role, closed),
        opening=_money(closed.opening, closed.currency),
        closing=_money(closed.closing, closed.currency),
        reserve=_money(closed.reserve, closed.currency),
        from_sequence=closed.from_sequence,
        through_sequence=closed.through_sequence,
        cut_at=timestamp(closed.cut_at),
    )


def _statement(statement: Statement) -> pb.Statement:
    answer = _closed(statement.closed)
    currency = statement.closed.currency
    answer.groups.extend(
        pb.StatementGroup(title=title, amount=_money(amount, currency))
        for title, amount in statement.groups.items()
    )
    answer.sequences.extend(entry.heading.sequence for entry in statement.entries)
    return answer


def _account(role: str, of: ClosedStatement | Adjustment | Payee) -> pb.PayeeAccount:
    return pb.PayeeAccount(
        role=events_pb2.PayeeRole.Value(f"PAYEE_ROLE_{role}"),
        payee=of.payee,
        legal_entity=of.legal_entity,
        currency=of.currency,
    )


def _adjustment(adjustment: Adjustment) -> pb.Adjustment:
    residue = adjustment.kind is Kind.RESIDUE
    return pb.Adjustment(
        name=f"adjustments/{adjustment.id}",
        payee=_account(adjustment.role, adjustment),
        kind=pb.AdjustmentKind.Value(f"ADJUSTMENT_KIND_{adjustment.kind}"),
        reason=adjustment.reason,
        amount=(_residue if residue else _money)(adjustment.amount, adjustment.currency),
        effective_at=timestamp(adjustment.effective_at),
        proposed_by=adjustment.proposed_by,
        approved_by=adjustment.approved_by,
    )


def _residue(thousandths: int, currency: str) -> MoneyMessage:
    sign = -1 if thousandths < 0 else 1
    units, rest = divmod(abs(thousandths), 1000)
    return MoneyMessage(currency_code=currency, units=sign * units, nanos=sign * rest * THOUSANDTH)


def _payee(payee: Payee) -> pb.Payee:
    return pb.Payee(account=_account(payee.role, payee), held_for=payee.held_for)


def _treasury(treasury: Treasury) -> pb.Treasury:
    return pb.Treasury(legal_entity=treasury.legal_entity, currency=treasury.currency)


def _payout(payout: Payout) -> pb.Payout:
    return pb.Payout(
        name=f"payouts/{payout.id}",
        payee=payout.payee,
        amount=_money(payout.paid, payout.payout_currency),
    )
