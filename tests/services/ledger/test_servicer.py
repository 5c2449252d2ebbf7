"""The ledger as others ask it: what is answered, to whom, and what is refused."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import pytest
from google.type.money_pb2 import Money

from libs.contracts.ledger.v1 import events_pb2
from libs.contracts.ledger.v1 import ledger_service_pb2 as pb
from libs.domain import Forbidden, derived_id
from libs.rpc.caller import Caller, calling_as
from libs.rpc.refusals import InvalidRequest, Overloaded, SubMinorAmount
from services.ledger import commands as c
from services.ledger.app import LedgerApp
from services.ledger.domain import Adjustment
from services.ledger.domain.adjustment import Kind
from services.ledger.memory import MemoryJournal
from services.ledger.reading import UnknownStatement
from services.ledger.replay import Comparison, Difference
from services.ledger.servicer import LedgerServicer
from tests.services.ledger.ledger_database import recorded
from tests.services.ledger.test_check import ORDERS, order, statement

FINANCE = Caller(subject="fin", roles=frozenset({"finance"}))
ACME = Caller(subject="someone", roles=frozenset({"merchant"}), merchant="acme")
BENTO = Caller(subject="other", roles=frozenset({"merchant"}), merchant="bento")
MIA = Caller(subject="mia", roles=frozenset({"creator"}))
STATEMENT = f"statements/{derived_id('statement', 1)}"
NO_CONTEXT = object()


class Asked:
    """An app that notes what it is asked to post."""

    def __init__(self) -> None:
        self.commands: list[c.PostAdjustment] = []

    async def post_adjustment(self, command: c.PostAdjustment) -> Adjustment:
        self.commands.append(command)
        adjustment = Adjustment.__new__(Adjustment)
        names = ("role", "payee", "legal_entity", "currency", "kind", "reason", "amount")
        said = {name: getattr(command, name) for name in (*names, "effective_at", "proposed_by")}
        vars(adjustment).update(said, _id=UUID(int=1), approved_by="finance")
        return adjustment


async def replayed() -> Comparison:
    return Comparison(2, 8, 0.1, [Difference("line", ("UK", "2130"), 5, 4)])


@pytest.fixture
def app() -> Asked:
    return Asked()


@pytest.fixture
async def servicer(app: Asked) -> LedgerServicer:
    journal = MemoryJournal()
    facts = [fact for number in range(ORDERS) for fact in order(number)]
    facts.append(statement(1, through=6, opening=0, closing=2 * 3266))
    await journal(NO_CONTEXT, [recorded(fact) for fact in facts])
    return LedgerServicer(cast("LedgerApp", app), journal, replayed)


@pytest.fixture
def as_finance() -> Iterator[None]:
    with calling_as(FINANCE):
        yield


@pytest.mark.usefixtures("as_finance")
async def test_a_balance_says_where_it_is_true(servicer: LedgerServicer) -> None:
    asked = pb.GetBalanceRequest(filter=pb.AccountFilter(codes=["2130"]))
    asked.axes.sequence = 6

    answer = await servicer.GetBalance(asked, NO_CONTEXT)

    assert [(it.unit, it.minor) for it in answer.amounts] == [("USD", -2 * 3266)]
    assert [(it.legal_entity, it.sequence) for it in answer.heads] == [("UK", 6)]


@pytest.mark.usefixtures("as_finance")
async def test_the_trial_balance_balances(servicer: LedgerServicer) -> None:
    answer = await servicer.TrialBalance(pb.TrialBalanceRequest(), NO_CONTEXT)

    for book in ("MONEY", "STAT"):
        assert sum(it.amount.minor for it in answer.accounts if it.book == book) == 0


@pytest.mark.usefixtures("as_finance")
async def test_gmv_is_money(servicer: LedgerServicer) -> None:
    asked = pb.GetGmvRequest(dimensions=[pb.GMV_DIMENSION_MERCHANT], view=pb.GMV_VIEW_COHORT)

    [part] = (await servicer.GetGmv(asked, NO_CONTEXT)).parts

    assert list(part.key) == ["acme"]
    assert part.net == Money(currency_code="USD", units=225)


async def test_a_payee_sees_their_own_lines_only(servicer: LedgerServicer) -> None:
    with calling_as(ACME):
        answer = await servicer.ListEntries(pb.ListEntriesRequest(), NO_CONTEXT)
    with calling_as(BENTO):
        nothing = await servicer.ListEntries(pb.ListEntriesRequest(), NO_CONTEXT)
    with calling_as(MIA):
        commission = await servicer.ListEntries(pb.ListEntriesRequest(), NO_CONTEXT)

    assert {line.payee for it in answer.entries for line in it.lines} == {"acme"}
    assert not nothing.entries
    assert {line.code for it in commission.entries for line in it.lines} == {"2210"}


async def test_a_payee_may_not_ask_for_another(servicer: LedgerServicer) -> None:
    asked = pb.GetBalanceRequest(filter=pb.AccountFilter(payee="acme"))

    with calling_as(BENTO), pytest.raises(Forbidden):
        await servicer.GetBalance(asked, NO_CONTEXT)


async def test_a_creator_sees_the_sales_they_are_credited_for(servicer: LedgerServicer) -> None:
    noor = Caller(subject="noor", roles=frozenset({"creator"}))
    asked = pb.GetGmvRequest()

    with calling_as(MIA):
        [hers] = (await servicer.GetGmv(asked, NO_CONTEXT)).parts
    with calling_as(noor):
        others = await servicer.GetGmv(asked, NO_CONTEXT)

    assert hers.gross == Money(currency_code="USD", units=225)
    assert not others.parts


async def test_a_payee_of_no_name_sees_nothing(servicer: LedgerServicer) -> None:
    """A merchant's token that names no merchant must not read as everybody's."""
    nobody = Caller(subject="x", roles=frozenset({"merchant"}))

    with calling_as(nobody), pytest.raises(Forbidden):
        await servicer.GetBalance(pb.GetBalanceRequest(), NO_CONTEXT)


@pytest.mark.usefixtures("as_finance")
async def test_entries_come_in_pages(servicer: LedgerServicer) -> None:
    seen, token = [], ""
    for _ in range(3):
        page = await servicer.ListEntries(
            pb.ListEntriesRequest(page_size=5, page_token=token), NO_CONTEXT
        )
        seen += [it.sequence for it in page.entries]
        token = page.next_page_token

    assert seen == list(range(1, 3 * ORDERS + 1))
    assert token == ""


async def test_a_statement_is_its_payees(servicer: LedgerServicer) -> None:
    asked = pb.GetStatementRequest(name=STATEMENT)

    with calling_as(ACME):
        found = await servicer.GetStatement(asked, NO_CONTEXT)
    with calling_as(BENTO), pytest.raises(UnknownStatement):
        await servicer.GetStatement(asked, NO_CONTEXT)

    assert found.payee.role == events_pb2.PAYEE_ROLE_MERCHANT
    assert sum(it.amount.units * 100 + it.amount.nanos // 10**7 for it in found.groups) == 6532
    assert list(found.sequences) == [3, 6]


@pytest.mark.usefixtures("as_finance")
async def test_statements_are_listed(servicer: LedgerServicer) -> None:
    answer = await servicer.ListStatements(pb.ListStatementsRequest(payee="acme"), NO_CONTEXT)

    assert [it.name for it in answer.statements] == [STATEMENT]


@pytest.mark.usefixtures("as_finance")
async def test_a_replay_lists_differences(servicer: LedgerServicer) -> None:
    answer = await servicer.ReplayCheck(pb.ReplayCheckRequest(), NO_CONTEXT)

    assert not answer.equal
    assert [(it.what, it.replayed, it.live) for it in answer.differences] == [("line", 5, 4)]


@pytest.mark.usefixtures("as_finance")
async def test_one_replay_is_made_at_a_time(app: Asked) -> None:
    done = asyncio.Event()

    async def replays() -> Comparison:
        await done.wait()
        return await replayed()

    servicer = LedgerServicer(cast("LedgerApp", app), MemoryJournal(), replays)
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(servicer.ReplayCheck(pb.ReplayCheckRequest(), NO_CONTEXT))
        await asyncio.sleep(0)

        with pytest.raises(Overloaded):
            await servicer.ReplayCheck(pb.ReplayCheckRequest(), NO_CONTEXT)

        done.set()
    assert first.result().lines == 8
    assert (await servicer.ReplayCheck(pb.ReplayCheckRequest(), NO_CONTEXT)).lines == 8


def adjustment(**changed: Any) -> pb.PostAdjustmentRequest:
    said: dict[str, Any] = {
        "request_id": str(UUID(int=7)),
        "payee": pb.PayeeAccount(
            role=events_pb2.PAYEE_ROLE_MERCHANT, payee="acme", legal_entity="UK", currency="GBP"
        ),
        "kind": pb.ADJUSTMENT_KIND_FEE,
        "reason": "SHELF_FEE",
        "amount": Money(currency_code="GBP", units=-12, nanos=-500_000_000),
    }
    request = pb.PostAdjustmentRequest(**{**said, **changed})
    request.effective_at.FromDatetime(datetime(2026, 3, 1, tzinfo=UTC))
    return request


@pytest.mark.usefixtures("as_finance")
async def test_an_adjustment_is_posted_in_minor_units(servicer: LedgerServicer, app: Asked) -> None:
    answer = await servicer.PostAdjustment(adjustment(), NO_CONTEXT)

    [command] = app.commands
    assert (command.kind, command.amount, command.proposed_by) == (Kind.FEE, -1250, "fin")
    assert answer.amount == Money(currency_code="GBP", units=-12, nanos=-500_000_000)


@pytest.mark.usefixtures("as_finance")
async def test_a_residue_is_posted_in_thousandths(servicer: LedgerServicer, app: Asked) -> None:
    residue = Money(currency_code="GBP", nanos=-4_000_000)

    answer = await servicer.PostAdjustment(
        adjustment(kind=pb.ADJUSTMENT_KIND_RESIDUE, amount=residue), NO_CONTEXT
    )

    assert app.commands[0].amount == -4
    assert answer.amount == residue


@pytest.mark.usefixtures("as_finance")
@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"amount": Money(currency_code="EUR", units=1)}, InvalidRequest),
        ({"amount": Money(currency_code="GBP", nanos=1_000_000)}, SubMinorAmount),
        (
            {
                "kind": pb.ADJUSTMENT_KIND_RESIDUE,
                "amount": Money(currency_code="GBP", nanos=1),
            },
            SubMinorAmount,
        ),
        (
            {
                "kind": pb.ADJUSTMENT_KIND_RESIDUE,
                "amount": Money(currency_code="EUR", units=1),
            },
            InvalidRequest,
        ),
    ],
)
async def test_an_amount_that_the_account_cannot_hold_is_refused(
    servicer: LedgerServicer, app: Asked, changed: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await servicer.PostAdjustment(adjustment(**changed), NO_CONTEXT)

    assert app.commands == []


@pytest.mark.usefixtures("as_finance")
async def test_each_adjustment_of_a_batch_has_its_own_answer(servicer: LedgerServicer) -> None:
    wrong = adjustment(amount=Money(currency_code="EUR", units=1))

    answer = await servicer.BatchPostAdjustments(
        pb.BatchPostAdjustmentsRequest(requests=[adjustment(), wrong]), NO_CONTEXT
    )

    assert [it.WhichOneof("result") for it in answer.results] == ["adjustment", "error"]
