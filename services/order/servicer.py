"""Orders over gRPC: proto to command, aggregate to proto."""

from collections.abc import AsyncIterator
from uuid import UUID

from google.type.money_pb2 import Money as MoneyMessage

from libs.contracts.common.v1 import types_pb2
from libs.contracts.order.v1 import order_service_pb2 as pb
from libs.contracts.order.v1.order_service_pb2_grpc import OrderServiceServicer
from libs.domain import Forbidden
from libs.money import Money
from libs.rpc import batch, caller
from libs.rpc.convert import from_money, timestamp, to_money, to_uuid
from libs.rpc.pages import page_of
from services.order.app import OrderApp
from services.order.commands import CancelLines, EraseBuyer, PlaceOrder
from services.order.domain import (
    Amounts,
    Basket,
    BasketLine,
    Discount,
    Fault,
    FaultMissing,
    Funding,
    Line,
    Order,
    Progress,
    Quote,
    Recipient,
    State,
    Surface,
    Units,
    line_id,
    line_number,
)
from services.order.readmodel import Listed, OrderList

STAFF = frozenset({"service", "ops", "finance"})


class OrderServicer(OrderServiceServicer):
    def __init__(self, app: OrderApp, orders: OrderList) -> None:
        self._app = app
        self._orders = orders

    async def Quote(self, request: pb.QuoteRequest, context: object) -> pb.QuoteResponse:
        quote = await self._app.quote(_basket(request.basket), trusted=caller().has("service"))
        return _quote(quote)

    async def PlaceOrder(self, request: pb.PlaceOrderRequest, context: object) -> pb.Order:
        return _order(await self._place(request))

    async def BatchPlaceOrders(
        self, request: pb.BatchPlaceOrdersRequest, context: object
    ) -> pb.BatchPlaceOrdersResponse:
        async def place(one: pb.PlaceOrderRequest) -> pb.Order:
            return _summary(await self._place(one))

        results = await batch.each(request.requests, place, result=pb.PlaceOrderResult)
        return pb.BatchPlaceOrdersResponse(results=results)

    async def _place(self, request: pb.PlaceOrderRequest) -> Order:
        return await self._app.place_order(
            PlaceOrder(
                request_id=UUID(request.request_id),
                basket=_basket(request.basket),
                method_token=request.method_token,
                quote_token=request.quote_token,
                recipient=(
                    _recipient(request.recipient) if request.HasField("recipient") else None
                ),
                external_reference=request.external_reference,
                trusted=caller().has("service"),
            )
        )

    async def CancelLines(self, request: pb.CancelLinesRequest, context: object) -> pb.Order:
        order_id = to_uuid(request.name)
        order = await self._app.cancel_lines(
            CancelLines(
                request_id=UUID(request.request_id),
                order_id=order_id,
                lines=tuple(
                    Units(line_number(order_id, UUID(line.line_id)), line.quantity)
                    for line in request.lines
                ),
                fault=_fault(request),
                etag=request.etag,
                buyer_id=_own_buyer(),
                merchant_id=_own_merchant(),
            )
        )
        return _order(order)

    async def GetOrder(self, request: pb.GetOrderRequest, context: object) -> pb.Order:
        order = await self._app.get(
            to_uuid(request.name), buyer_id=_own_buyer(), merchant_id=_own_merchant()
        )
        return _order(order)

    async def ListOrders(
        self, request: pb.ListOrdersRequest, context: object
    ) -> pb.ListOrdersResponse:
        page = page_of(request, Listed)
        found = await self._orders.search(
            buyer_id=_only(_own_buyer(), _bare(request.buyer), field="buyer"),
            state=_state(request.state),
            market=_bare(request.market),
            merchant_id=_only(_own_merchant(), _bare(request.merchant), field="merchant"),
            after=page.after,
            limit=page.limit,
        )
        listed, token = page.cut(found, key=lambda row: row)
        orders = await self._app.get_all(row.order_id for row in listed)
        return pb.ListOrdersResponse(
            orders=[_summary(order) for order in orders], next_page_token=token
        )

    async def FollowOrder(
        self, request: pb.FollowOrderRequest, context: object
    ) -> AsyncIterator[pb.FollowOrderResponse]:
        async for order in self._app.follow(to_uuid(request.name), buyer_id=_own_buyer()):
            yield pb.FollowOrderResponse(
                name=request.name,
                state=_state_message(order.state),
                update_time=timestamp(order.modified_on),
                etag=str(order.version),
            )

    async def GetRecipient(self, request: pb.GetRecipientRequest, context: object) -> pb.Recipient:
        recipient = await self._app.recipient_of(to_uuid(request.name.removesuffix("/recipient")))
        return pb.Recipient(
            full_name=recipient.full_name,
            address_lines=recipient.address_lines,
            locality=recipient.locality,
            administrative_area=recipient.administrative_area,
            postal_code=recipient.postal_code,
            contact_email=recipient.contact_email,
            contact_phone=recipient.contact_phone,
        )

    async def EraseBuyer(
        self, request: pb.EraseBuyerRequest, context: object
    ) -> pb.EraseBuyerResponse:
        buyer = await self._app.erase_buyer(
            EraseBuyer(request_id=UUID(request.request_id), buyer_id=_bare(request.name))
        )
        return pb.EraseBuyerResponse(name=request.name, erase_time=timestamp(buyer.erased_at))


# Who asks, and what is theirs. Staff reach everything; the methods' scopes say which staff.


def _own_buyer() -> str:
    """The only buyer that the caller may act for; empty for any."""
    who = caller()
    return who.subject if who.has("buyer") and not who.roles & STAFF else ""


def _own_merchant() -> str:
    """The only merchant whose lines the caller may reach; empty for any."""
    who = caller()
    if not who.has("merchant") or who.roles & STAFF:
        return ""
    if not who.merchant:
        raise Forbidden("the token names no merchant")
    return who.merchant


def _only(own: str, asked: str, *, field: str) -> str:
    """What is asked for, where that is the caller's own."""
    if own and asked and asked != own:
        raise Forbidden("of others, nothing is told", field=field)
    return own or asked


def _fault(request: pb.CancelLinesRequest) -> Fault:
    """Buyers and merchants answer for their own cancellations; staff say who does."""
    if _own_buyer():
        return Fault.BUYER
    if _own_merchant():
        return Fault.MERCHANT
    if not request.fault:
        raise FaultMissing("say who answers for it", field="fault")
    return Fault(types_pb2.Fault.Name(request.fault).removeprefix("FAULT_"))


# From the wire.


def _bare(name: str) -> str:
    """The id in a resource name; facts and other services know ids alone."""
    return name.rpartition("/")[2]


def _basket(basket: pb.Basket) -> Basket:
    return Basket(
        buyer_id=_only(_own_buyer(), _bare(basket.buyer), field="basket.buyer"),
        market=_bare(basket.market),
        ship_to=basket.ship_to_country,
        lines=tuple(_basket_line(line) for line in basket.lines),
        shipping=(
            to_money(basket.shipping, field="basket.shipping")
            if basket.HasField("shipping")
            else None
        ),
    )


def _basket_line(line: pb.BasketLine) -> BasketLine:
    return BasketLine(
        offer_id=_bare(line.offer),
        quantity=line.quantity,
        surface=Surface(types_pb2.Surface.Name(line.surface).removeprefix("SURFACE_")),
        creator_id=_bare(line.creator),
        live_session_id=_bare(line.live_session),
        discounts=tuple(_discount(discount) for discount in line.discounts),
    )


def _discount(discount: pb.Discount) -> Discount:
    return Discount(
        promotion=discount.promotion,
        funding=Funding(pb.Funding.Name(discount.funding).removeprefix("FUNDING_")),
        amount=to_money(discount.amount, field="basket.lines.discounts.amount"),
    )


def _recipient(recipient: pb.Recipient) -> Recipient:
    return Recipient(
        full_name=recipient.full_name,
        address_lines=tuple(recipient.address_lines),
        locality=recipient.locality,
        administrative_area=recipient.administrative_area,
        postal_code=recipient.postal_code,
        contact_email=recipient.contact_email,
        contact_phone=recipient.contact_phone,
    )


def _state(state: pb.OrderState.ValueType) -> str:
    """The state to search for; empty for any."""
    return pb.OrderState.Name(state).removeprefix("ORDER_STATE_") if state else ""


# To the wire.


def _quote(quote: Quote) -> pb.QuoteResponse:
    sale = quote.sale
    return pb.QuoteResponse(
        lines=[
            pb.QuotedLine(
                offer=f"offers/{line.offer_id}",
                quantity=line.quantity,
                price=_price(line.amounts, sale.currency),
                terms_id=line.terms_id,
                mode=types_pb2.SellingMode.Value(f"SELLING_MODE_{line.mode}"),
            )
            for line in sale.lines
        ],
        total=_money(sale.total, sale.currency),
        expire_time=timestamp(quote.expires_at),
        quote_token=quote.token,
    )


def _order(order: Order) -> pb.Order:
    """The order with its lines; for a merchant, with theirs, and what those come to."""
    merchant_id = _own_merchant()
    message = _summary(order)
    lines = [
        (number, *order.line(number))
        for number, line in enumerate(order.sale.lines, start=1)
        if not merchant_id or line.merchant_id == merchant_id
    ]
    for number, line, progress in lines:
        message.lines.append(_line(order, number, line, progress))
    return message


def _summary(order: Order) -> pb.Order:
    """The order without its lines; for a merchant, with what theirs come to."""
    sale, merchant_id = order.sale, _own_merchant()
    message = pb.Order(
        name=f"orders/{order.id}",
        buyer=f"buyers/{sale.buyer_id}",
        market=f"markets/{sale.market}",
        state=_state_message(order.state),
        total=_money(order.total_of(merchant_id), sale.currency),
        refunded=_money(order.refunded_of(merchant_id), sale.currency),
        ship_to_country=sale.ship_to,
        payment=f"payments/{order.payment_id}" if order.payment_id else "",
        rejection_reason=order.rejection,
        external_reference=order.external_reference,
        create_time=timestamp(order.placed_at),
        update_time=timestamp(order.modified_on),
        etag=str(order.version),
        action_url=order.action_url,
        uncollected=order.uncollected,
    )
    if order.delivered_at:
        message.delivery_time.CopyFrom(timestamp(order.delivered_at))
    return message


def _line(order: Order, number: int, line: Line, progress: Progress) -> pb.Line:
    currency = order.sale.currency
    message = pb.Line(
        line_id=str(line_id(order.id, number)),
        offer=f"offers/{line.offer_id}",
        sku=line.sku,
        title=line.title,
        merchant=f"merchants/{line.merchant_id}",
        mode=types_pb2.SellingMode.Value(f"SELLING_MODE_{line.mode}"),
        quantity=line.quantity,
        price=_price(line.amounts, currency),
        discounts=[
            pb.Discount(
                promotion=discount.promotion,
                funding=pb.Funding.Value(f"FUNDING_{discount.funding}"),
                amount=from_money(discount.amount),
            )
            for discount in line.discounts
        ],
        surface=types_pb2.Surface.Value(f"SURFACE_{line.surface}"),
        terms_id=line.terms_id,
        cancelled=progress.cancelled,
        picking=progress.picking,
        shipped=progress.shipped,
        delivered=progress.delivered,
        lost=progress.lost,
        returned=progress.returned,
        refunded=_money(progress.refunded, currency),
    )
    if line.attribution:
        message.creator = f"creators/{line.attribution.creator_id}"
        if line.attribution.live_session_id:
            message.live_session = f"liveSessions/{line.attribution.live_session_id}"
    return message


def _price(amounts: Amounts, currency: str) -> pb.LinePrice:
    return pb.LinePrice(
        item=_money(amounts.item, currency),
        merchant_discount=_money(amounts.merchant_discount, currency),
        platform_discount=_money(amounts.platform_discount, currency),
        shipping=_money(amounts.shipping, currency),
        tax=_money(amounts.tax, currency),
        duty=_money(amounts.duty, currency),
        charged=_money(amounts.charged, currency),
        shipping_tax=_money(amounts.shipping_tax, currency),
    )


def _money(minor: int, currency: str) -> MoneyMessage:
    return from_money(Money(minor, currency))


def _state_message(state: State) -> pb.OrderState.ValueType:
    return pb.OrderState.Value(f"ORDER_STATE_{state}")
