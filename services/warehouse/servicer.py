"""The warehouse over gRPC: proto to command, aggregate to proto."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

from google.type.money_pb2 import Money as MoneyMessage

from libs.contracts.warehouse.v1 import warehouse_service_pb2 as pb
from libs.contracts.warehouse.v1.warehouse_service_pb2_grpc import WarehouseServiceServicer
from libs.domain import Forbidden, NotFound
from libs.money import Money
from libs.rpc import batch, caller
from libs.rpc.convert import from_money, timestamp, to_money, to_uuid, when
from libs.rpc.pages import page_of
from services.warehouse import commands as c
from services.warehouse.app import WarehouseApp
from services.warehouse.domain import (
    Cause,
    Condition,
    ExpectedReturn,
    FulfilmentOrder,
    FulfilmentState,
    InboundPlan,
    Node,
    Parcel,
    Rate,
    RateCard,
    Report,
    Reservation,
    SkuUnits,
    StockItem,
    Wanted,
    reservation_id,
)
from services.warehouse.readmodel import WarehouseLists


class WarehouseServicer(WarehouseServiceServicer):
    def __init__(self, app: WarehouseApp, lists: WarehouseLists) -> None:
        self._app = app
        self._lists = lists

    # Nodes

    async def OpenNode(self, request: pb.OpenNodeRequest, context: object) -> pb.Node:
        node = await self._app.open_node(
            c.OpenNode(
                request_id=UUID(request.request_id),
                node_id=request.node_id,
                title=request.title,
                country=request.country_code,
            )
        )
        return _node(node)

    async def SetRateCard(self, request: pb.SetRateCardRequest, context: object) -> pb.Node:
        node = await self._app.set_rate_card(
            c.SetRateCard(
                request_id=UUID(request.request_id),
                node_id=_slug(request.name),
                card=_to_card(request.rate_card),
            )
        )
        return _node(node)

    async def GetNode(self, request: pb.GetNodeRequest, context: object) -> pb.Node:
        return _node(await self._app.nodes.node(_slug(request.name)))

    async def ListNodes(
        self, request: pb.ListNodesRequest, context: object
    ) -> pb.ListNodesResponse:
        page = page_of(request, str)
        nodes = (await self._app.nodes.all()).nodes
        following = [node for node in nodes if page.after is None or node.node_id > page.after]
        listed, token = page.cut(following[: page.limit], key=lambda node: node.node_id)
        return pb.ListNodesResponse(nodes=[_node(node) for node in listed], next_page_token=token)

    # Stock

    async def AdjustStock(self, request: pb.AdjustStockRequest, context: object) -> pb.StockItem:
        return await self._adjust(request)

    async def BatchAdjustStock(
        self, request: pb.BatchAdjustStockRequest, context: object
    ) -> pb.BatchAdjustStockResponse:
        results = await batch.each(request.requests, self._adjust, result=pb.StockItemResult)
        return pb.BatchAdjustStockResponse(results=results)

    async def GetStockItem(self, request: pb.GetStockItemRequest, context: object) -> pb.StockItem:
        item = await self._app.stock.get(to_uuid(request.name))
        _must_see(item.owner_id, request.name)
        return _stock_item(item)

    async def ListStockItems(
        self, request: pb.ListStockItemsRequest, context: object
    ) -> pb.ListStockItemsResponse:
        page = page_of(request, int)
        listed, token = page.cut(
            await self._lists.stock_items(
                sku=request.sku or None,
                node_id=_slug(request.node) or None,
                owner_id=_owner(request.owner_id),
                after=page.after,
                limit=page.limit,
            ),
            key=lambda row: row.number,
        )
        items = await asyncio.gather(*(self._app.stock.get(row.id) for row in listed))
        return pb.ListStockItemsResponse(
            stock_items=[_stock_item(item) for item in items], next_page_token=token
        )

    async def GetAvailability(
        self, request: pb.GetAvailabilityRequest, context: object
    ) -> pb.Availability:
        _must_see(request.owner_id, f"stock of {request.owner_id}")
        items = await self._app.stock_of(sku=request.sku, owner_id=request.owner_id)
        return pb.Availability(
            sku=request.sku,
            owner_id=request.owner_id,
            available=sum(item.available for item in items),
            stock_items=[_stock_item(item) for item in items],
        )

    # Inbound

    async def CreateInboundPlan(
        self, request: pb.CreateInboundPlanRequest, context: object
    ) -> pb.InboundPlan:
        if _merchant() not in (None, request.owner_id):
            raise Forbidden("merchants announce their own goods", field="owner_id")
        plan = await self._app.create_inbound_plan(
            c.CreateInboundPlan(
                request_id=UUID(request.request_id),
                node_id=_slug(request.node),
                owner_id=request.owner_id,
                lines=_sku_units(request.lines),
            )
        )
        return _plan(plan)

    async def ActivateInboundPlan(
        self, request: pb.ActivateInboundPlanRequest, context: object
    ) -> pb.InboundPlan:
        plan = await self._app.activate_inbound_plan(
            c.ActivateInboundPlan(
                request_id=UUID(request.request_id),
                plan_id=to_uuid(request.name),
                merchant_id=_merchant(),
            )
        )
        return _plan(plan)

    async def ShipInboundPlan(
        self, request: pb.ShipInboundPlanRequest, context: object
    ) -> pb.InboundPlan:
        plan = await self._app.ship_inbound_plan(
            c.ShipInboundPlan(
                request_id=UUID(request.request_id),
                plan_id=to_uuid(request.name),
                merchant_id=_merchant(),
            )
        )
        return _plan(plan)

    async def CheckInInboundPlan(
        self, request: pb.CheckInInboundPlanRequest, context: object
    ) -> pb.InboundPlan:
        plan = await self._app.check_in_inbound_plan(
            c.CheckInInboundPlan(request_id=UUID(request.request_id), plan_id=to_uuid(request.name))
        )
        return _plan(plan)

    async def ReceiveLines(
        self, request: pb.ReceiveLinesRequest, context: object
    ) -> pb.InboundPlan:
        return await self._receive_lines(request)

    async def BatchReceiveLines(
        self, request: pb.BatchReceiveLinesRequest, context: object
    ) -> pb.BatchReceiveLinesResponse:
        results = await batch.each(
            request.requests, self._receive_lines, result=pb.InboundPlanResult
        )
        return pb.BatchReceiveLinesResponse(results=results)

    async def CloseInboundPlan(
        self, request: pb.CloseInboundPlanRequest, context: object
    ) -> pb.InboundPlan:
        plan = await self._app.close_inbound_plan(
            c.CloseInboundPlan(request_id=UUID(request.request_id), plan_id=to_uuid(request.name))
        )
        return _plan(plan)

    async def VoidInboundPlan(
        self, request: pb.VoidInboundPlanRequest, context: object
    ) -> pb.InboundPlan:
        plan = await self._app.void_inbound_plan(
            c.VoidInboundPlan(
                request_id=UUID(request.request_id),
                plan_id=to_uuid(request.name),
                merchant_id=_merchant(),
            )
        )
        return _plan(plan)

    async def GetInboundPlan(
        self, request: pb.GetInboundPlanRequest, context: object
    ) -> pb.InboundPlan:
        plan = await self._app.plans.get(to_uuid(request.name))
        plan.must_belong_to(_merchant())
        return _plan(plan)

    # Reservations

    async def ReserveStock(
        self, request: pb.ReserveStockRequest, context: object
    ) -> pb.Reservation:
        reservation = await self._app.reserve_stock(
            c.ReserveStock(
                request_id=UUID(request.request_id),
                order_id=to_uuid(request.order),
                attempt=request.attempt,
                currency=_currency(request.currency_code),
                ship_to_country=request.ship_to_country_code,
                lines=tuple(
                    Wanted(line.line_id, line.sku, line.owner_id, line.quantity, line.weight_grams)
                    for line in request.lines
                ),
                until=when(request.expire_time),
            )
        )
        return _reservation(reservation)

    async def ExtendReservation(
        self, request: pb.ExtendReservationRequest, context: object
    ) -> pb.Reservation:
        order_id, attempt = _key(request.name)
        reservation = await self._app.extend_reservation(
            c.ExtendReservation(
                request_id=UUID(request.request_id),
                order_id=order_id,
                attempt=attempt,
                until=when(request.expire_time),
            )
        )
        return _reservation(reservation)

    async def ConfirmReservation(
        self, request: pb.ConfirmReservationRequest, context: object
    ) -> pb.Reservation:
        order_id, attempt = _key(request.name)
        reservation = await self._app.confirm_reservation(
            c.ConfirmReservation(
                request_id=UUID(request.request_id), order_id=order_id, attempt=attempt
            )
        )
        return _reservation(reservation)

    async def ReleaseReservation(
        self, request: pb.ReleaseReservationRequest, context: object
    ) -> pb.Reservation:
        order_id, attempt = _key(request.name)
        reservation = await self._app.release_reservation(
            c.ReleaseReservation(
                request_id=UUID(request.request_id), order_id=order_id, attempt=attempt
            )
        )
        return _reservation(reservation)

    async def GetReservation(
        self, request: pb.GetReservationRequest, context: object
    ) -> pb.Reservation:
        key = reservation_id(*_key(request.name))
        return _reservation(await self._app.reservations.get(key))

    # Fulfilment

    async def GetFulfilmentOrder(
        self, request: pb.GetFulfilmentOrderRequest, context: object
    ) -> pb.FulfilmentOrder:
        fulfilment = await self._app.fulfilments.get(to_uuid(request.name))
        _must_see(fulfilment.owner_id, request.name)
        return _fulfilment_order(fulfilment)

    async def ListFulfilmentOrders(
        self, request: pb.ListFulfilmentOrdersRequest, context: object
    ) -> pb.ListFulfilmentOrdersResponse:
        page = page_of(request, int)
        listed, token = page.cut(
            await self._lists.fulfilment_orders(
                order_id=to_uuid(request.order) if request.order else None,
                node_id=_slug(request.node) or None,
                owner_id=_owner(request.owner_id),
                state=_state(request.state),
                after=page.after,
                limit=page.limit,
            ),
            key=lambda row: row.number,
        )
        fulfilments = await asyncio.gather(*(self._app.fulfilments.get(row.id) for row in listed))
        return pb.ListFulfilmentOrdersResponse(
            fulfilment_orders=[_fulfilment_order(fulfilment) for fulfilment in fulfilments],
            next_page_token=token,
        )

    async def StartPicking(
        self, request: pb.StartPickingRequest, context: object
    ) -> pb.FulfilmentOrder:
        return await self._start_picking(request)

    async def BatchStartPicking(
        self, request: pb.BatchStartPickingRequest, context: object
    ) -> pb.BatchStartPickingResponse:
        results = await batch.each(
            request.requests, self._start_picking, result=pb.FulfilmentOrderResult
        )
        return pb.BatchStartPickingResponse(results=results)

    async def ConfirmPick(
        self, request: pb.ConfirmPickRequest, context: object
    ) -> pb.FulfilmentOrder:
        return await self._confirm_pick(request)

    async def BatchConfirmPick(
        self, request: pb.BatchConfirmPickRequest, context: object
    ) -> pb.BatchConfirmPickResponse:
        results = await batch.each(
            request.requests, self._confirm_pick, result=pb.FulfilmentOrderResult
        )
        return pb.BatchConfirmPickResponse(results=results)

    async def ConfirmPack(
        self, request: pb.ConfirmPackRequest, context: object
    ) -> pb.FulfilmentOrder:
        return await self._confirm_pack(request)

    async def BatchConfirmPack(
        self, request: pb.BatchConfirmPackRequest, context: object
    ) -> pb.BatchConfirmPackResponse:
        results = await batch.each(
            request.requests, self._confirm_pack, result=pb.FulfilmentOrderResult
        )
        return pb.BatchConfirmPackResponse(results=results)

    async def HandOver(self, request: pb.HandOverRequest, context: object) -> pb.FulfilmentOrder:
        return await self._hand_over(request)

    async def BatchHandOver(
        self, request: pb.BatchHandOverRequest, context: object
    ) -> pb.BatchHandOverResponse:
        results = await batch.each(
            request.requests, self._hand_over, result=pb.FulfilmentOrderResult
        )
        return pb.BatchHandOverResponse(results=results)

    async def TrackingUpdate(
        self, request: pb.TrackingUpdateRequest, context: object
    ) -> pb.FulfilmentOrder:
        return await self._track(request)

    async def BatchTrackingUpdate(
        self, request: pb.BatchTrackingUpdateRequest, context: object
    ) -> pb.BatchTrackingUpdateResponse:
        results = await batch.each(request.requests, self._track, result=pb.FulfilmentOrderResult)
        return pb.BatchTrackingUpdateResponse(results=results)

    # Returned goods

    async def GetExpectedReturn(
        self, request: pb.GetExpectedReturnRequest, context: object
    ) -> pb.ExpectedReturn:
        returned = await self._app.returns.get(to_uuid(request.name))
        _must_see(returned.owner_id, request.name)
        return _expected_return(returned)

    async def ReceiveReturn(
        self, request: pb.ReceiveReturnRequest, context: object
    ) -> pb.ExpectedReturn:
        return await self._receive_return(request)

    async def BatchReceiveReturn(
        self, request: pb.BatchReceiveReturnRequest, context: object
    ) -> pb.BatchReceiveReturnResponse:
        results = await batch.each(
            request.requests, self._receive_return, result=pb.ExpectedReturnResult
        )
        return pb.BatchReceiveReturnResponse(results=results)

    async def PutAway(self, request: pb.PutAwayRequest, context: object) -> pb.ExpectedReturn:
        return await self._put_away(request)

    async def BatchPutAway(
        self, request: pb.BatchPutAwayRequest, context: object
    ) -> pb.BatchPutAwayResponse:
        results = await batch.each(request.requests, self._put_away, result=pb.ExpectedReturnResult)
        return pb.BatchPutAwayResponse(results=results)

    # One of what comes alone or in batches

    async def _adjust(self, request: pb.AdjustStockRequest) -> pb.StockItem:
        item = await self._app.adjust_stock(
            c.AdjustStock(
                request_id=UUID(request.request_id),
                sku=request.sku,
                node_id=_slug(request.node),
                owner_id=request.owner_id,
                delta=request.delta,
                cause=_cause(request.cause),
                condition=_condition(request.condition),
                etag=request.etag,
            )
        )
        return _stock_item(item)

    async def _receive_lines(self, request: pb.ReceiveLinesRequest) -> pb.InboundPlan:
        plan = await self._app.receive_lines(
            c.ReceiveLines(
                request_id=UUID(request.request_id),
                plan_id=to_uuid(request.name),
                lines=_sku_units(request.lines),
            )
        )
        return _plan(plan)

    async def _start_picking(self, request: pb.StartPickingRequest) -> pb.FulfilmentOrder:
        fulfilment = await self._app.start_picking(
            c.StartPicking(
                request_id=UUID(request.request_id), fulfilment_order_id=to_uuid(request.name)
            )
        )
        return _fulfilment_order(fulfilment)

    async def _confirm_pick(self, request: pb.ConfirmPickRequest) -> pb.FulfilmentOrder:
        fulfilment = await self._app.confirm_pick(
            c.ConfirmPick(
                request_id=UUID(request.request_id), fulfilment_order_id=to_uuid(request.name)
            )
        )
        return _fulfilment_order(fulfilment)

    async def _confirm_pack(self, request: pb.ConfirmPackRequest) -> pb.FulfilmentOrder:
        fulfilment = await self._app.confirm_pack(
            c.ConfirmPack(
                request_id=UUID(request.request_id), fulfilment_order_id=to_uuid(request.name)
            )
        )
        return _fulfilment_order(fulfilment)

    async def _hand_over(self, request: pb.HandOverRequest) -> pb.FulfilmentOrder:
        fulfilment = await self._app.hand_over(
            c.HandOver(
                request_id=UUID(request.request_id),
                fulfilment_order_id=to_uuid(request.name),
                carrier=request.carrier,
                tracking_number=request.tracking_number,
            )
        )
        return _fulfilment_order(fulfilment)

    async def _track(self, request: pb.TrackingUpdateRequest) -> pb.FulfilmentOrder:
        fulfilment = await self._app.track_parcel(
            c.TrackParcel(
                request_id=UUID(request.request_id),
                fulfilment_order_id=to_uuid(request.name),
                report=_report(request.status),
                failure_code=request.failure_code,
            )
        )
        return _fulfilment_order(fulfilment)

    async def _receive_return(self, request: pb.ReceiveReturnRequest) -> pb.ExpectedReturn:
        returned = await self._app.receive_return(
            c.ReceiveReturn(
                request_id=UUID(request.request_id),
                return_id=to_uuid(request.name),
                node_id=_slug(request.node),
                quantity=request.quantity,
            )
        )
        return _expected_return(returned)

    async def _put_away(self, request: pb.PutAwayRequest) -> pb.ExpectedReturn:
        returned = await self._app.put_away(
            c.PutAway(
                request_id=UUID(request.request_id),
                return_id=to_uuid(request.name),
                quantity=request.quantity,
                condition=_condition(request.condition),
            )
        )
        return _expected_return(returned)


def _merchant() -> str | None:
    """The merchant the caller acts for; None for those who run the marketplace."""
    who = caller()
    return None if who.roles & {"ops", "service"} else who.merchant or ""


def _must_see(owner_id: str, name: str) -> None:
    if _merchant() not in (None, owner_id):
        raise NotFound(f"there is no {name}")


def _owner(owner_id: str) -> str | None:
    """Whose goods are listed: a merchant's own, whomever they ask about."""
    merchant = _merchant()
    if merchant is None:
        return owner_id or None
    _must_see(owner_id or merchant, f"stock of {owner_id}")
    return merchant


def _slug(name: str) -> str:
    return name.removeprefix("nodes/")


def _key(name: str) -> tuple[UUID, int]:
    """Order and attempt of `orders/{order}/reservations/{attempt}`."""
    _, order_id, _, attempt = name.split("/")
    return UUID(order_id), int(attempt)


def _currency(code: str, *, within: str = "") -> str:
    """The code, if it is a currency at all."""
    return to_money(MoneyMessage(currency_code=code), field=within).currency


def _to_card(card: pb.RateCard) -> RateCard:
    return RateCard(
        _currency(card.currency_code, within="rate_card"),
        carriage_charged=_to_rate(card.carriage_charged, "rate_card.carriage_charged"),
        carriage_cost=_to_rate(card.carriage_cost, "rate_card.carriage_cost"),
        handling_cost=_to_rate(card.handling_cost, "rate_card.handling_cost"),
        duty=_to_rate(card.duty, "rate_card.duty"),
    )


def _to_rate(rate: pb.Rate, field: str) -> Rate:
    return Rate(
        per_parcel=_minor(rate.per_parcel, f"{field}.per_parcel"),
        per_line=_minor(rate.per_line, f"{field}.per_line"),
    )


def _minor(money: MoneyMessage, field: str) -> int:
    """An amount that is left out is nothing, in any currency."""
    return to_money(money, field=field).amount if money.currency_code else 0


def _sku_units(lines: Iterable[pb.SkuQuantity]) -> tuple[SkuUnits, ...]:
    return tuple(SkuUnits(line.sku, line.quantity) for line in lines)


def _cause(cause: pb.AdjustmentCause.ValueType) -> Cause:
    return Cause(pb.AdjustmentCause.Name(cause).removeprefix("ADJUSTMENT_CAUSE_"))


def _condition(condition: pb.StockCondition.ValueType) -> Condition:
    return Condition(pb.StockCondition.Name(condition).removeprefix("STOCK_CONDITION_"))


def _report(status: pb.TrackingStatus.ValueType) -> Report:
    return Report(pb.TrackingStatus.Name(status).removeprefix("TRACKING_STATUS_"))


def _state(state: pb.FulfilmentState.ValueType) -> FulfilmentState | None:
    name = pb.FulfilmentState.Name(state).removeprefix("FULFILMENT_STATE_")
    return FulfilmentState(name) if state else None


def _node(node: Node) -> pb.Node:
    return pb.Node(
        name=f"nodes/{node.node_id}",
        title=node.title,
        country_code=node.country,
        rate_cards=[_card(card) for card in node.cards],
    )


def _card(card: RateCard) -> pb.RateCard:
    def rate(of: Rate) -> pb.Rate:
        return pb.Rate(
            per_parcel=from_money(Money(of.per_parcel, card.currency)),
            per_line=from_money(Money(of.per_line, card.currency)),
        )

    return pb.RateCard(
        currency_code=card.currency,
        carriage_charged=rate(card.carriage_charged),
        carriage_cost=rate(card.carriage_cost),
        handling_cost=rate(card.handling_cost),
        duty=rate(card.duty),
    )


def _stock_item(item: StockItem) -> pb.StockItem:
    return pb.StockItem(
        name=f"stockItems/{item.id}",
        sku=item.sku,
        node=f"nodes/{item.node_id}",
        owner_id=item.owner_id,
        on_hand=item.on_hand,
        quarantined=item.quarantined,
        unsellable=item.unsellable,
        promised=item.promised,
        available=item.available,
        etag=str(item.version),
    )


def _plan(plan: InboundPlan) -> pb.InboundPlan:
    return pb.InboundPlan(
        name=f"inboundPlans/{plan.id}",
        node=f"nodes/{plan.node_id}",
        owner_id=plan.owner_id,
        state=pb.InboundPlanState.Value(f"INBOUND_PLAN_STATE_{plan.state}"),
        lines=[
            pb.InboundLine(sku=sku, expected=expected, received=plan.received.get(sku, 0))
            for sku, expected in plan.expected.items()
        ],
        etag=str(plan.version),
    )


def _reservation(reservation: Reservation) -> pb.Reservation:
    expires_at = reservation.due
    return pb.Reservation(
        name=f"orders/{reservation.order_id}/reservations/{reservation.attempt}",
        state=pb.ReservationState.Value(f"RESERVATION_STATE_{reservation.state}"),
        lines=[line for parcel in reservation.held for line in _reserved_lines(parcel)],
        shortages=[
            pb.MissingUnits(line_id=units.line_id, sku=units.sku, quantity=units.quantity)
            for units in reservation.shortages
        ],
        expire_time=timestamp(expires_at) if expires_at else None,
        fulfilment_orders=[f"fulfilmentOrders/{id}" for id in reservation.fulfilment_order_ids],
    )


def _reserved_lines(parcel: Parcel) -> Iterable[pb.ReservedLine]:
    for line in parcel.lines:
        yield pb.ReservedLine(
            line_id=line.line_id,
            sku=line.sku,
            node=f"nodes/{parcel.node_id}",
            owner_id=parcel.owner_id,
            quantity=line.quantity,
        )


def _fulfilment_order(fulfilment: FulfilmentOrder) -> pb.FulfilmentOrder:
    return pb.FulfilmentOrder(
        name=f"fulfilmentOrders/{fulfilment.id}",
        order=f"orders/{fulfilment.order_id}",
        node=f"nodes/{fulfilment.node_id}",
        owner_id=fulfilment.owner_id,
        state=pb.FulfilmentState.Value(f"FULFILMENT_STATE_{fulfilment.state}"),
        lines=[
            pb.FulfilmentLine(line_id=line.line_id, sku=line.sku, quantity=line.quantity)
            for line in fulfilment.lines
        ],
        package_id=str(fulfilment.package_id),
        carrier=fulfilment.carrier,
        tracking_number=fulfilment.tracking_number,
        etag=str(fulfilment.version),
    )


def _expected_return(returned: ExpectedReturn) -> pb.ExpectedReturn:
    return pb.ExpectedReturn(
        name=f"expectedReturns/{returned.id}",
        order=f"orders/{returned.order_id}",
        line_id=returned.line_id,
        sku=returned.sku,
        owner_id=returned.owner_id,
        state=pb.ExpectedReturnState.Value(f"EXPECTED_RETURN_STATE_{returned.state}"),
        expected=returned.expected,
        received=returned.received,
        put_away=returned.put_away_units,
        node=f"nodes/{returned.node_id}" if returned.node_id else "",
    )
