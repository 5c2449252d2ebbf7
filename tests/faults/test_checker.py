"""The checker is right to be content, and finds every violation that is planted under its eyes.

A quiet trial leaves true evidence. Then each violation is planted, in the databases themselves
where they can hold it, in a transaction that is rolled back; or in what was read of topics and of
the client's own record.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pytest
import pytest_asyncio

from libs.runtime.clock import monotonic
from tests.faults import checker
from tests.faults.checker.evidence import Evidence, Record
from tests.faults.checker.history import Attempt, Call
from tests.faults.checker.reading import databases, gather
from tests.faults.checker.verdict import PROMISES, judge
from tests.faults.trial import Trial

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]


class Planted(NamedTuple):
    """What is done to one service's database, and the check that must notice."""

    check: str
    service: str
    sql: str


# One that was not cancelled later: a cancelled order has ended, whatever else is missing of it.
ONE_PAID = """(
    select stream_id from fact where topic = 'order.Released' and stream_id not in (
        select stream_id from fact
        where topic in ('order.LinesCancelled', 'order.LatePaymentReturned')
    ) order by position limit 1
)"""
IN_DATABASES = {
    "an acknowledged order is lost": Planted(
        "acknowledged_is_recorded", "order", f"delete from fact where stream_id = {ONE_PAID}"
    ),
    "a request is forgotten": Planted(
        "acknowledged_is_recorded",
        "order",
        f"delete from request where stream_id = {ONE_PAID} and version = 1",
    ),
    "a fact in the middle is lost": Planted(
        "streams_have_no_gaps",
        "order",
        f"delete from fact where stream_id = {ONE_PAID} and version = 2",
    ),
    "a fact has a cause that nobody knows": Planted(
        "everything_has_a_cause",
        "payment",
        "update fact set meta = convert_to(jsonb_set(convert_from(meta, 'UTF8')::jsonb, "
        "'{causation_id}', to_jsonb(gen_random_uuid()::text))::text, 'UTF8') "
        "where topic = 'payment.Payment.Captured'",
    ),
    "an order is left half way": Planted(
        "every_order_ends",
        "order",
        f"delete from fact where stream_id = {ONE_PAID} and topic = 'order.Released'",
    ),
    "an order is paid twice": Planted(
        "nothing_happens_twice",
        "order",
        "update fact set topic = 'order.Paid' where topic = 'order.Released'",
    ),
    "a timer is missed": Planted(
        "no_timer_is_missed",
        "order",
        "insert into deadline values (gen_random_uuid(), 'order.Order', '2020-01-01')",
    ),
    "a message is parked": Planted(
        "nothing_is_parked",
        "ledger",
        'insert into parked (topic, partition, "offset", key, value, headers, error) '
        "values ('entrepot.order.v1', 0, 0, '', '', '[]', 'planted')",
    ),
    "a buyer is charged twice": Planted(
        "orders_are_paid_once",
        "payment",
        "insert into simulator.operation select gen_random_uuid(), kind, gen_random_uuid(), amount,"
        " currency, instrument, reference, refund_id, state, code, at, settlement_id "
        "from simulator.operation where kind = 'SALE' and state = 'SUCCEEDED' limit 1",
    ),
    "a payment is captured twice": Planted(
        "nothing_is_taken_or_given_twice",
        "payment",
        "insert into simulator.operation select gen_random_uuid(), kind, account, amount, currency,"
        " instrument, reference, refund_id, state, code, at, settlement_id "
        "from simulator.operation where kind = 'SALE' and state = 'SUCCEEDED' limit 1",
    ),
    "more is given back than was taken": Planted(
        "nothing_is_taken_or_given_twice",
        "payment",
        "insert into simulator.operation select gen_random_uuid(), 'REFUND', account, amount + 1,"
        " currency, instrument, reference, gen_random_uuid(), state, code, at, null "
        "from simulator.operation where kind = 'SALE' and state = 'SUCCEEDED' limit 1",
    ),
    "a stranger is charged": Planted(
        "nobody_pays_for_nothing",
        "payment",
        "update simulator.operation set reference = gen_random_uuid() "
        "where kind = 'SALE' and state = 'SUCCEEDED'",
    ),
    "the provider refused what we take for done": Planted(
        "provider_was_asked_for_it",
        "payment",
        "update operation set outcome = 'REFUSED' where outcome = 'SUCCEEDED'",
    ),
    "a unit is sold that is not there": Planted(
        "nothing_is_sold_twice",
        "warehouse",
        "update fact set payload = convert_to(jsonb_set(convert_from(payload, 'UTF8')::jsonb, "
        "'{quantity}', '2000000')::text, 'UTF8') where topic = 'warehouse.StockItem.Reserved'",
    ),
    "goods leave an order that is paid": Planted(
        "goods_follow_orders",
        "warehouse",
        "update fact set topic = 'warehouse.StockItem.Adjusted', payload = convert_to("
        '\'{"delta": 0, "condition": "SELLABLE"}\', \'UTF8\') '
        "where topic = 'warehouse.StockItem.Reserved'",
    ),
    "an entry does not balance": Planted(
        "entries_balance",
        "ledger",
        "update line set amount = amount + 1 where (shard, sequence, n) = "
        "(select shard, sequence, n from line limit 1)",
    ),
    "a balance is not its lines": Planted(
        "balances_are_sums", "ledger", "update balance set amount = amount - 1"
    ),
    "a capture is not in the books": Planted(
        "captured_money_is_in_the_books",
        "ledger",
        "delete from line using account where account.id = line.account and account.code = '1110'",
    ),
    "an entry is rewritten": Planted(
        "the_chain_holds", "ledger", "update entry set reference = 'another order'"
    ),
    "an entry is taken out": Planted(
        "entries_follow_from_facts", "ledger", "delete from entry where sequence = 2"
    ),
}


def lost(records: Sequence[Record]) -> list[Record]:
    (gone, *_) = (r for r in records if r.kind.endswith("OrderPaid"))
    return [record for record in records if record is not gone]


def reordered(records: Sequence[Record]) -> list[Record]:
    """The first two messages of one key change places."""
    mine = [record for record in records if record.service == "order"]
    one, next_ = next(
        (a, b)
        for key in {record.key for record in mine}
        for a, b in pairwise([record for record in mine if record.key == key])
    )
    places = {one: next_._replace(offset=one.offset), next_: one._replace(offset=next_.offset)}
    return [places.get(record, record) for record in records]


def made_up(records: Sequence[Record]) -> list[Record]:
    last = records[-1]
    return [*records, last._replace(offset=last.offset + 1, version=10_000)]


def changed(records: Sequence[Record]) -> list[Record]:
    last = records[-1]
    return [*records, last._replace(offset=last.offset + 1, value=b"something else")]


IN_TOPICS: dict[str, tuple[str, Callable[[Sequence[Record]], list[Record]]]] = {
    "a message is lost": ("facts_are_told", lost),
    "messages of a key change places": ("keys_are_told_in_order", reordered),
    "a message tells what never was": ("only_facts_are_told", made_up),
    "a message is repeated differently": ("only_facts_are_told", changed),
    "a partition has a hole": ("partitions_have_no_gaps", lost),
}


def attempt(began: float, **said: str | int | bool) -> Attempt:
    return Attempt(began, began + 1, **said)  # type: ignore[arg-type] # as its fields are


IN_THE_RECORD = {
    "an error has no name": (
        "every_no_has_a_name",
        [
            Call(
                "order",
                "GetOrder",
                "",
                "orders/1",
                [attempt(1, code="INTERNAL", reason="INTERNAL")],
            )
        ],
    ),
    "a call is shed without advice": (
        "every_no_has_a_name",
        [
            Call(
                "order",
                "GetOrder",
                "",
                "orders/1",
                [attempt(1, code="RESOURCE_EXHAUSTED", reason="OVERLOADED")],
            )
        ],
    ),
    "a later look sees an earlier state": (
        "reads_never_go_back",
        [
            Call("order", "GetOrder", "", "orders/1", [attempt(1, code="OK", version=3)]),
            Call("order", "GetOrder", "", "orders/1", [attempt(3, code="OK", version=2)]),
        ],
    ),
    "an order vanishes": (
        "reads_never_go_back",
        [
            Call("order", "GetOrder", "", "orders/1", [attempt(1, code="OK", version=1)]),
            Call("order", "GetOrder", "", "orders/1", [attempt(3, code="NOT_FOUND")]),
        ],
    ),
    "a request is answered in two ways": (
        "acknowledged_is_recorded",
        [
            Call("order", "PlaceOrder", str(it), "", [attempt(1, code="OK", name=name)])
            for it in [uuid4()]
            for name in ("orders/1", "orders/2")
        ],
    ),
}


HEARD = "keys_are_heard_in_order"


async def test_the_checker_shares_no_code_with_the_services() -> None:
    imported = {
        name
        for file in Path(checker.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert "tests.faults.checker.evidence" in imported
    assert not [name for name in imported if name.startswith("services")]


async def test_something_is_planted_for_every_check() -> None:
    planted = {
        *(it.check for it in IN_DATABASES.values()),
        *(check for check, _ in IN_TOPICS.values()),
        *(check for check, _ in IN_THE_RECORD.values()),
        HEARD,
    }

    assert planted == {check.__name__ for checks in PROMISES.values() for check in checks}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sound(tried: Trial) -> Evidence:
    async def nothing(_trial: Trial) -> float:
        return monotonic()

    run = await tried.run(nothing)
    assert run.violations == []
    return await tried.evidence()


async def test_what_went_well_is_found_to_be_well(sound: Evidence) -> None:
    assert len(sound.orders) > 10
    assert sound.provider
    assert sound.journal.entries
    assert judge(sound) == []


@pytest.mark.parametrize("what", IN_DATABASES)
async def test_what_is_planted_in_a_database_is_found(
    tried: Trial, sound: Evidence, what: str
) -> None:
    planted = IN_DATABASES[what]
    addresses = {name: at.database for name, at in tried.machine.state.services.items()}
    async with databases(addresses) as opened:
        transaction = opened[planted.service].transaction()
        await transaction.start()
        # The database itself refuses most of this; as its owner we may tell it to look away.
        await opened[planted.service].execute("set local session_replication_role = replica")
        await opened[planted.service].execute(planted.sql)
        seen = await gather(opened, sound.records, sound.history, now=tried.machine.clock.now())
        await transaction.rollback()

    assert planted.check in {violation.check for violation in judge(seen)}


@pytest.mark.parametrize("what", IN_TOPICS)
async def test_what_is_planted_in_a_topic_is_found(sound: Evidence, what: str) -> None:
    check, plant = IN_TOPICS[what]

    seen = replace(sound, records=plant(sound.records))

    assert check in {violation.check for violation in judge(seen)}


@pytest.mark.parametrize("what", IN_THE_RECORD)
async def test_what_is_planted_in_the_record_is_found(sound: Evidence, what: str) -> None:
    check, calls = IN_THE_RECORD[what]

    history = deepcopy(sound.history)
    history.calls += calls

    assert check in {violation.check for violation in judge(replace(sound, history=history))}


async def test_what_is_heard_out_of_order_is_found(sound: Evidence) -> None:
    """The warehouse reserves because an order was released, and allocates because it was placed."""
    mine = list(sound.facts["warehouse"])
    last = next(i for i, fact in enumerate(mine) if fact.topic.endswith("Reservation.Confirmed"))
    first = [i for i, fact in enumerate(mine) if fact.stream == mine[last].stream][:2]
    swapped = {**dict.fromkeys(first, mine[last].meta), last: mine[first[0]].meta}
    mine = [fact._replace(meta=swapped.get(i, fact.meta)) for i, fact in enumerate(mine)]

    seen = replace(sound, facts={**sound.facts, "warehouse": mine})

    assert HEARD in {violation.check for violation in judge(seen)}
