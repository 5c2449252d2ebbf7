"""Orders over gRPC: what a caller gets, sees and may do."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import pytest
from google.type.money_pb2 import Money

from libs.contracts.common.v1 import types_pb2
from libs.contracts.order.v1 import order_service_pb2 as pb
from libs.domain import Forbidden, NotFound
from libs.rpc import Caller, calling_as
from services.order import commands as c
from services.order.app import OrderApp
from services.order.domain import FaultMissing, LineUnknown, line_id
from services.order.readmodel import Listed
from services.order.servicer import OrderServicer
from tests.services.order.samples import NOON

STOREFRONT = Caller(subject="storefront", roles=frozenset({"service"}))
BUYER = Caller(subject="buyer-1", roles=frozenset({"buyer"}))
STRANGER = Caller(subject="buyer-2", roles=frozenset({"buyer"}))
SELLER = Caller(subject="ann", roles=frozenset({"merchant"}), merchant="acme")
RIVAL = Caller(subject="bob", roles=frozenset({"merchant"}), merchant="tea-house")
CONTEXT = object()


class Searches:
    """A list of orders that remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: dict[str, object] = {}
        self.found: list[Listed] = []

    async def search(self, **asked: object) -> list[Listed]:
        self.asked = asked
        return self.found


@pytest.fixture
def searches() -> Searches:
    return Searches()


@pytest.fixture
def servicer(app: OrderApp, searches: Searches) -> OrderServicer:
    return OrderServicer(app, searches)


def usd(cents: int) -> Money:
    return Money(currency_code="USD", units=cents // 100, nanos=cents % 100 * 10_000_000)


def basket(*lines: pb.BasketLine, buyer: str = "") -> pb.Basket:
    two_mugs = pb.BasketLine(offer="offers/mug", quantity=2, surface=types_pb2.SURFACE_MALL)
    return pb.Basket(
        buyer=buyer, market="markets/US", ship_to_country="US", lines=lines or [two_mugs]
    )


def placing(request_id: UUID, what: pb.Basket | None = None, **rest: Any) -> pb.PlaceOrderRequest:
    return pb.PlaceOrderRequest(
        request_id=str(request_id), basket=what or basket(), method_token="tok_1", **rest
    )


@pytest.fixture
async def order(servicer: OrderServicer, request_id: Callable[[], UUID]) -> pb.Order:
    with calling_as(BUYER):
        return await servicer.PlaceOrder(placing(request_id()), CONTEXT)


async def states(
    stream: AsyncIterator[pb.FollowOrderResponse], number: int
) -> list[pb.OrderState.ValueType]:
    return [(await anext(stream)).state for _ in range(number)]


def test_a_placed_order_shows_what_it_costs_line_by_line(order: pb.Order) -> None:
    (line,) = order.lines

    assert (order.buyer, order.market) == ("buyers/buyer-1", "markets/US")
    assert order.state == pb.ORDER_STATE_PENDING_RESERVATION
    assert order.total == usd(5912)
    assert line.price == pb.LinePrice(
        item=usd(5000),
        merchant_discount=usd(0),
        platform_discount=usd(0),
        shipping=usd(499),
        tax=usd(413),
        duty=usd(0),
        charged=usd(5912),
        shipping_tax=usd(0),
    )
    assert (line.merchant, line.terms_id) == ("merchants/acme", "acme-1")


async def test_a_quote_is_placed_as_quoted(
    servicer: OrderServicer, request_id: Callable[[], UUID]
) -> None:
    with calling_as(BUYER):
        quote = await servicer.Quote(pb.QuoteRequest(basket=basket()), CONTEXT)
        order = await servicer.PlaceOrder(
            placing(request_id(), quote_token=quote.quote_token), CONTEXT
        )

    assert quote.total == order.total
    assert [line.price for line in quote.lines] == [line.price for line in order.lines]


async def test_a_service_orders_for_a_buyer_with_discounts_shipping_and_a_reference(
    servicer: OrderServicer, request_id: Callable[[], UUID]
) -> None:
    coupon = pb.Discount(promotion="SPRING", funding=pb.FUNDING_PLATFORM, amount=usd(300))
    line = pb.BasketLine(
        offer="offers/mug",
        quantity=2,
        surface=types_pb2.SURFACE_LIVE,
        live_session="liveSessions/friday",
        discounts=[coupon],
    )
    what = basket(line, buyer="buyers/buyer-7")
    what.shipping.CopyFrom(usd(0))

    with calling_as(STOREFRONT):
        order = await servicer.PlaceOrder(
            placing(request_id(), what, external_reference="INV-1"), CONTEXT
        )

    (sold,) = order.lines
    assert (order.buyer, order.external_reference) == ("buyers/buyer-7", "INV-1")
    assert (sold.creator, sold.live_session) == ("creators/mei", "liveSessions/friday")
    assert list(sold.discounts) == [coupon]
    assert (sold.price.shipping, sold.price.platform_discount) == (usd(0), usd(300))


async def test_nobody_buys_as_somebody_else(
    servicer: OrderServicer, request_id: Callable[[], UUID]
) -> None:
    with calling_as(BUYER), pytest.raises(Forbidden):
        await servicer.PlaceOrder(placing(request_id(), basket(buyer="buyers/buyer-2")), CONTEXT)


async def test_each_order_of_a_batch_succeeds_or_is_refused_by_itself(
    servicer: OrderServicer, request_id: Callable[[], UUID]
) -> None:
    unknown = pb.BasketLine(offer="offers/none", quantity=1, surface=types_pb2.SURFACE_MALL)
    requests = [
        placing(request_id(), basket(buyer="buyers/b1")),
        placing(request_id(), basket(unknown, buyer="buyers/b2")),
    ]

    with calling_as(STOREFRONT):
        answer = await servicer.BatchPlaceOrders(
            pb.BatchPlaceOrdersRequest(requests=requests), CONTEXT
        )

    placed, refused = answer.results
    assert placed.order.total == usd(5912)
    assert list(placed.order.lines) == []
    assert refused.WhichOneof("result") == "error"


@pytest.mark.parametrize("who", [STRANGER, RIVAL], ids=["buyer", "merchant"])
async def test_to_strangers_an_order_does_not_exist(
    servicer: OrderServicer, order: pb.Order, request_id: Callable[[], UUID], who: Caller
) -> None:
    cancel = pb.CancelLinesRequest(request_id=str(request_id()), name=order.name)

    with calling_as(who):
        with pytest.raises(NotFound):
            await servicer.GetOrder(pb.GetOrderRequest(name=order.name), CONTEXT)
        with pytest.raises(NotFound):
            await servicer.CancelLines(cancel, CONTEXT)


async def test_a_merchant_sees_their_own_lines_and_what_those_come_to(
    servicer: OrderServicer, request_id: Callable[[], UUID]
) -> None:
    both = pb.Basket(
        buyer="buyers/b1",
        market="markets/DE",
        ship_to_country="DE",
        lines=[
            pb.BasketLine(offer=offer, quantity=1, surface=types_pb2.SURFACE_MALL)
            for offer in ("offers/mug-de", "offers/lamp")
        ],
    )
    with calling_as(STOREFRONT):
        order = await servicer.PlaceOrder(placing(request_id(), both), CONTEXT)

    with calling_as(SELLER):
        seen = await servicer.GetOrder(pb.GetOrderRequest(name=order.name), CONTEXT)

    assert [line.offer for line in seen.lines] == ["offers/mug-de"]
    assert seen.total == order.lines[0].price.charged


async def test_a_merchant_token_that_names_no_merchant_sees_nothing(
    servicer: OrderServicer, order: pb.Order
) -> None:
    nobody = Caller(subject="x", roles=frozenset({"merchant"}))

    with calling_as(nobody), pytest.raises(Forbidden):
        await servicer.GetOrder(pb.GetOrderRequest(name=order.name), CONTEXT)


async def test_a_buyer_cancels_and_answers_for_it(
    servicer: OrderServicer, order: pb.Order, request_id: Callable[[], UUID]
) -> None:
    cancel = pb.CancelLinesRequest(request_id=str(request_id()), name=order.name, etag=order.etag)

    with calling_as(BUYER):
        cancelled = await servicer.CancelLines(cancel, CONTEXT)

    assert cancelled.state == pb.ORDER_STATE_CANCELLED
    assert cancelled.lines[0].cancelled == 2


async def test_staff_say_who_answers_for_a_cancellation(
    servicer: OrderServicer, order: pb.Order, request_id: Callable[[], UUID]
) -> None:
    cancel = pb.CancelLinesRequest(request_id=str(request_id()), name=order.name)

    with calling_as(STOREFRONT):
        with pytest.raises(FaultMissing):
            await servicer.CancelLines(cancel, CONTEXT)
        cancel.fault = types_pb2.FAULT_PLATFORM
        cancelled = await servicer.CancelLines(cancel, CONTEXT)

    assert cancelled.state == pb.ORDER_STATE_CANCELLED


@pytest.mark.parametrize(
    "line", [UUID(int=2**128 - 1), UUID(int=0), None], ids=["high", "low", "past the last"]
)
async def test_a_line_of_nowhere_cannot_be_cancelled(
    servicer: OrderServicer, order: pb.Order, request_id: Callable[[], UUID], line: UUID | None
) -> None:
    named = line or line_id(UUID(order.name.removeprefix("orders/")), 2)
    cancel = pb.CancelLinesRequest(
        request_id=str(request_id()),
        name=order.name,
        lines=[pb.LineUnits(line_id=str(named), quantity=1)],
    )

    with calling_as(BUYER), pytest.raises(LineUnknown):
        await servicer.CancelLines(cancel, CONTEXT)


async def test_lists_ask_for_what_the_caller_may_see(
    servicer: OrderServicer, order: pb.Order, searches: Searches
) -> None:
    searches.found = [Listed(NOON, UUID(order.name.removeprefix("orders/")))]

    with calling_as(BUYER):
        mine = await servicer.ListOrders(
            pb.ListOrdersRequest(state=pb.ORDER_STATE_PENDING_RESERVATION, market="markets/US"),
            CONTEXT,
        )
        with pytest.raises(Forbidden):
            await servicer.ListOrders(pb.ListOrdersRequest(buyer="buyers/buyer-2"), CONTEXT)

    assert [listed.name for listed in mine.orders] == [order.name]
    assert (list(mine.orders[0].lines), mine.next_page_token) == ([], "")
    assert searches.asked["buyer_id"] == "buyer-1"
    assert searches.asked["state"] == "PENDING_RESERVATION"
    with calling_as(SELLER):
        await servicer.ListOrders(pb.ListOrdersRequest(), CONTEXT)
    assert (searches.asked["buyer_id"], searches.asked["merchant_id"]) == ("", "acme")


async def test_a_page_is_followed_by_the_next(
    servicer: OrderServicer, order: pb.Order, searches: Searches
) -> None:
    here = Listed(NOON, UUID(order.name.removeprefix("orders/")))
    searches.found = [here, here]

    with calling_as(STOREFRONT):
        first = await servicer.ListOrders(pb.ListOrdersRequest(page_size=1), CONTEXT)
        await servicer.ListOrders(
            pb.ListOrdersRequest(page_size=1, page_token=first.next_page_token), CONTEXT
        )

    assert searches.asked["after"] == here


async def test_following_begins_with_the_state_of_now(
    servicer: OrderServicer, order: pb.Order
) -> None:
    with calling_as(BUYER):
        stream = servicer.FollowOrder(pb.FollowOrderRequest(name=order.name), CONTEXT)

        assert await states(stream, 1) == [pb.ORDER_STATE_PENDING_RESERVATION]


async def test_a_label_is_printed_from_the_vault_until_the_person_is_forgotten(
    servicer: OrderServicer, app: OrderApp, request_id: Callable[[], UUID]
) -> None:
    wei = pb.Recipient(full_name="Wei Zhang", address_lines=["12 Harbour St"], locality="Portland")
    with calling_as(BUYER):
        order = await servicer.PlaceOrder(placing(request_id(), recipient=wei), CONTEXT)
    name = f"{order.name}/recipient"

    with calling_as(STOREFRONT):
        assert await servicer.GetRecipient(pb.GetRecipientRequest(name=name), CONTEXT) == wei
        erased = await servicer.EraseBuyer(
            pb.EraseBuyerRequest(request_id=str(request_id()), name="buyers/buyer-1"), CONTEXT
        )
        with pytest.raises(NotFound):
            await servicer.GetRecipient(pb.GetRecipientRequest(name=name), CONTEXT)

    assert erased.name == "buyers/buyer-1"
    assert erased.HasField("erase_time")


async def test_a_payment_to_confirm_shows_where(
    servicer: OrderServicer, app: OrderApp, order: pb.Order, request_id: Callable[[], UUID]
) -> None:
    order_id = UUID(order.name.removeprefix("orders/"))
    due = await app.take_reservation(
        c.TakeReservation(request_id=request_id(), order_id=order_id, attempt=1)
    )
    assert due.payment_id is not None
    await app.require_payment_action(
        c.RequirePaymentAction(
            request_id=request_id(),
            order_id=order_id,
            payment_id=due.payment_id,
            action_url="https://bank.example/3ds",
        )
    )

    with calling_as(BUYER):
        seen = await servicer.GetOrder(pb.GetOrderRequest(name=order.name), CONTEXT)

    assert seen.state == pb.ORDER_STATE_ACTION_REQUIRED
    assert (seen.action_url, seen.payment) == (
        "https://bank.example/3ds",
        f"payments/{due.payment_id}",
    )
