"""The warehouse over gRPC: what a caller gets, sees and may do."""

from datetime import UTC, datetime
from itertools import count
from unittest.mock import sentinel
from uuid import UUID

import pytest
from google.type.money_pb2 import Money

from libs.contracts.warehouse.v1 import warehouse_service_pb2 as pb
from libs.domain import Forbidden, NotFound
from libs.rpc import Caller, calling_as
from libs.rpc.convert import timestamp
from libs.rpc.refusals import SubMinorAmount, UnknownCurrency
from services.warehouse.app import WarehouseApp
from services.warehouse.readmodel import WarehouseLists
from services.warehouse.servicer import WarehouseServicer

ORDER = "orders/00000000-0000-0000-0000-000000000001"
RESERVATION = f"{ORDER}/reservations/1"
LATER = datetime(2026, 3, 1, 12, 10, tzinfo=UTC)
OPERATOR = Caller(subject="ann", roles=frozenset({"ops"}))
SELLER = Caller(subject="sue", roles=frozenset({"merchant"}), merchant="acme")
RIVAL = Caller(subject="bob", roles=frozenset({"merchant"}), merchant="bolt")
_requests = count(1_000)


def request_id() -> str:
    return str(UUID(int=next(_requests)))


def adjustment(units: int, *, sku: str = "MUG") -> pb.AdjustStockRequest:
    return pb.AdjustStockRequest(
        request_id=request_id(),
        sku=sku,
        node="nodes/leeds",
        owner_id="acme",
        delta=units,
        cause=pb.ADJUSTMENT_CAUSE_RECEIVED,
        condition=pb.STOCK_CONDITION_SELLABLE,
    )


def draft() -> pb.CreateInboundPlanRequest:
    return pb.CreateInboundPlanRequest(
        request_id=request_id(),
        node="nodes/leeds",
        owner_id="acme",
        lines=[pb.SkuQuantity(sku="MUG", quantity=4)],
    )


def wish(units: int) -> pb.ReserveStockRequest:
    return pb.ReserveStockRequest(
        request_id=request_id(),
        order=ORDER,
        attempt=1,
        lines=[pb.WantedLine(line_id="1", sku="MUG", owner_id="acme", quantity=units)],
        currency_code="GBP",
        ship_to_country_code="GB",
        expire_time=timestamp(LATER),
    )


@pytest.fixture
async def warehouse(app: WarehouseApp) -> WarehouseServicer:
    """A node in Leeds with ten mugs."""
    warehouse = WarehouseServicer(app, WarehouseLists(sentinel.index))
    await warehouse.OpenNode(
        pb.OpenNodeRequest(
            request_id=request_id(), node_id="leeds", title="Leeds", country_code="GB"
        ),
        None,
    )
    await warehouse.AdjustStock(adjustment(10), None)
    return warehouse


async def allocated(warehouse: WarehouseServicer, units: int = 3) -> str:
    """The name of the one parcel of an order for mugs."""
    await warehouse.ReserveStock(wish(units), None)
    reservation = await warehouse.ConfirmReservation(
        pb.ConfirmReservationRequest(request_id=request_id(), name=RESERVATION), None
    )
    (name,) = reservation.fulfilment_orders
    return name


async def test_a_node_is_found_by_its_name(warehouse: WarehouseServicer) -> None:
    node = await warehouse.GetNode(pb.GetNodeRequest(name="nodes/leeds"), None)

    assert node == pb.Node(name="nodes/leeds", title="Leeds", country_code="GB")


async def test_nodes_are_listed_page_by_page(warehouse: WarehouseServicer) -> None:
    for node_id in ("york", "hull"):
        await warehouse.OpenNode(
            pb.OpenNodeRequest(
                request_id=request_id(), node_id=node_id, title=node_id, country_code="GB"
            ),
            None,
        )

    first = await warehouse.ListNodes(pb.ListNodesRequest(page_size=2), None)
    second = await warehouse.ListNodes(
        pb.ListNodesRequest(page_size=2, page_token=first.next_page_token), None
    )

    assert [node.name for node in first.nodes] == ["nodes/hull", "nodes/leeds"]
    assert [node.name for node in second.nodes] == ["nodes/york"]
    assert second.next_page_token == ""


def card(amount: Money) -> pb.SetRateCardRequest:
    return pb.SetRateCardRequest(
        request_id=request_id(),
        name="nodes/leeds",
        rate_card=pb.RateCard(currency_code="GBP", carriage_cost=pb.Rate(per_parcel=amount)),
    )


async def test_a_rate_that_is_left_out_is_nothing(warehouse: WarehouseServicer) -> None:
    node = await warehouse.SetRateCard(
        card(Money(currency_code="GBP", units=6, nanos=200_000_000)), None
    )

    (told,) = node.rate_cards
    assert told.carriage_cost.per_parcel == Money(currency_code="GBP", units=6, nanos=200_000_000)
    assert told.duty.per_line == Money(currency_code="GBP")


async def test_a_rate_finer_than_a_penny_is_refused(warehouse: WarehouseServicer) -> None:
    with pytest.raises(SubMinorAmount) as refusal:
        await warehouse.SetRateCard(card(Money(currency_code="GBP", nanos=1)), None)

    assert refusal.value.field == "rate_card.carriage_cost.per_parcel.nanos"


async def test_a_card_in_no_currency_is_refused(warehouse: WarehouseServicer) -> None:
    request = pb.SetRateCardRequest(
        request_id=request_id(), name="nodes/leeds", rate_card=pb.RateCard(currency_code="XXX")
    )

    with pytest.raises(UnknownCurrency) as refusal:
        await warehouse.SetRateCard(request, None)

    assert refusal.value.field == "rate_card.currency_code"


async def test_availability_is_what_is_not_promised(warehouse: WarehouseServicer) -> None:
    await warehouse.ReserveStock(wish(3), None)

    with calling_as(SELLER):
        answer = await warehouse.GetAvailability(
            pb.GetAvailabilityRequest(sku="MUG", owner_id="acme"), None
        )

    assert answer.available == 7
    (item,) = answer.stock_items
    assert (item.node, item.on_hand, item.promised) == ("nodes/leeds", 10, 3)


async def test_a_merchant_does_not_see_the_stock_of_another(
    warehouse: WarehouseServicer,
) -> None:
    item = await warehouse.AdjustStock(adjustment(1), None)

    with calling_as(RIVAL):
        with pytest.raises(NotFound):
            await warehouse.GetStockItem(pb.GetStockItemRequest(name=item.name), None)
        with pytest.raises(NotFound):
            await warehouse.GetAvailability(
                pb.GetAvailabilityRequest(sku="MUG", owner_id="acme"), None
            )
        with pytest.raises(NotFound):
            await warehouse.ListStockItems(pb.ListStockItemsRequest(owner_id="acme"), None)


async def test_a_merchant_announces_their_own_goods_only(warehouse: WarehouseServicer) -> None:
    with calling_as(RIVAL), pytest.raises(Forbidden) as refusal:
        await warehouse.CreateInboundPlan(draft(), None)

    assert refusal.value.field == "owner_id"


async def test_an_announced_plan_is_the_owners_to_send(warehouse: WarehouseServicer) -> None:
    with calling_as(SELLER):
        plan = await warehouse.CreateInboundPlan(draft(), None)
        active = await warehouse.ActivateInboundPlan(
            pb.ActivateInboundPlanRequest(request_id=request_id(), name=plan.name), None
        )
    with calling_as(RIVAL), pytest.raises(NotFound):
        await warehouse.GetInboundPlan(pb.GetInboundPlanRequest(name=plan.name), None)

    assert active.state == pb.INBOUND_PLAN_STATE_ACTIVE
    assert list(active.lines) == [pb.InboundLine(sku="MUG", expected=4)]


async def test_a_reservation_is_named_by_order_and_attempt(warehouse: WarehouseServicer) -> None:
    await warehouse.ReserveStock(wish(3), None)

    reservation = await warehouse.GetReservation(pb.GetReservationRequest(name=RESERVATION), None)

    assert reservation == pb.Reservation(
        name=RESERVATION,
        state=pb.RESERVATION_STATE_HELD,
        lines=[
            pb.ReservedLine(line_id="1", sku="MUG", node="nodes/leeds", owner_id="acme", quantity=3)
        ],
        expire_time=timestamp(LATER),
    )


async def test_what_is_short_is_answered_and_not_refused(warehouse: WarehouseServicer) -> None:
    reservation = await warehouse.ReserveStock(wish(11), None)

    assert reservation.state == pb.RESERVATION_STATE_REJECTED
    assert list(reservation.shortages) == [pb.MissingUnits(line_id="1", sku="MUG", quantity=1)]


async def test_a_parcel_goes_to_the_buyer(warehouse: WarehouseServicer) -> None:
    name = await allocated(warehouse)

    await warehouse.StartPicking(pb.StartPickingRequest(request_id=request_id(), name=name), None)
    await warehouse.ConfirmPick(pb.ConfirmPickRequest(request_id=request_id(), name=name), None)
    await warehouse.ConfirmPack(pb.ConfirmPackRequest(request_id=request_id(), name=name), None)
    await warehouse.HandOver(
        pb.HandOverRequest(
            request_id=request_id(), name=name, carrier="Royal Mail", tracking_number="RM1"
        ),
        None,
    )
    await warehouse.TrackingUpdate(
        pb.TrackingUpdateRequest(
            request_id=request_id(), name=name, status=pb.TRACKING_STATUS_DELIVERED
        ),
        None,
    )

    with calling_as(SELLER):
        parcel = await warehouse.GetFulfilmentOrder(pb.GetFulfilmentOrderRequest(name=name), None)
    assert parcel.state == pb.FULFILMENT_STATE_DELIVERED
    assert (parcel.order, parcel.node, parcel.carrier) == (ORDER, "nodes/leeds", "Royal Mail")
    assert list(parcel.lines) == [pb.FulfilmentLine(line_id="1", sku="MUG", quantity=3)]


async def test_of_a_batch_each_item_stands_or_falls_alone(warehouse: WarehouseServicer) -> None:
    answer = await warehouse.BatchAdjustStock(
        pb.BatchAdjustStockRequest(requests=[adjustment(-11), adjustment(5, sku="CUP")]), None
    )

    refused, done = answer.results
    assert refused.WhichOneof("outcome") == "error"
    assert done.stock_item.on_hand == 5


async def test_a_step_out_of_turn_is_refused_in_its_own_result(
    warehouse: WarehouseServicer,
) -> None:
    name = await allocated(warehouse)

    answer = await warehouse.BatchConfirmPick(
        pb.BatchConfirmPickRequest(
            requests=[pb.ConfirmPickRequest(request_id=request_id(), name=name)]
        ),
        None,
    )

    (result,) = answer.results
    assert result.error.message.startswith("PICKED does not follow PLANNED")
