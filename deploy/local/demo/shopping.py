"""Shopping: a buyer asks for a quote, agrees, checks out, and follows the order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import cast

from deploy.local.demo.cast import Article, Buyer, Creator
from deploy.local.demo.players import found
from deploy.local.demo.stage import Stage
from deploy.local.demo.world import PATIENCE_S, DemoFailed, Purchase, World
from libs.contracts.common.v1 import types_pb2
from libs.contracts.order.v1 import order_service_pb2 as orders
from libs.contracts.payment.v1 import payment_service_pb2 as payments
from libs.observability.tracing import SpanKind, span
from libs.rpc.convert import to_money

FINAL = frozenset({"COMPLETED", "REJECTED", "EXPIRED", "CANCELLED"})


def line(
    world: World,
    stage: Stage,
    buyer: Buyer,
    article: Article,
    *,
    quantity: int = 1,
    live: bool = False,
    creator: Creator | None = None,
) -> orders.BasketLine:
    """Where the buyer met it decides who is credited: a live session's host, a video's creator."""
    surface = (
        types_pb2.SURFACE_LIVE
        if live
        else types_pb2.SURFACE_VIDEO
        if creator
        else types_pb2.SURFACE_MALL
    )
    return orders.BasketLine(
        offer=stage.offer(article, buyer.country),
        quantity=quantity,
        surface=surface,
        live_session=stage.live_session if live else "",
        creator=f"creators/{world.run.slug(creator.key)}" if creator else "",
    )


async def check_out(world: World, buyer: Buyer, *lines: orders.BasketLine) -> Purchase:
    """Here a trace begins that will run through every service."""
    subject = world.run.slug(buyer.key)
    shop = world.players.buyer(subject).orders
    basket = basket_of(world, buyer, lines)
    with span(f"{buyer.name} checks out", kind=SpanKind.CLIENT) as root:
        quote = await shop.Quote(orders.QuoteRequest(basket=basket))
        order = await shop.PlaceOrder(
            orders.PlaceOrderRequest(
                request_id=world.run.request("order", buyer.key),
                basket=basket,
                method_token=buyer.card,
                quote_token=quote.quote_token,
                recipient=_recipient(buyer),
            )
        )
    purchase = world.purchases[buyer.key] = Purchase(
        who=buyer.name,
        name=order.name,
        traceparent=root.traceparent,
        total=to_money(order.total),
        buyer=subject,
    )
    return purchase


def basket_of(world: World, buyer: Buyer, lines: Sequence[orders.BasketLine]) -> orders.Basket:
    return orders.Basket(
        buyer=f"buyers/{world.run.slug(buyer.key)}",
        market=f"markets/{buyer.country.market}",
        ship_to_country=buyer.country.code,
        lines=lines,
    )


async def follow(world: World, purchase: Purchase, *wanted: str) -> str:
    """Listen to the order until it is where it should come; returns the way that it took."""
    shop = world.players.buyer(purchase.buyer).orders
    request = orders.FollowOrderRequest(name=purchase.name)
    # Our client streams by an async generator, whatever the generated stub calls it.
    stream = cast("AsyncGenerator[orders.FollowOrderResponse, None]", shop.FollowOrder(request))
    way: list[str] = []
    try:
        async with asyncio.timeout(PATIENCE_S), aclosing(stream) as news:
            async for update in news:
                state = orders.OrderState.Name(update.state).removeprefix("ORDER_STATE_")
                way.append(state)
                if state != purchase.state:
                    purchase.states.append(state)
                if state in wanted or state in FINAL:
                    break
    except TimeoutError:
        pass
    if purchase.state not in wanted:
        raise DemoFailed(
            f"{purchase.who}'s order {purchase.id} is {purchase.state or 'not heard of'} "
            f"after {PATIENCE_S:.0f} s, and should be {' or '.join(wanted)}"
        )
    return " → ".join(it.lower().replace("_", " ") for it in way)


async def order_of(world: World, purchase: Purchase) -> orders.Order:
    return await world.players.buyer(purchase.buyer).orders.GetOrder(
        orders.GetOrderRequest(name=purchase.name)
    )


async def payment_of(world: World, purchase: Purchase, *, once: str) -> payments.Payment:
    """The payment, once it stands so; of a declined one, the last attempt."""
    payment = payments.Payment()

    async def stands() -> bool:
        nonlocal payment
        order = await order_of(world, purchase)
        if not order.payment:
            return False
        request = payments.GetPaymentRequest(name=order.payment)
        payment = await found(world.players.ops.payments.GetPayment(request)) or payment
        return payments.Payment.State.Name(payment.state) == f"STATE_{once}"

    await world.wait(f"{purchase.who}'s payment is not {once.lower()}", stands)
    return payment


def _recipient(buyer: Buyer) -> orders.Recipient:
    """Nobody lives there. It is sealed in the vault, and no other service ever sees it."""
    return orders.Recipient(
        full_name=f"{buyer.name} Example",
        address_lines=["1 Example Street"],
        locality="Exampleton",
        postal_code="00000",
    )
