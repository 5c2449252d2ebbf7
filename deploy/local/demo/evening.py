"""The evening: a live session, a video and a mall, and all that can become of a checkout."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from deploy.local.demo.cast import (
    AVA,
    BEN,
    CANDLE,
    CLEO,
    COUNTRIES,
    DAN,
    ELLA,
    FINN,
    GB,
    GRACE,
    IRIS,
    LAMP,
    MEI,
    OSCAR,
    THROW,
    VASE,
    Buyer,
)
from deploy.local.demo.shopping import basket_of, check_out, follow, line, order_of, payment_of
from deploy.local.demo.stage import REMORSE_HOLD_MINUTES, Stage
from deploy.local.demo.world import Purchase, World
from libs.contracts.catalog.v1 import catalog_service_pb2 as catalog
from libs.contracts.order.v1 import order_service_pb2 as orders
from libs.observability.tracing import SpanKind, span
from libs.rpc import RpcRefused
from libs.rpc.convert import to_money, when
from libs.runtime.ids import chance

CAPTURED = ("capture_allocated",)
CROWD = 24
PAYMENT_TIMEOUT_MINUTES = 31


async def ava_buys_of_two_sellers(world: World, stage: Stage) -> None:
    live = [line(world, stage, AVA, article, live=True) for article in (THROW, LAMP)]
    ava = await check_out(world, AVA, *live)
    world.story.tell(
        f"[bold]Ava[/] buys a throw and a lamp from @{MEI.handle}'s stream: one basket, one "
        f"payment of {ava.total}. Bluebell Mill sells her the throw; the lamp "
        "we buy from Aurora and sell ourselves."
    )
    way = await follow(world, ava, "ON_HOLD")
    world.story.aside(f"{way}: stock is held, her card charged, and she may still think again")
    world.story.books(await world.books.news(ava.id, rules=CAPTURED))
    world.story.aside(
        "Escrow is Bluebell's and not ours; the contract liability is ours until we deliver"
    )


async def ben_is_declined(world: World, stage: Stage) -> None:
    ben = await check_out(world, BEN, line(world, stage, BEN, LAMP, live=True))
    way = await follow(world, ben, "PENDING_PAYMENT")
    declined = await payment_of(world, ben, once="DECLINED")
    words = declined.decline_code.replace("_", " ")
    world.story.tell(
        f"[bold]Ben[/] wants a lamp for {ben.total}, and his bank says {words!r} as often as he "
        "tries. His lamp stays held while he looks for another card."
    )
    world.story.aside(way)
    world.story.nothing_in_the_books("money that was not taken is not ours to write down")


async def the_vase_sells_out(world: World, stage: Stage) -> None:
    cleo = await check_out(world, CLEO, line(world, stage, CLEO, VASE, quantity=2, live=True))
    await follow(world, cleo, "ON_HOLD")
    dan = await check_out(world, DAN, line(world, stage, DAN, VASE, live=True))
    await follow(world, dan, "REJECTED")
    rejected = await order_of(world, dan)
    world.story.tell(
        f"[bold]Cleo[/] takes both numbered vases for {cleo.total}. A second later [bold]Dan[/] "
        f"wants one: {rejected.rejection_reason.lower().replace('_', ' ')}."
    )
    world.story.books(await world.books.news(cleo.id, rules=CAPTURED))
    world.story.nothing_in_the_books("Dan was never asked to pay for what is not there")


async def others_abroad(world: World, stage: Stage) -> None:
    ella = await check_out(world, ELLA, line(world, stage, ELLA, CANDLE, creator=OSCAR))
    finn = await check_out(world, FINN, line(world, stage, FINN, THROW, creator=OSCAR))
    grace = await check_out(world, GRACE, line(world, stage, GRACE, LAMP))
    await asyncio.gather(*(follow(world, it, "ON_HOLD") for it in (ella, finn, grace)))
    world.story.tell(
        f"In Ohio [bold]Ella[/] buys a candle from @{OSCAR.handle}'s video for {ella.total}, "
        f"sales tax on top; in Saxony [bold]Finn[/] a throw for {finn.total}, tax within; "
        f"[bold]Grace[/] finds a lamp in the mall for {grace.total}."
    )
    world.story.books(await world.books.news(ella.id, finn.id, grace.id, rules=CAPTURED))


async def grace_thinks_again(world: World) -> None:
    grace = world.purchases[GRACE.key]
    order = await order_of(world, grace)
    shop = world.players.buyer(grace.buyer).orders
    with span("Grace cancels", kind=SpanKind.CLIENT, parent=grace.traceparent):
        await shop.CancelLines(
            orders.CancelLinesRequest(
                request_id=world.run.request("cancel", GRACE.key), name=grace.name, etag=order.etag
            )
        )
    await follow(world, grace, "CANCELLED")
    world.story.tell(
        f"[bold]Grace[/] cancels within the {REMORSE_HOLD_MINUTES} minutes that she has. Nothing "
        f"was picked, so it is free, and {grace.total} go back."
    )
    world.story.books(await world.books.news(grace.id, rules=("escrow_refunded", "refund_paid")))


async def iris_hears_nothing(world: World, stage: Stage) -> None:
    """The provider took the money and did not say so: nobody tries again, somebody asks."""
    iris = await check_out(world, IRIS, line(world, stage, IRIS, THROW, creator=OSCAR))
    doubtful = await payment_of(world, iris, once="UNKNOWN")
    world.story.tell(
        f"[bold]Iris[/] pays {iris.total}, and the payment provider does not answer. Whether her "
        "money was taken nobody knows, so nobody charges her again, and her throw stays held."
    )
    await world.at(when(doubtful.next_inquiry_at) + timedelta(seconds=1))
    await follow(world, iris, "ON_HOLD")
    world.story.aside("A few minutes later the sweeper asks the provider: it was. Paid once.")
    world.story.books(await world.books.news(iris.id, rules=CAPTURED))


async def the_crowd(world: World, stage: Stage) -> list[Purchase]:
    """As many as came beside them, checked out in one batch; who buys what follows the seed."""
    dice = chance(f"evening {world.run.number}")
    requests = []
    for number in range(CROWD):
        country = dice.choice(COUNTRIES)
        buyer = Buyer(key=f"viewer-{number}", name="Somebody", country=country)
        article = dice.choice((THROW, CANDLE, LAMP))
        creator = None if country is GB else dice.choice((OSCAR, None))
        wanted = line(world, stage, buyer, article, live=country is GB, creator=creator)
        requests.append(
            orders.PlaceOrderRequest(
                request_id=world.run.request("order", buyer.key),
                basket=basket_of(world, buyer, [wanted]),
                method_token=buyer.card,
            )
        )
    with span("the crowd checks out", kind=SpanKind.CLIENT) as root:
        answer = await world.players.storefront.orders.BatchPlaceOrders(
            orders.BatchPlaceOrdersRequest(requests=requests)
        )
    crowd = []
    for result in answer.results:
        if result.HasField("error"):
            raise RpcRefused.told(result.error)
        crowd.append(
            Purchase(
                who="Somebody",
                name=result.order.name,
                traceparent=root.traceparent,
                total=to_money(result.order.total),
                buyer=result.order.buyer.removeprefix("buyers/"),
            )
        )
    await asyncio.gather(*(follow(world, it, "ON_HOLD") for it in crowd))
    world.story.tell(
        f"{CROWD} more buy in these minutes, in one batch from the storefront, and all are paid."
    )
    world.story.books(await world.books.news(*(it.id for it in crowd), rules=CAPTURED))
    return crowd


async def the_stream_ends(world: World, stage: Stage, crowd: list[Purchase]) -> None:
    await world.players.ops.catalog.EndLive(
        catalog.EndLiveRequest(request_id=world.run.request("live", "end"), name=stage.live_session)
    )
    await world.later(timedelta(minutes=PAYMENT_TIMEOUT_MINUTES))
    ben = world.purchases[BEN.key]
    await follow(world, ben, "EXPIRED")
    kept = [world.purchases[it.key] for it in (AVA, CLEO, ELLA, FINN, IRIS)]
    await asyncio.gather(*(follow(world, it, "AWAITING_SHIPMENT") for it in (*kept, *crowd)))
    world.story.tell(
        "The stream is over. Half an hour later nobody can think again any more: "
        f"{len(kept) + len(crowd)} orders go to the warehouses."
    )
    world.story.aside("Ben found no other card: his order expired, and his lamp is free again")
    world.story.nothing_in_the_books("releasing an order moves goods, not money")
