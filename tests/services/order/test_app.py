"""The order service as a whole: checkouts against its own copy of the catalog, to their end."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from libs.domain import NotFound
from libs.eventstore import RequestIdReused, StaleEtag, Store
from libs.money import Money
from libs.runtime.clock import ManualClock
from services.order import commands as c
from services.order.app import OrderApp
from services.order.bell import Bell
from services.order.catalog import Catalog
from services.order.domain import (
    Basket,
    BuyerCapExceeded,
    BuyerErased,
    BuyerMissing,
    Fault,
    MarketClosed,
    Order,
    PriceChanged,
    Recipient,
    RecipientGone,
    State,
    TrustedCallersOnly,
    Units,
    price,
)
from tests.services.order.samples import NOON, RATES, basket, wanted

RequestId = Callable[[], UUID]
MEI = Recipient(
    full_name="Wei Zhang",
    address_lines=("12 Harbour St",),
    locality="Portland",
    administrative_area="OR",
    postal_code="97201",
    contact_email="wei@example.com",
    contact_phone="",
)


def checkout(
    request_id: UUID,
    what: Basket | None = None,
    *,
    quote_token: str = "",
    recipient: Recipient | None = None,
    external_reference: str = "",
    trusted: bool = False,
) -> c.PlaceOrder:
    return c.PlaceOrder(
        request_id=request_id,
        basket=what or basket(),
        method_token="tok_1",
        quote_token=quote_token,
        recipient=recipient,
        external_reference=external_reference,
        trusted=trusted,
    )


async def paid(app: OrderApp, order: Order, request_id: RequestId) -> Order:
    """The order, after its stock was held and its money taken."""
    order_id = order.id
    order = await app.take_reservation(
        c.TakeReservation(request_id=request_id(), order_id=order_id, attempt=1)
    )
    assert order.payment_id is not None
    return await app.confirm_payment(
        c.ConfirmPayment(
            request_id=request_id(), order_id=order_id, payment_id=order.payment_id, paid_at=NOON
        )
    )


async def reprice(catalog: Catalog, request_id: RequestId, unit_price: int) -> None:
    await catalog.learn_price(
        c.LearnPrice(
            request_id=request_id(),
            offer_id="mug",
            unit_price=unit_price,
            supply_price=0,
            effective_at=NOON,
        )
    )


# Checking out


async def test_a_basket_is_sold_as_quoted(app: OrderApp, request_id: RequestId) -> None:
    quote = await app.quote(basket(), trusted=False)

    order = await app.place_order(checkout(request_id(), quote_token=quote.token))

    assert order.sale == quote.sale
    assert order.state is State.PENDING_RESERVATION


async def test_without_a_quote_a_basket_is_sold_at_the_price_of_the_moment(
    app: OrderApp, catalog: Catalog, request_id: RequestId
) -> None:
    before = await app.place_order(checkout(request_id()))

    await reprice(catalog, request_id, 2600)
    after = await app.place_order(checkout(request_id()))

    items = [order.sale.lines[0].amounts.item for order in (before, after)]
    assert items == [5000, 5200]


async def test_a_changed_price_is_refused_with_the_quote_that_would_stand(
    app: OrderApp, catalog: Catalog, request_id: RequestId
) -> None:
    quote = await app.quote(basket(), trusted=False)
    await reprice(catalog, request_id, 2600)

    with pytest.raises(PriceChanged) as refusal:
        await app.place_order(checkout(request_id(), quote_token=quote.token))

    anew = refusal.value.metadata["quote_token"]
    order = await app.place_order(checkout(request_id(), quote_token=anew))
    assert order.sale.lines[0].amounts.item == 5200


async def test_the_same_request_is_the_same_order_even_when_it_could_not_be_placed_any_more(
    app: OrderApp, catalog: Catalog, request_id: RequestId
) -> None:
    command = checkout(request_id())
    first = await app.place_order(command)
    await catalog.learn_market_held(
        c.LearnMarketHeld(request_id=request_id(), market="US", reason="flood")
    )

    again = await app.place_order(command)

    assert (again.id, again.sale) == (first.id, first.sale)
    with pytest.raises(MarketClosed):
        await app.place_order(checkout(request_id()))


async def test_a_request_id_is_not_used_for_two_orders(
    app: OrderApp, request_id: RequestId
) -> None:
    command = checkout(request_id())
    await app.place_order(command)

    with pytest.raises(RequestIdReused):
        await app.place_order(replace(command, basket=basket(wanted("mug", 9))))


@pytest.mark.parametrize(
    "command",
    [
        checkout(UUID(int=1), replace(basket(), shipping=Money(0, "USD"))),
        checkout(UUID(int=1), external_reference="INV-1"),
    ],
    ids=["shipping", "reference"],
)
async def test_what_only_services_may_set_is_refused_to_buyers(
    app: OrderApp, command: c.PlaceOrder
) -> None:
    with pytest.raises(TrustedCallersOnly):
        await app.place_order(command)

    order = await app.place_order(replace(command, trusted=True))
    assert order.external_reference == command.external_reference


async def test_an_order_is_somebodys(app: OrderApp, request_id: RequestId) -> None:
    with pytest.raises(BuyerMissing):
        await app.place_order(checkout(request_id(), replace(basket(), buyer_id="")))


# The buyer's cap


def limited(units: int, buyer_id: str = "buyer-1") -> Basket:
    return replace(basket(wanted("limited", units)), buyer_id=buyer_id)


async def test_a_buyer_gets_no_more_of_a_limited_offer_than_the_cap_over_all_orders(
    app: OrderApp, request_id: RequestId
) -> None:
    await app.place_order(checkout(request_id(), limited(2)))

    with pytest.raises(BuyerCapExceeded):
        await app.place_order(checkout(request_id(), limited(2)))

    await app.place_order(checkout(request_id(), limited(1)))
    await app.place_order(checkout(request_id(), limited(3, "buyer-2")))


async def test_two_checkouts_at_once_cannot_both_take_the_last_units(
    app: OrderApp, request_id: RequestId
) -> None:
    results = await asyncio.gather(
        *(app.place_order(checkout(request_id(), limited(2))) for _ in range(4)),
        return_exceptions=True,
    )

    assert sum(isinstance(result, Order) for result in results) == 1


async def test_what_was_cancelled_or_expired_can_be_bought_again(
    app: OrderApp, request_id: RequestId
) -> None:
    order = await app.place_order(checkout(request_id(), limited(3)))
    await app.reject_order(
        c.RejectOrder(request_id=request_id(), order_id=order.id, attempt=1, reason="OUT_OF_STOCK")
    )

    await app.place_order(checkout(request_id(), limited(3)))


# Time


async def test_time_expires_what_is_not_paid_and_releases_what_is(
    app: OrderApp, store: Store, clock: ManualClock, request_id: RequestId
) -> None:
    unpaid = await app.place_order(checkout(request_id()))
    kept = await paid(app, await app.place_order(checkout(request_id())), request_id)
    ids = unpaid.id, kept.id

    clock.advance(timedelta(hours=1))
    for deadline in await store.recorder.due(clock.now(), 10):
        await store.fall_due(deadline)

    states = [order.state for order in await app.get_all(ids)]
    assert states == [State.EXPIRED, State.AWAITING_SHIPMENT]


# Cancelling


def cancelling(request_id: UUID, order: Order, *lines: Units) -> c.CancelLines:
    return c.CancelLines(
        request_id=request_id,
        order_id=order.id,
        lines=lines,
        fault=Fault.BUYER,
        etag="",
        buyer_id="buyer-1",
        merchant_id="",
    )


async def test_a_cancellation_that_is_sent_twice_is_one(
    app: OrderApp, request_id: RequestId
) -> None:
    order = await paid(app, await app.place_order(checkout(request_id())), request_id)
    command = cancelling(request_id(), order, Units(1, 1))

    await app.cancel_lines(command)
    await app.cancel_lines(command)

    assert (await app.get(order.id)).cancelled == 1


async def test_who_saw_an_older_order_does_not_cancel_it(
    app: OrderApp, request_id: RequestId
) -> None:
    order = await app.place_order(checkout(request_id()))
    seen = str(order.version)
    await paid(app, order, request_id)

    with pytest.raises(StaleEtag):
        await app.cancel_lines(replace(cancelling(request_id(), order), etag=seen))


@pytest.mark.parametrize(
    "stranger", [{"buyer_id": "buyer-2"}, {"buyer_id": "", "merchant_id": "tea-house"}]
)
async def test_for_strangers_the_order_does_not_exist(
    app: OrderApp, request_id: RequestId, stranger: dict[str, str]
) -> None:
    order = await app.place_order(checkout(request_id()))

    with pytest.raises(NotFound):
        await app.get(order.id, **stranger)
    with pytest.raises(NotFound):
        await app.cancel_lines(
            replace(cancelling(request_id(), order), **stranger)  # type: ignore[arg-type]
        )


# Following


async def test_a_follower_sees_every_state_to_the_end(
    app: OrderApp, store: Store, bell: Bell, request_id: RequestId
) -> None:
    order = await app.place_order(checkout(request_id()))
    seen: list[State] = []
    moved = asyncio.Condition()

    async def follow() -> None:
        async for news in app.follow(order.id, buyer_id="buyer-1"):
            async with moved:
                seen.append(news.state)
                moved.notify_all()

    async def until(states: int) -> None:
        bell.hear([order.id])
        async with moved:
            await moved.wait_for(lambda: len(seen) >= states)

    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        tasks.create_task(follow())
        await until(1)
        await app.take_reservation(
            c.TakeReservation(request_id=request_id(), order_id=order.id, attempt=1)
        )
        await until(2)
        await app.cancel_lines(cancelling(request_id(), order))
        await until(3)

    assert seen == [State.PENDING_RESERVATION, State.PENDING_PAYMENT, State.CANCELLED]


async def test_nobody_follows_what_is_not_theirs(app: OrderApp, request_id: RequestId) -> None:
    order = await app.place_order(checkout(request_id()))

    with pytest.raises(NotFound):
        await anext(app.follow(order.id, buyer_id="buyer-2"))


# The person behind it


async def test_a_recipient_is_in_the_vault_and_in_no_fact(
    app: OrderApp, store: Store, request_id: RequestId
) -> None:
    order = await app.place_order(checkout(request_id(), recipient=MEI))

    assert await app.recipient_of(order.id) == MEI
    tails = await store.recorder.load({order.id: 0})
    assert all(b"Zhang" not in row.payload for row in tails[order.id].rows)


async def test_a_forgotten_buyer_leaves_the_order_and_nothing_of_themselves(
    app: OrderApp, request_id: RequestId
) -> None:
    order = await app.place_order(checkout(request_id(), recipient=MEI))
    command = c.EraseBuyer(request_id=request_id(), buyer_id="buyer-1")

    buyer = await app.erase_buyer(command)
    again = await app.erase_buyer(c.EraseBuyer(request_id=request_id(), buyer_id="buyer-1"))

    assert buyer.erased_at == again.erased_at
    assert (await app.get(order.id)).sale.total == 5912
    with pytest.raises(RecipientGone):
        await app.recipient_of(order.id)
    with pytest.raises(BuyerErased):
        await app.place_order(checkout(request_id(), recipient=MEI))


async def test_an_order_without_a_recipient_has_none(app: OrderApp, request_id: RequestId) -> None:
    order = await app.place_order(checkout(request_id()))

    with pytest.raises(RecipientGone):
        await app.recipient_of(order.id)


# The copy of the catalog


async def test_what_another_process_learnt_is_seen_once_it_is_heard_of(
    app: OrderApp, catalog: Catalog, store: Store, request_id: RequestId
) -> None:
    elsewhere = Catalog(store)
    await app.quote(basket(), trusted=False)
    await reprice(elsewhere, request_id, 2600)

    catalog.hear_all()

    quote = await app.quote(basket(), trusted=False)
    assert quote.sale.lines[0].amounts.item == 5200


async def test_old_news_told_again_does_not_bring_back_an_old_price(
    app: OrderApp, catalog: Catalog, request_id: RequestId
) -> None:
    old = c.LearnPrice(
        request_id=request_id(),
        offer_id="mug",
        unit_price=2600,
        supply_price=0,
        effective_at=NOON - timedelta(hours=1),
    )
    await catalog.learn_price(old)
    await reprice(catalog, request_id, 2700)

    await catalog.learn_price(old)

    quote = await app.quote(basket(), trusted=False)
    assert quote.sale.lines[0].amounts.item == 5400


async def test_a_checkout_under_way_is_not_refused_for_news_that_come_meanwhile(
    catalog: Catalog, request_id: RequestId
) -> None:
    shelf = await catalog.shelf_for(basket())

    await reprice(catalog, request_id, 2600)
    catalog.hear_all()

    assert price(basket(), shelf, RATES, now=NOON).total > 0
