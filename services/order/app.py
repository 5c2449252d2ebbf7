"""What each command does: which aggregate, which verb."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from uuid import UUID

from libs.domain import NotFound, derived_id
from libs.eventstore import Store, Unit, unchanged
from libs.runtime.clock import Clock
from services.order import commands as c
from services.order.bell import Bell
from services.order.catalog import Catalog
from services.order.domain import (
    FINAL,
    Basket,
    Buyer,
    Order,
    Purchases,
    Quote,
    Quotes,
    Rates,
    Recipient,
    RecipientGone,
    State,
    TrustedCallersOnly,
    price,
)
from services.order.vault import Vault


class OrderApp:
    def __init__(
        self,
        store: Store,
        *,
        catalog: Catalog,
        vault: Vault,
        quotes: Quotes,
        rates: Rates,
        bell: Bell,
        clock: Clock,
    ) -> None:
        self._store = store
        self._orders = store.repository(Order)
        self._buyers = store.repository(Buyer)
        self._catalog = catalog
        self._vault = vault
        self._quotes = quotes
        self._rates = rates
        self._bell = bell
        self._clock = clock

    # Checking out

    async def quote(self, basket: Basket, *, trusted: bool) -> Quote:
        """What the basket costs now; records nothing."""
        _require_standing(basket, trusted=trusted)
        shelf = await self._catalog.shelf_for(basket)
        now = self._clock.now()
        return self._quotes.quote(price(basket, shelf, self._rates, now=now), now=now)

    async def place_order(self, command: c.PlaceOrder) -> Order:
        """Sell the basket at the prices of this moment, if that is what was quoted.

        The recipient is in the vault before the order refers to it. Should the basket then be
        refused, nothing refers to the row, and it goes when its person is forgotten.
        """
        basket = command.basket
        _require_standing(basket, trusted=command.trusted)
        if command.external_reference and not command.trusted:
            raise TrustedCallersOnly("buyers have no references", field="external_reference")
        shelf = await self._catalog.shelf_for(basket)
        order_id = derived_id("order", command.request_id)
        vault_ref = await self._keep(order_id, command)

        def place() -> Order:
            now = self._clock.now()
            sale = price(basket, shelf, self._rates, now=now)
            if command.quote_token:
                self._quotes.require(command.quote_token, sale, now=now)
            return Order.place(
                order_id,
                sale,
                method_token=command.method_token,
                vault_ref=vault_ref,
                external_reference=command.external_reference,
                now=now,
            )

        caps = shelf.caps(basket)
        if caps:
            return await self._place_capped(command, place, caps)
        return await self._orders.add(place, command=command)

    async def _place_capped(
        self, command: c.PlaceOrder, place: Callable[[], Order], caps: Mapping[str, int]
    ) -> Order:
        """Two checkouts of one buyer meet at their purchases, and the second sees the first."""
        basket = command.basket
        streams = {
            offer_id: derived_id("purchases", basket.buyer_id, offer_id) for offer_id in caps
        }

        async def decide(unit: Unit) -> Order:
            known = await unit.find_all(Purchases, streams.values())
            earlier = await unit.find_all(
                Order, {order for purchases in known.values() for order in purchases.orders}
            )
            order = place()
            await unit.find(Order, order.id)
            for offer_id, stream in streams.items():
                purchases = known.get(stream)
                if purchases is None:
                    purchases = Purchases(id=stream, offer_id=offer_id)
                    unit.add(purchases)
                purchases.add(
                    order.id,
                    units=basket.units_of(offer_id),
                    kept=sum(earlier[before].kept(offer_id) for before in purchases.orders),
                    cap=caps[offer_id],
                )
            unit.add(order)
            return order

        return await self._store.transact(decide, command=command)

    async def _keep(self, order_id: UUID, command: c.PlaceOrder) -> UUID | None:
        """Put the recipient in the vault, and say under which reference."""
        if command.recipient is None:
            return None
        vault_ref = derived_id("recipient", order_id)
        await self._vault.seal(
            vault_ref,
            command.recipient,
            buyer_id=command.basket.buyer_id,
            region=command.basket.market,
        )
        return vault_ref

    # Looking

    async def get(self, order_id: UUID, *, buyer_id: str = "", merchant_id: str = "") -> Order:
        """The order, if it is this buyer's, or has lines of this merchant; empty for anybody's."""
        order = await self._orders.get(order_id)
        _require_theirs(order, buyer_id=buyer_id, merchant_id=merchant_id)
        return order

    async def get_all(self, order_ids: Iterable[UUID]) -> list[Order]:
        """These orders, in this order."""
        return await asyncio.gather(*(self._orders.get(order_id) for order_id in order_ids))

    async def follow(self, order_id: UUID, *, buyer_id: str = "") -> AsyncIterator[Order]:
        """The order whenever its state is another, until that is final."""
        seen: State | None = None
        with self._bell.listen(order_id) as news:
            while seen not in FINAL:
                order = await self.get(order_id, buyer_id=buyer_id)
                if order.state is not seen:
                    seen = order.state
                    yield order
                else:
                    await news.wait()
                    news.clear()

    async def recipient_of(self, order_id: UUID) -> Recipient:
        """Whom the order is sent to."""
        order = await self._orders.get(order_id)
        if order.vault_ref is None:
            raise RecipientGone("the order was placed without a recipient")
        return await self._vault.open(order.vault_ref)

    # Cancelling and forgetting

    async def cancel_lines(self, command: c.CancelLines) -> Order:
        def cancel(order: Order) -> None:
            _require_theirs(order, buyer_id=command.buyer_id, merchant_id=command.merchant_id)
            unchanged(order, command.etag).cancel(
                command.lines, fault=command.fault, merchant_id=command.merchant_id
            )

        return await self._update(command, cancel)

    async def erase_buyer(self, command: c.EraseBuyer) -> Buyer:
        """Destroy first, record then: the fact is only ever true."""
        await self._vault.erase(command.buyer_id)
        stream = derived_id("buyer", command.buyer_id)
        return await self._buyers.update(
            stream,
            lambda buyer: None,
            command=command,
            start=lambda: Buyer(id=stream, buyer_id=command.buyer_id, erased_at=self._clock.now()),
        )

    # What the warehouse told

    async def take_reservation(self, command: c.TakeReservation) -> Order:
        return await self._update(
            command,
            lambda order: order.take_reservation(attempt=command.attempt, now=self._clock.now()),
        )

    async def reject_order(self, command: c.RejectOrder) -> Order:
        return await self._update(
            command,
            lambda order: order.reject(attempt=command.attempt, reason=command.reason),
        )

    async def lose_reservation(self, command: c.LoseReservation) -> Order:
        return await self._update(
            command, lambda order: order.lose_reservation(attempt=command.attempt)
        )

    async def cancel_shortages(self, command: c.CancelShortages) -> Order:
        return await self._update(
            command, lambda order: order.cancel_shortages(command.lines, fault=command.fault)
        )

    async def start_picking(self, command: c.StartPicking) -> Order:
        return await self._update(command, lambda order: order.start_picking(command.lines))

    async def ship_package(self, command: c.ShipPackage) -> Order:
        return await self._update(
            command,
            lambda order: order.ship(package_id=command.package_id, lines=command.lines),
        )

    async def deliver_package(self, command: c.DeliverPackage) -> Order:
        return await self._update(
            command,
            lambda order: order.deliver(
                package_id=command.package_id,
                lines=command.lines,
                delivered_at=command.delivered_at,
            ),
        )

    async def lose_package(self, command: c.LosePackage) -> Order:
        return await self._update(
            command,
            lambda order: order.lose(
                package_id=command.package_id, lines=command.lines, lost_at=command.lost_at
            ),
        )

    # What the payment service told

    async def require_payment_action(self, command: c.RequirePaymentAction) -> Order:
        return await self._update(
            command,
            lambda order: order.require_action(
                payment_id=command.payment_id, action_url=command.action_url
            ),
        )

    async def decline_payment(self, command: c.DeclinePayment) -> Order:
        return await self._update(
            command,
            lambda order: order.decline(
                payment_id=command.payment_id,
                decline_code=command.decline_code,
                now=self._clock.now(),
            ),
        )

    async def authorize_payment(self, command: c.AuthorizePayment) -> Order:
        return await self._update(
            command,
            lambda order: order.authorize(
                payment_id=command.payment_id,
                authorized_at=command.authorized_at,
                now=self._clock.now(),
            ),
        )

    async def confirm_payment(self, command: c.ConfirmPayment) -> Order:
        return await self._update(
            command,
            lambda order: order.pay(
                payment_id=command.payment_id, paid_at=command.paid_at, now=self._clock.now()
            ),
        )

    async def fail_capture(self, command: c.FailCapture) -> Order:
        return await self._update(
            command,
            lambda order: order.fail_capture(
                payment_id=command.payment_id,
                amount=command.amount,
                failure_code=command.failure_code,
                now=self._clock.now(),
            ),
        )

    async def freeze_conflict(self, command: c.FreezeConflict) -> Order:
        return await self._update(
            command, lambda order: order.conflict(payment_id=command.payment_id)
        )

    # What the returns service told

    async def open_return(self, command: c.OpenReturn) -> Order:
        return await self._update(command, lambda order: order.open_return(command.return_id))

    async def close_return(self, command: c.CloseReturn) -> Order:
        return await self._update(command, lambda order: order.close_return(command.return_id))

    async def note_refund(self, command: c.NoteRefund) -> Order:
        return await self._update(
            command,
            lambda order: order.note_refund(refund_id=command.refund_id, lines=command.lines),
        )

    async def _update(self, command: c.AboutOrder, decide: Callable[[Order], None]) -> Order:
        return await self._orders.update(command.order_id, decide, command=command)


def _require_standing(basket: Basket, *, trusted: bool) -> None:
    """Somebody buys, and asks for no more than they may."""
    basket.require_buyer()
    if not trusted:
        basket.require_plain()


def _require_theirs(order: Order, *, buyer_id: str, merchant_id: str) -> None:
    """To those whom it does not concern, an order does not exist."""
    foreign = buyer_id and order.sale.buyer_id != buyer_id
    if foreign or (merchant_id and merchant_id not in order.merchants):
        raise NotFound("no such order", field="name")
