"""Returning: a buyer sends goods back, from asking to the money."""

from __future__ import annotations

from datetime import timedelta

from deploy.local.demo.cast import Article, Buyer
from deploy.local.demo.players import found
from deploy.local.demo.shopping import order_of
from deploy.local.demo.world import Purchase, World
from libs.contracts.common.v1 import types_pb2
from libs.contracts.returns.v1 import returns_service_pb2 as pb
from libs.contracts.warehouse.v1 import warehouse_service_pb2 as warehouse
from libs.money import Money
from libs.observability.tracing import SpanKind, span
from libs.rpc.convert import from_money, to_money

LABEL_COST, LABEL_CHARGED = 3_20, 3_80
DAYS_ON_THE_WAY = 2


async def send_back(
    world: World, buyer: Buyer, article: Article, *, reason: pb.ReturnReason.ValueType
) -> Money:
    """Ask, be approved by the merchant, send, be inspected as good as new; returns the refund."""
    purchase = world.purchases[buyer.key]
    with span("a return", kind=SpanKind.CLIENT, parent=purchase.traceparent):
        case = await _ask(world, purchase, article, reason)
        await _approve(world, case, article)
        await _ship(world, case, purchase)
    await world.later(timedelta(days=DAYS_ON_THE_WAY))
    with span("an inspection", kind=SpanKind.CLIENT, parent=purchase.traceparent):
        await _receive(world, case, buyer)
        case = await _inspect(world, case, buyer)
    await _stands(world, case, "CLOSED")
    return to_money(case.refund.refund)


async def _ask(
    world: World, purchase: Purchase, article: Article, reason: pb.ReturnReason.ValueType
) -> pb.ReturnCase:
    order = await order_of(world, purchase)
    (line,) = (it for it in order.lines if it.sku == world.run.slug(article.key))
    desk = world.players.buyer(purchase.buyer).returns

    async def may() -> bool:
        answer = await desk.CheckEligibility(
            pb.CheckEligibilityRequest(order=order.name, line_id=line.line_id, quantity=1)
        )
        return answer.eligible

    await world.wait(f"{purchase.who} may not send the {article.title} back", may)
    return await desk.OpenReturn(
        pb.OpenReturnRequest(
            request_id=world.run.request("return", purchase.name, article.key),
            order=order.name,
            line_id=line.line_id,
            quantity=1,
            kind=pb.RETURN_KIND_RETURN_AND_REFUND,
            reason=reason,
        )
    )


async def _approve(world: World, case: pb.ReturnCase, article: Article) -> None:
    staff = world.players.merchant(world.run.slug(article.merchant.key))
    await staff.returns.DecideReturn(
        pb.DecideReturnRequest(
            request_id=world.run.request("approve", case.name), name=case.name, approved=True
        )
    )


async def _ship(world: World, case: pb.ReturnCase, purchase: Purchase) -> None:
    currency = purchase.total.currency
    await world.players.ops.returns.RegisterShipBack(
        pb.RegisterShipBackRequest(
            request_id=world.run.request("ship-back", case.name),
            name=case.name,
            carrier="example-parcels",
            tracking_number=_id(case)[:8].upper(),
            label_cost=from_money(Money(LABEL_COST, currency)),
            label_charged=from_money(Money(LABEL_CHARGED, currency)),
        )
    )


async def _receive(world: World, case: pb.ReturnCase, buyer: Buyer) -> None:
    """The warehouse expects the parcel as soon as it has heard of the approval."""
    desk = world.players.ops.warehouse
    name = f"expectedReturns/{_id(case)}"

    async def expected() -> bool:
        request = warehouse.GetExpectedReturnRequest(name=name)
        return await found(desk.GetExpectedReturn(request)) is not None

    await world.wait("the warehouse expects no return", expected)
    await desk.ReceiveReturn(
        warehouse.ReceiveReturnRequest(
            request_id=world.run.request("receive", case.name),
            name=name,
            node=f"nodes/{buyer.country.node}",
            quantity=1,
        )
    )


async def _inspect(world: World, case: pb.ReturnCase, buyer: Buyer) -> pb.ReturnCase:
    await _stands(world, case, "RECEIVED")
    return await world.players.ops.returns.RecordInspection(
        pb.RecordInspectionRequest(
            request_id=world.run.request("inspect", case.name),
            name=case.name,
            node_id=buyer.country.node,
            findings=[pb.Finding(quantity=1, disposition=types_pb2.DISPOSITION_SELLABLE)],
        )
    )


async def _stands(world: World, case: pb.ReturnCase, state: str) -> None:
    async def there() -> bool:
        now = await world.players.ops.returns.GetReturn(pb.GetReturnRequest(name=case.name))
        return pb.ReturnCase.State.Name(now.state) == f"STATE_{state}"

    await world.wait(f"the return is not {state.lower()}", there)


def _id(case: pb.ReturnCase) -> str:
    return case.name.rpartition("/")[2]
