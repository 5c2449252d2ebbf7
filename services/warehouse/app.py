"""What each command does to which of the warehouse's aggregates."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from math import inf
from uuid import UUID

from libs.domain import derived_id
from libs.eventstore import Command, Repository, Store, Unit, unchanged
from libs.runtime.clock import monotonic
from services.warehouse import commands as c
from services.warehouse.domain import (
    NETWORK_ID,
    Cause,
    Condition,
    Directory,
    ExpectedReturn,
    FulfilmentOrder,
    InboundPlan,
    Network,
    Node,
    Parcel,
    Reservation,
    StockItem,
    Wanted,
    covers,
    demand,
    merged,
    reservation_id,
    source,
    stock_item_id,
    units_by_item,
)

DIRECTORY_AGE_S_MAX = 1.0


class Nodes:
    """The nodes as they were a moment ago, and never before this process changed them.

    Every reservation and every parcel asks for them: were their stream among what those change,
    all of them would wait for each other.
    """

    def __init__(self, networks: Repository[Network]) -> None:
        self._networks = networks
        self._directory = Directory()
        self._read_at = -inf

    async def all(self) -> Directory:
        if monotonic() - self._read_at > DIRECTORY_AGE_S_MAX:
            network = await self._networks.find(NETWORK_ID)
            self._keep(network.directory if network else Directory())
        return self._directory

    async def node(self, node_id: str) -> Node:
        return (await self.all()).node(node_id)

    async def change(self, decide: Callable[[Network], None], command: Command) -> Directory:
        network = await self._networks.update(
            NETWORK_ID, decide, command=command, start=lambda: Network(id=NETWORK_ID)
        )
        self._keep(network.directory)
        return network.directory

    def _keep(self, directory: Directory) -> None:
        self._directory = directory
        self._read_at = monotonic()


class WarehouseApp:
    """Where stock changes with what it is promised to, both change in one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.nodes = Nodes(store.repository(Network))
        self.stock = store.repository(StockItem)
        self.plans = store.repository(InboundPlan)
        self.reservations = store.repository(Reservation)
        self.fulfilments = store.repository(FulfilmentOrder)
        self.returns = store.repository(ExpectedReturn)

    # Nodes

    async def open_node(self, command: c.OpenNode) -> Node:
        directory = await self.nodes.change(
            lambda network: network.open_node(
                command.node_id, title=command.title, country=command.country
            ),
            command,
        )
        return directory.node(command.node_id)

    async def set_rate_card(self, command: c.SetRateCard) -> Node:
        directory = await self.nodes.change(
            lambda network: network.set_rate_card(command.node_id, command.card), command
        )
        return directory.node(command.node_id)

    # Stock

    async def adjust_stock(self, command: c.AdjustStock) -> StockItem:
        await self.nodes.node(command.node_id)

        def adjust(item: StockItem) -> None:
            unchanged(item, command.etag).adjust(
                command.delta, cause=command.cause, condition=command.condition
            )

        goods = {"sku": command.sku, "node_id": command.node_id, "owner_id": command.owner_id}
        return await self.stock.update(
            stock_item_id(**goods), adjust, command=command, start=lambda: StockItem.of(**goods)
        )

    async def stock_of(self, *, sku: str, owner_id: str) -> list[StockItem]:
        """The goods of one owner at every node that has or had some."""
        directory = await self.nodes.all()
        found = await asyncio.gather(
            *(
                self.stock.find(stock_item_id(sku=sku, node_id=node_id, owner_id=owner_id))
                for node_id in (node.node_id for node in directory.nodes)
            )
        )
        return [item for item in found if item]

    # Inbound

    async def create_inbound_plan(self, command: c.CreateInboundPlan) -> InboundPlan:
        await self.nodes.node(command.node_id)
        return await self.plans.add(
            lambda: InboundPlan(
                id=derived_id("inbound-plan", command.request_id),
                node_id=command.node_id,
                owner_id=command.owner_id,
                lines=merged(command.lines),
            ),
            command=command,
        )

    async def activate_inbound_plan(self, command: c.ActivateInboundPlan) -> InboundPlan:
        def activate(plan: InboundPlan) -> None:
            plan.must_belong_to(command.merchant_id)
            plan.activate()

        return await self.plans.update(command.plan_id, activate, command=command)

    async def ship_inbound_plan(self, command: c.ShipInboundPlan) -> InboundPlan:
        def ship(plan: InboundPlan) -> None:
            plan.must_belong_to(command.merchant_id)
            plan.ship()

        return await self.plans.update(command.plan_id, ship, command=command)

    async def check_in_inbound_plan(self, command: c.CheckInInboundPlan) -> InboundPlan:
        return await self.plans.update(command.plan_id, InboundPlan.check_in, command=command)

    async def receive_lines(self, command: c.ReceiveLines) -> InboundPlan:
        async def decide(unit: Unit) -> InboundPlan:
            plan = await unit.get(InboundPlan, command.plan_id)
            plan.receive(command.lines)
            counted = merged(command.lines)
            shelf = await _shelf(
                unit,
                node_id=plan.node_id,
                owner_id=plan.owner_id,
                skus=[line.sku for line in counted],
            )
            for line in counted:
                shelf[line.sku].adjust(
                    line.quantity, cause=Cause.RECEIVED, condition=Condition.SELLABLE
                )
            return plan

        return await self._store.transact(decide, command=command)

    async def close_inbound_plan(self, command: c.CloseInboundPlan) -> InboundPlan:
        return await self.plans.update(command.plan_id, InboundPlan.close, command=command)

    async def void_inbound_plan(self, command: c.VoidInboundPlan) -> InboundPlan:
        def void(plan: InboundPlan) -> None:
            plan.must_belong_to(command.merchant_id)
            plan.void()

        return await self.plans.update(command.plan_id, void, command=command)

    # Reservations

    async def reserve_stock(self, command: c.ReserveStock) -> Reservation:
        nodes = (await self.nodes.all()).serving(command.ship_to_country)

        async def decide(unit: Unit) -> Reservation:
            reservation = await _reservation(unit, command.order_id, command.attempt)
            if not reservation.undecided:
                return reservation
            parcels, shortages = source(command.lines, await _shelves(unit, nodes, command.lines))
            if shortages:
                reservation.reject(shortages)
                return reservation
            reservation.hold(parcels, currency=command.currency, until=command.until)
            for item, quantity in await _items(unit, units_by_item(parcels)):
                item.reserve(reservation.id, quantity)
            return reservation

        return await self._store.transact(decide, command=command)

    async def extend_reservation(self, command: c.ExtendReservation) -> Reservation:
        return await self.reservations.update(
            reservation_id(command.order_id, command.attempt),
            lambda reservation: reservation.extend(command.until),
            command=command,
        )

    async def await_payment(self, command: c.AwaitPayment) -> Reservation:
        """A payment may be made outside a checkout: then nothing is held, and nothing extended."""
        return await self.reservations.update(
            reservation_id(command.order_id, command.attempt),
            lambda reservation: reservation.extend(reservation.cap),
            command=command,
            start=lambda: Reservation.opened(command.order_id, command.attempt),
        )

    async def secure_reservation(self, command: c.SecureReservation) -> Reservation:
        return await self.reservations.update(
            reservation_id(command.order_id, command.attempt), Reservation.secure, command=command
        )

    async def confirm_reservation(self, command: c.ConfirmReservation) -> Reservation:
        async def decide(unit: Unit) -> Reservation:
            reservation = await unit.get(
                Reservation, reservation_id(command.order_id, command.attempt)
            )
            for parcel in reservation.held:
                _plan(unit, reservation, parcel)
            reservation.confirm()
            reservation.fail_allocation()
            return reservation

        return await self._store.transact(decide, command=command)

    async def release_reservation(self, command: c.ReleaseReservation) -> Reservation:
        async def decide(unit: Unit) -> Reservation:
            reservation = await _reservation(unit, command.order_id, command.attempt)
            await _give_back(unit, reservation, None)
            return reservation

        return await self._store.transact(decide, command=command)

    async def take_back_lines(self, command: c.TakeBackLines) -> Reservation:
        async def decide(unit: Unit) -> Reservation:
            reservation = await _reservation(unit, command.order_id, command.attempt)
            await _give_back(unit, reservation, Counter(command.quantities))
            return reservation

        return await self._store.transact(decide, command=command)

    async def free_expired_stock(self, command: c.FreeExpiredStock) -> Reservation:
        async def decide(unit: Unit) -> Reservation:
            reservation = await unit.get(
                Reservation, reservation_id(command.order_id, command.attempt)
            )
            await _release(unit, reservation, units_by_item(reservation.lapsed))
            return reservation

        return await self._store.transact(decide, command=command)

    # Fulfilment

    async def start_picking(self, command: c.StartPicking) -> FulfilmentOrder:
        return await self.fulfilments.update(
            command.fulfilment_order_id, FulfilmentOrder.start_picking, command=command
        )

    async def confirm_pick(self, command: c.ConfirmPick) -> FulfilmentOrder:
        return await self.fulfilments.update(
            command.fulfilment_order_id, FulfilmentOrder.confirm_pick, command=command
        )

    async def confirm_pack(self, command: c.ConfirmPack) -> FulfilmentOrder:
        return await self.fulfilments.update(
            command.fulfilment_order_id, FulfilmentOrder.confirm_pack, command=command
        )

    async def hand_over(self, command: c.HandOver) -> FulfilmentOrder:
        directory = await self.nodes.all()

        async def decide(unit: Unit) -> FulfilmentOrder:
            fulfilment = await unit.get(FulfilmentOrder, command.fulfilment_order_id)
            here = units_by_item(fulfilment.here)
            fulfilment.hand_over(
                carrier=command.carrier,
                tracking_number=command.tracking_number,
                card=directory.node(fulfilment.node_id).card(fulfilment.currency),
            )
            for item, quantity in await _items(unit, here - units_by_item(fulfilment.here)):
                item.ship(fulfilment.reservation_id, quantity)
            return fulfilment

        return await self._store.transact(decide, command=command)

    async def track_parcel(self, command: c.TrackParcel) -> FulfilmentOrder:
        return await self.fulfilments.update(
            command.fulfilment_order_id,
            lambda fulfilment: fulfilment.track(command.report, failure_code=command.failure_code),
            command=command,
        )

    # Returned goods

    async def expect_return(self, command: c.ExpectReturn) -> ExpectedReturn:
        return await self.returns.update(
            command.return_id,
            lambda _: None,
            command=command,
            start=lambda: ExpectedReturn(
                id=command.return_id,
                order_id=command.order_id,
                line_id=command.line_id,
                sku=command.sku,
                owner_id=command.owner_id,
                expected=command.quantity,
            ),
        )

    async def receive_return(self, command: c.ReceiveReturn) -> ExpectedReturn:
        await self.nodes.node(command.node_id)
        return await self.returns.update(
            command.return_id,
            lambda returned: returned.receive(command.quantity, node_id=command.node_id),
            command=command,
        )

    async def put_away(self, command: c.PutAway) -> ExpectedReturn:
        async def decide(unit: Unit) -> ExpectedReturn:
            returned = await unit.get(ExpectedReturn, command.return_id)
            await _put_away(unit, returned, command.quantity, command.condition)
            return returned

        return await self._store.transact(decide, command=command)

    async def put_away_inspected(self, command: c.PutAwayInspected) -> ExpectedReturn:
        async def decide(unit: Unit) -> ExpectedReturn:
            returned = await unit.get(ExpectedReturn, command.return_id)
            if quantity := min(command.quantity, returned.waiting):
                await _put_away(unit, returned, quantity, command.condition)
            return returned

        return await self._store.transact(decide, command=command)


async def _reservation(unit: Unit, order_id: UUID, attempt: int) -> Reservation:
    """The reservation of this key, opened if this is the first that is heard of it."""
    return await unit.begin(
        Reservation,
        reservation_id(order_id, attempt),
        lambda: Reservation.opened(order_id, attempt),
    )


def _plan(unit: Unit, reservation: Reservation, parcel: Parcel) -> None:
    unit.add(
        FulfilmentOrder.of(
            parcel,
            order_id=reservation.order_id,
            reservation_id=reservation.id,
            currency=reservation.currency,
        )
    )


async def _shelves(
    unit: Unit, nodes: Iterable[str], lines: Iterable[Wanted]
) -> dict[str, dict[tuple[str, str], int]]:
    """What is free of the wanted goods, node by node, until one node has it all."""
    wanted = demand(lines)
    shelves: dict[str, dict[tuple[str, str], int]] = {}
    for node_id in nodes:
        goods = {
            stock_item_id(sku=sku, node_id=node_id, owner_id=owner_id): (sku, owner_id)
            for sku, owner_id in wanted
        }
        items = await unit.find_all(StockItem, sorted(goods))
        shelves[node_id] = {goods[id]: item.available for id, item in items.items()}
        if covers(shelves[node_id], wanted):
            break
    return shelves


async def _shelf(
    unit: Unit, *, node_id: str, owner_id: str, skus: Iterable[str]
) -> dict[str, StockItem]:
    """The owner's items of these SKUs at the node; those that were never stocked begin empty."""
    ids = {stock_item_id(sku=sku, node_id=node_id, owner_id=owner_id): sku for sku in skus}
    found = await unit.find_all(StockItem, sorted(ids))
    shelf = {item.sku: item for item in found.values()}
    for sku in ids.values():
        if sku not in shelf:
            shelf[sku] = StockItem.of(sku=sku, node_id=node_id, owner_id=owner_id)
            unit.add(shelf[sku])
    return shelf


async def _items(unit: Unit, units: Mapping[UUID, int]) -> list[tuple[StockItem, int]]:
    """The stock items, in the order of their ids so that no two transactions wait in a ring."""
    ids = sorted(units)
    items = await unit.find_all(StockItem, ids)
    return [(items[id], units[id]) for id in ids]


async def _give_back(unit: Unit, reservation: Reservation, asked: Counter[str] | None) -> None:
    """Take units of these lines, or all there are, from the order and free the stock."""
    fulfilments = (await unit.find_all(FulfilmentOrder, reservation.fulfilment_order_ids)).values()

    def here() -> Counter[UUID]:
        parcels = [parcel for fulfilment in fulfilments for parcel in fulfilment.here]
        return units_by_item([*reservation.held, *parcels])

    before = here()
    reservation.release(asked)
    reservation.deallocate(
        tuple(units for fulfilment in fulfilments for units in fulfilment.take_out(asked))
    )
    await _release(unit, reservation, before - here())


async def _release(unit: Unit, reservation: Reservation, units: Mapping[UUID, int]) -> None:
    for item, quantity in await _items(unit, units):
        item.release(reservation.id, quantity)


async def _put_away(
    unit: Unit, returned: ExpectedReturn, quantity: int, condition: Condition
) -> None:
    returned.put_away(quantity, condition)
    shelf = await _shelf(
        unit, node_id=returned.node_id, owner_id=returned.owner_id, skus=[returned.sku]
    )
    shelf[returned.sku].adjust(quantity, cause=Cause.RETURN, condition=condition)
