"""Trade: what is asked of the services on a business day, in the protos' words."""

from collections.abc import Iterator, Mapping
from typing import Final

from google.type import money_pb2

from deploy.local.importers.online_retail.days import (
    Adjustment,
    Move,
    Order,
    Return,
    Sold,
    StockMove,
)
from deploy.local.importers.online_retail.shop import CURRENCY, MARKET, Shop, pounds
from deploy.local.importers.online_retail.tally import Heading
from libs.contracts.common.v1 import types_pb2
from libs.contracts.ledger.v1 import ledger_service_pb2 as ledger
from libs.contracts.order.v1 import order_service_pb2 as order_pb
from libs.contracts.returns.v1 import returns_service_pb2 as returns
from libs.contracts.warehouse.v1 import warehouse_service_pb2 as warehouse
from libs.rpc.convert import timestamp

METHOD: Final = "tok_ok"
"""A payment method that the built-in provider always takes: this year was paid."""

CARRIER: Final = "outside"
PROMOTION: Final = "trade-price"
NANOS_OF_A_THOUSANDTH: Final = 1_000_000

KINDS: Final = {
    Heading.MANUAL: ledger.ADJUSTMENT_KIND_MANUAL,
    Heading.DISCOUNT: ledger.ADJUSTMENT_KIND_DISCOUNT,
    Heading.FEE: ledger.ADJUSTMENT_KIND_FEE,
    Heading.CHARITY: ledger.ADJUSTMENT_KIND_CHARITY,
    Heading.SAMPLE: ledger.ADJUSTMENT_KIND_SAMPLE,
    Heading.BAD_DEBT: ledger.ADJUSTMENT_KIND_BAD_DEBT,
    Heading.UNMATCHED: ledger.ADJUSTMENT_KIND_UNMATCHED_CANCELLATION,
}
"""What has no kind of its own is MANUAL, and known by its reason."""

CAUSES: Final = {
    Move.COUNT: warehouse.ADJUSTMENT_CAUSE_COUNT,
    Move.WRITE_OFF: warehouse.ADJUSTMENT_CAUSE_WRITE_OFF,
    Move.RETURN: warehouse.ADJUSTMENT_CAUSE_RETURN,
}


class Trade:
    """Of one shop; `offers` are the names under which its codes are sold."""

    def __init__(self, shop: Shop, offers: Mapping[str, str]) -> None:
        self._shop = shop
        self._offers = offers

    def order(self, order: Order) -> order_pb.PlaceOrderRequest:
        return order_pb.PlaceOrderRequest(
            request_id=self._shop.request_id("order", order.key),
            basket=order_pb.Basket(
                buyer=f"buyers/{order.buyer}",
                market=self._shop.market,
                ship_to_country=order.country,
                lines=[self._line(line) for line in order.lines],
                shipping=pounds(order.shipping) if order.shipping else None,
            ),
            method_token=METHOD,
            external_reference=order.invoice,
        )

    def _line(self, line: Sold) -> order_pb.BasketLine:
        return order_pb.BasketLine(
            offer=self._offers[line.code],
            quantity=line.units,
            surface=types_pb2.SURFACE_EXTERNAL,
            discounts=[
                order_pb.Discount(
                    promotion=PROMOTION,
                    funding=order_pb.FUNDING_MERCHANT,
                    amount=pounds(line.discount),
                )
            ]
            if line.discount
            else [],
        )

    def stock_move(self, move: StockMove) -> warehouse.AdjustStockRequest:
        return warehouse.AdjustStockRequest(
            request_id=self._shop.request_id("stock", move.key),
            sku=move.code,
            node=self._shop.node,
            owner_id=self._shop.slug,
            delta=move.delta,
            cause=CAUSES[move.cause],
            condition=warehouse.STOCK_CONDITION_SELLABLE,
        )

    def adjustments(self, adjustment: Adjustment) -> Iterator[ledger.PostAdjustmentRequest]:
        """The pence, and what pence cannot hold."""
        kind = KINDS.get(adjustment.heading, ledger.ADJUSTMENT_KIND_MANUAL)
        if adjustment.minor:
            yield self._adjustment("adjust", adjustment, kind, pounds(adjustment.minor))
        if adjustment.residue:
            residue = money_pb2.Money(
                currency_code=CURRENCY, nanos=adjustment.residue * NANOS_OF_A_THOUSANDTH
            )
            yield self._adjustment("residue", adjustment, ledger.ADJUSTMENT_KIND_RESIDUE, residue)

    def _adjustment(
        self,
        step: str,
        adjustment: Adjustment,
        kind: ledger.AdjustmentKind.ValueType,
        amount: money_pb2.Money,
    ) -> ledger.PostAdjustmentRequest:
        return ledger.PostAdjustmentRequest(
            request_id=self._shop.request_id(step, adjustment.key),
            payee=self._shop.account,
            kind=kind,
            reason=adjustment.reason,
            amount=amount,
            market=MARKET,
            effective_at=timestamp(adjustment.at),
        )

    def opening(self, return_: Return, order: str, line_id: str) -> returns.OpenReturnRequest:
        """It was agreed in another system, long ago."""
        return returns.OpenReturnRequest(
            request_id=self._shop.request_id("return", return_.key),
            order=order,
            line_id=line_id,
            quantity=return_.units,
            kind=returns.RETURN_KIND_RETURN_AND_REFUND,
            reason=returns.RETURN_REASON_CHANGED_MIND,
            outside_window=True,
            agreed=True,
        )

    def inspection(self, return_: Return, case: str) -> returns.RecordInspectionRequest:
        return returns.RecordInspectionRequest(
            request_id=self._shop.request_id("inspection", return_.key),
            name=case,
            node_id=self._shop.slug,
            findings=[
                returns.Finding(quantity=return_.units, disposition=types_pb2.DISPOSITION_SELLABLE)
            ],
        )

    # How a parcel goes its way: the same five steps for each.

    def picking(self, parcel: str) -> warehouse.StartPickingRequest:
        return warehouse.StartPickingRequest(request_id=self._of("picking", parcel), name=parcel)

    def picked(self, parcel: str) -> warehouse.ConfirmPickRequest:
        return warehouse.ConfirmPickRequest(request_id=self._of("picked", parcel), name=parcel)

    def packed(self, parcel: str) -> warehouse.ConfirmPackRequest:
        return warehouse.ConfirmPackRequest(request_id=self._of("packed", parcel), name=parcel)

    def handed_over(self, parcel: str) -> warehouse.HandOverRequest:
        return warehouse.HandOverRequest(
            request_id=self._of("handed-over", parcel),
            name=parcel,
            carrier=CARRIER,
            tracking_number=parcel.rpartition("/")[2],
        )

    def delivered(self, parcel: str) -> warehouse.TrackingUpdateRequest:
        return warehouse.TrackingUpdateRequest(
            request_id=self._of("delivered", parcel),
            name=parcel,
            status=warehouse.TRACKING_STATUS_DELIVERED,
        )

    def _of(self, step: str, parcel: str) -> str:
        return self._shop.request_id(step, parcel)
