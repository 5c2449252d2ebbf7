"""A short, random part of `make faults`: what dies here costs time, and nothing else."""

from __future__ import annotations

import asyncio
from uuid import UUID

import grpc
import pytest

from deploy.local.stack import KAFKA, POSTGRES
from libs.contracts.order.v1 import order_service_pb2 as orders
from libs.rpc.client import RpcRefused
from libs.runtime.waiting import pause
from tests.faults.checker.history import History
from tests.faults.checker.reading import databases
from tests.faults.drop import BUYERS, SOLD, SOLD_OUT, UNITS, sell
from tests.faults.recorder import Recorder
from tests.faults.strikes.processes import kill, kill_backend
from tests.faults.trial import Trial
from tests.faults.wire import Wire

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

IS_KNOWN = "select exists (select from request where request_id = $1::text::uuid)"
NO_ORDER = f"orders/{UUID(int=0)}"
RECOVERY_S = 60.0
"""On a machine that runs other tests meanwhile; `make faults` measures what it takes."""

STRIKES = {
    "order": kill("order"),
    "warehouse": kill("warehouse"),
    "payment": kill("payment"),
    "ledger": kill("ledger"),
    "postgres": kill(POSTGRES),
    "backend": kill_backend,
    "kafka": kill(f"{KAFKA}.1"),
}


async def test_whatever_is_killed_only_time_is_lost(tried: Trial) -> None:
    for name in tried.chance.sample(sorted(STRIKES), k=2):
        before = orders_placed(tried.history)
        run = await tried.run(STRIKES[name])

        assert run.violations == [], f"after a kill -9 of {name}"
        assert run.recovery < RECOVERY_S
        assert orders_placed(tried.history) > before + 10


def orders_placed(history: History) -> int:
    return sum(bool(call.answers) for call in history.calls if call.method == "PlaceOrder")


async def test_an_answer_that_is_lost_is_given_again_and_nothing_is_done_twice(
    tried: Trial,
) -> None:
    order = tried.machine.state.services["order"]
    request = tried.shop.order(0)
    host, _, port = order.address.rpartition(":")
    async with (
        Wire(host, int(port)) as wire,
        Recorder(tried.machine.home, History(), at={"order": wire.address}) as cut_off,
        databases({"order": order.database}) as opened,
    ):
        with pytest.raises(RpcRefused, match="NOT_FOUND"):  # and now it is connected
            await cut_off.ask("order", "GetOrder", orders.GetOrderRequest(name=NO_ORDER))
        wire.withholding = True
        asking = asyncio.create_task(cut_off.ask("order", "PlaceOrder", request, again=False))
        while not await opened["order"].fetchval(IS_KNOWN, request.request_id):
            await pause(0.01)
        wire.cut()
        with pytest.raises(RpcRefused) as refused:
            await asking

    first = await tried.recorder.ask("order", "PlaceOrder", request)
    second = await tried.recorder.ask("order", "PlaceOrder", request)

    assert refused.value.code is grpc.StatusCode.UNAVAILABLE
    assert first.name == second.name
    assert await tried.violations() == []
    evidence = await tried.evidence()
    placed = UUID(first.name.removeprefix("orders/"))
    assert [operation.kind for operation in evidence.provider if operation.reference == placed] == [
        "SALE"
    ]


async def test_fifty_units_are_sold_to_fifty_of_two_hundred_buyers(tried: Trial) -> None:
    sold = await sell(tried)

    assert sold.ends == {SOLD: UNITS, SOLD_OUT: BUYERS - UNITS}
    assert sold.left == 0
    assert await tried.violations() == []
    assert await tried.replayed() == []
